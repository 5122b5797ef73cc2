"""What is found by a few letters, and in which order."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.viewmodels.palette import MOST_SHOWN, Choice, Palette, fuzzy

SIGNS = st.text(alphabet="abAB 1-", max_size=9)
TYPED = st.text(alphabet="abAB1", min_size=1, max_size=4)


def worth(text: str, at: int) -> int:
    """Say what a sign scores by itself, straight from the description."""
    if at == 0:
        return 12
    before, sign = text[at - 1], text[at]
    begins_word = (
        not before.isalnum() or (before.islower() and sign.isupper()) or (before.isalpha() and sign.isdigit())
    )
    return 9 if begins_word else 1


def score_of(text: str, places: tuple[int, ...]) -> int:
    total = worth(text, places[0])
    for before, at in pairwise(places):
        total += max(worth(text, at), 6) if at == before + 1 else worth(text, at) - (at - before - 1)
    return total


def best_of_all_ways(typed: str, text: str) -> int | None:
    """Try every way to find the signs in the text."""
    ways = [
        places
        for places in combinations(range(len(text)), len(typed))
        if all(text[at].lower() == sign.lower() for at, sign in zip(places, typed, strict=True))
    ]
    return max((score_of(text, places) for places in ways), default=None)


@given(TYPED, SIGNS)
def test_the_best_of_all_ways_counts(typed, text):
    match = fuzzy(typed, text)
    best = best_of_all_ways(typed, text)
    assert (None if match is None else match.score) == best
    if match is not None:
        assert score_of(text, match.places) == best
        assert "".join(text[at].lower() for at in match.places) == typed.lower()


def test_an_empty_text_finds_all_and_signs_that_grow_when_small_are_survived():
    assert fuzzy("  ", "anything").score == 0
    assert fuzzy("i", "İstanbul") is None or fuzzy("i", "İstanbul").score > 0


def choices(*titles, **given):
    return tuple(Choice(title, "Deed", lambda: None, **given) for title in titles)


def titles(found):
    return [each.choice.title for each in found]


def made(*entries, typed=()):
    palette = Palette(lambda: entries, typed)
    palette.open()
    return palette


def test_starts_of_words_come_before_letters_within_and_short_before_long():
    palette = made(*choices("Reopen feeds", "Open tick file…", "Open tape folder…", "Stop"))
    assert titles(palette.find("op"))[:2] == ["Open tick file…", "Open tape folder…"]
    assert titles(palette.find("of"))[:2] == ["Open tick file…", "Open tape folder…"]
    assert titles(palette.find("zzz")) == []


def test_other_words_find_too_but_stand_behind_the_title():
    palette = made(*choices("Connect Kafka…", words="broker topic"), *choices("Topics"))
    assert titles(palette.find("topi")) == ["Topics", "Connect Kafka…"]
    assert titles(palette.find("brok")) == ["Connect Kafka…"]
    assert titles(palette.find("roker")) == []


def test_what_was_chosen_last_comes_first_of_equals():
    entries = choices("Alpha", "Beta", "Gamma")
    palette = made(*entries)
    assert titles(palette.find("")) == ["Alpha", "Beta", "Gamma"]
    assert palette.choose(entries[1])
    assert palette.choose(entries[2])
    assert titles(palette.find("")) == ["Gamma", "Beta", "Alpha"]


def test_what_is_at_fault_is_shown_and_not_done():
    done = []
    wrong = Choice("x", "Alert", lambda: done.append(1), fault="no such series")
    assert not made(wrong).choose(wrong)
    assert done == []


def test_what_the_text_reads_as_stands_first():
    read = Choice("+ ema(20)", "Series", lambda: None)
    palette = made(*choices("ema line"), typed=(lambda text: [read] if "ema" in text else [],))
    assert titles(palette.find("ema")) == ["+ ema(20)", "ema line"]
    assert titles(palette.find("line")) == ["ema line"]
    assert titles(palette.find(" ")) == ["ema line"]


def test_the_list_is_bounded_and_choices_are_made_anew_at_each_opening():
    there = ["a"]
    palette = Palette(lambda: choices(*there))
    palette.open()
    there[:] = [f"a{number}" for number in range(500)]
    assert titles(palette.find("a")) == ["a"]
    palette.open()
    assert len(palette.find("a")) == MOST_SHOWN
