"""The command palette: what can be chosen, found by a few letters, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MOST_SHOWN = 60
_START, _WORD, _RUN, _PLAIN = 12, 9, 6, 1
_SKIPPED = 1
_OUT_OF_REACH = -1_000_000
_OTHER_WORDS = 4
"""What a sign scores where the beginnings of other words are found: less than in a run of the title."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well a text is found: `places` are the signs of it that were typed."""

    score: int
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose. `kind` says what it is, `keys` how it is had without the palette.

    `words` find it too and are not shown. One with a `fault` is shown and cannot be chosen.
    """

    title: str
    kind: str
    act: Callable[[], object]
    keys: str = ""
    words: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A choice, and the places in its title that were typed."""

    choice: Choice
    places: tuple[int, ...] = ()


Typed = Callable[[str], Iterable[Choice]]
"""Reads what was typed as something of its own, such as an alert; empty where it is none."""


def fuzzy(typed: str, text: str) -> Match | None:
    """Return how well `typed` is found in `text`: its signs in their order, others between; None if not.

    Spaces typed are left out. A sign scores 12 at the text's start, 9 at a word's, 6 behind the sign typed
    before it, else 1; every sign skipped between two costs 1. The best of all ways counts, the leftmost of
    equals.

    >>> fuzzy("ot", "Open tick file")
    Match(score=17, places=(0, 5))
    >>> fuzzy("xyz", "Open tick file") is None
    True
    """
    wanted = "".join(typed.lower().split())
    signs = text.lower()
    if len(signs) != len(text):
        signs = text  # a sign whose small letter is two
    if not wanted:
        return Match(0)
    if not _is_within(wanted, signs):
        return None
    best = [_worth(text, at) if sign == wanted[0] else _OUT_OF_REACH for at, sign in enumerate(signs)]
    came: list[list[int]] = []
    for letter in wanted[1:]:
        best, back = _step(letter, signs, text, best)
        came.append(back)
    at = max(range(len(signs)), key=lambda place: (best[place], -place))
    places = [at]
    for back in reversed(came):
        places.append(back[places[-1]])
    return Match(best[at], tuple(reversed(places)))


def _step(letter: str, signs: str, text: str, best: list[int]) -> tuple[list[int], list[int]]:
    """Return the best score with `letter` at each place, and the place of the letter before it then."""
    scores, back = [_OUT_OF_REACH] * len(signs), [0] * len(signs)
    reach, reached = _OUT_OF_REACH, 0  # the best before, less what was skipped since
    for at in range(1, len(signs)):
        reach -= _SKIPPED
        if at >= 2 and best[at - 2] - _SKIPPED > reach:
            reach, reached = best[at - 2] - _SKIPPED, at - 2
        if signs[at] != letter:
            continue
        worth = _worth(text, at)
        far, near = reach + worth, best[at - 1] + max(worth, _RUN)
        scores[at], back[at] = (near, at - 1) if near > far else (far, reached)
    return [score if score > _OUT_OF_REACH // 2 else _OUT_OF_REACH for score in scores], back


def _worth(text: str, at: int) -> int:
    """Return what a sign at a place scores by itself."""
    if at == 0:
        return _START
    sign, before = text[at], text[at - 1]
    begins = (
        not before.isalnum() or (before.islower() and sign.isupper()) or (before.isalpha() and sign.isdigit())
    )
    return _WORD if begins else _PLAIN


def _is_within(wanted: str, signs: str) -> bool:
    rest = iter(signs)
    return all(letter in rest for letter in wanted)


class Palette:
    """Choices and readers of what is typed; keeps in mind what was chosen, so that it comes first.

    `choices` is asked whenever the palette opens, `typed` at every letter.
    """

    def __init__(self, choices: Callable[[], Iterable[Choice]], typed: Sequence[Typed] = ()) -> None:
        self._make, self._typed = choices, tuple(typed)
        self._choices: tuple[Choice, ...] = ()
        self._used: list[str] = []

    def open(self) -> None:
        """Look anew at what can be chosen."""
        self._choices = tuple(self._make())

    def find(self, text: str) -> tuple[Found, ...]:
        """Return what is found by a text, at most `MOST_SHOWN`: what it reads as first, then the best.

        Of equals, what was chosen last comes first, then what stands first. All is found by an empty text.
        """
        read = [Found(choice) for reader in self._typed for choice in reader(text)] if text.strip() else []
        scored = []
        for place, choice in enumerate(self._choices):
            match = _match(text, choice)
            if match is not None:
                scored.append(
                    (
                        -match.score,
                        self._recency(choice),
                        len(choice.title) * bool(text.strip()),
                        place,
                        match,
                    )
                )
        scored.sort(key=lambda each: each[:4])
        ranked = [Found(self._choices[place], match.places) for *_rank, place, match in scored]
        told = {each.choice.title for each in read}
        return tuple((read + [each for each in ranked if each.choice.title not in told])[:MOST_SHOWN])

    def choose(self, choice: Choice) -> bool:
        """Do what a choice stands for; False where it cannot be chosen."""
        if choice.fault:
            return False
        if choice.title in self._used:
            self._used.remove(choice.title)
        self._used.insert(0, choice.title)
        choice.act()
        return True

    def _recency(self, choice: Choice) -> int:
        return self._used.index(choice.title) if choice.title in self._used else len(self._used)


def _match(text: str, choice: Choice) -> Match | None:
    """Return how well a choice is found: by its title, else by the beginnings of its other words."""
    in_title = fuzzy(text, choice.title)
    if in_title is not None and in_title.score >= _OTHER_WORDS * len(text):
        return in_title
    if choice.words and _begins_words(text.lower().split(), choice.words.lower().split()):
        return Match(_OTHER_WORDS * len("".join(text.split())))
    return in_title


def _begins_words(typed: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(each) for word in words) for each in typed)
