"""Settings changed from the dialog: line by line in the file, and told where each comes from."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from app.places import Places
from app.settings import SETTINGS, Origin, load_settings, remember
from app.settings_book import FACTS, Kind, Setting, SettingsBook
from app.settings_text import toml_of, with_settings

OWN = """# my desk
symbol = "NIFTY-FUT"   # the front month

theme = 'light' # "quoted" # twice
feed = \"\"\"
theme = "not this one"
\"\"\"
# the end
"""


def book(places: Places, environ: dict[str, str] | None = None, **chosen: object) -> SettingsBook:
    return SettingsBook(places, environ or {}, chosen)


def found(settings: tuple[Setting, ...], name: str) -> Setting:
    return next(each for each in settings if each.fact.name == name)


def write(places: Places, text: str) -> None:
    places.config.mkdir(parents=True, exist_ok=True)
    places.settings.write_bytes(text.encode())


# The text


def test_a_changed_line_keeps_its_comment_and_all_else_its_place() -> None:
    assert with_settings(OWN, {"theme": "dark"}) == OWN.replace("'light'", '"dark"')


def test_a_setting_over_several_lines_is_changed_as_one() -> None:
    assert with_settings(OWN, {"feed": "sim:"}) == OWN.replace(
        OWN[OWN.index("feed") :], 'feed = "sim:"\n# the end\n'
    )


def test_a_new_setting_stands_at_the_end_even_after_a_line_without_an_end() -> None:
    assert with_settings("beep = true", {"keep_mb": 64}) == "beep = true\nkeep_mb = 64\n"


def test_a_setting_taken_out_leaves_its_comment() -> None:
    assert with_settings(OWN, {"symbol": None}) == OWN.replace('symbol = "NIFTY-FUT"   ', "")
    assert with_settings("beep = true\ntray = true\n", {"beep": None}) == "tray = true\n"


def test_lines_end_as_they_did() -> None:
    assert with_settings("beep = true # a\r\n", {"beep": False, "tray": True}) == (
        "beep = false # a\r\ntray = true\r\n"
    )


def test_a_quoted_key_and_one_in_a_table_are_told_apart() -> None:
    with pytest.raises(ConfigError, match="by hand"):
        with_settings("[x]\nbeep = true\n", {"beep": False})
    assert with_settings('"beep" = true\n', {"beep": False}) == "beep = false\n"


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(ConfigError, match="not TOML"):
        with_settings("theme = ", {"beep": True})


@given(
    st.dictionaries(st.sampled_from(["a", "b-c", "d"]), st.one_of(st.booleans(), st.integers(), st.text()))
)
def test_whatever_is_written_is_read_back(values: dict[str, object]) -> None:
    text = with_settings("# first\n", values)
    assert tomllib.loads(text) == values
    assert text.startswith("# first\n")


@given(
    st.lists(
        st.sampled_from(["# x", "", "p = 1", "q = 'a#b' # c", "r = [", " 1, # in", "]", "s = 2.5"]),
        max_size=9,
    ),
    st.dictionaries(st.sampled_from(["p", "q", "r", "new"]), st.one_of(st.none(), st.integers(0, 9))),
)
def test_what_was_not_changed_stands_in_its_order(lines: list[str], changes: dict[str, object]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    after = with_settings(text, changes)
    assert tomllib.loads(after) == {
        name: value for name, value in (before | changes).items() if value is not None
    }
    kept = [line for line in lines if line[:1] in ("#", "s", "")]
    places = iter(after.splitlines())
    assert all(line in places for line in kept)


def test_numbers_and_texts_are_written_as_toml() -> None:
    assert [toml_of(each) for each in (True, 64, 1.5, 'a"\\b', "₹")] == [
        "true",
        "64",
        "1.5",
        '"a\\"\\\\b"',
        '"₹"',
    ]


# The book


def test_every_setting_is_told_of_once() -> None:
    assert [fact.name for fact in FACTS] == sorted(SETTINGS, key=[fact.name for fact in FACTS].index)
    assert {fact.name for fact in FACTS} == set(SETTINGS)
    assert all(fact.what.endswith(".") and fact.title for fact in FACTS)
    assert all(bool(fact.choices) == (fact.kind is Kind.CHOICE) for fact in FACTS)


def test_each_origin_is_told(places: Places) -> None:
    remember(places, theme="light", symbol="A")
    write(places, 'theme = "dark"\nbeep = false\nkeep_mb = 64\n')
    settings = book(places, {"TICKDESK_BEEP": "yes"}, engine="thread").read()
    told = {name: found(settings, name).origin_text for name in SETTINGS}
    assert told == dict.fromkeys(SETTINGS, "default") | {
        "symbol": "remembered",
        "theme": "settings.toml",
        "keep_mb": "settings.toml",
        "beep": "TICKDESK_BEEP",
        "engine": "command line",
    }
    assert [each.fact.name for each in settings if each.overridden] == ["beep", "engine"]
    beep, theme = found(settings, "beep"), found(settings, "theme")
    assert (beep.value, beep.in_file, beep.default) == (True, False, True)
    assert (theme.value, theme.without) == ("dark", "light")
    assert found(settings, "engine").origin is Origin.COMMAND_LINE


def test_what_is_written_is_in_force_at_the_next_start(places: Places) -> None:
    book(places).write({"theme": "high-contrast", "scale": 1.25, "feed": "sim:?seed=3"})
    in_force = load_settings(places, {})
    assert (in_force.theme, in_force.scale, in_force.feed) == ("high-contrast", 1.25, "sim:?seed=3")
    book(places).write({"theme": None})
    assert load_settings(places, {}).theme == "dark"


def test_a_wrong_value_leaves_the_file_alone(places: Places) -> None:
    write(places, "beep = true\n")
    with pytest.raises(ConfigError, match="keep_mb is a whole number of at least 16"):
        book(places).write({"beep": False, "keep_mb": 3})
    assert places.settings.read_text() == "beep = true\n"


def test_a_damaged_file_is_named_and_left_alone(places: Places) -> None:
    write(places, "beep = \n")
    with pytest.raises(ConfigError, match=r"settings\.toml: not TOML"):
        book(places).write({"beep": False})
    assert places.settings.read_text() == "beep = \n"


def test_a_write_that_fails_leaves_the_old_file(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    write(places, "beep = true\n")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        book(places).write({"beep": False})
    assert places.settings.read_text() == "beep = true\n"


def test_a_byte_order_mark_stays_before_the_first_line(places: Places) -> None:
    write(places, "\ufefftheme = 'light'\n")
    book(places).write({"theme": "dark"})
    assert places.settings.read_bytes() == b'\xef\xbb\xbftheme = "dark"\n'


def test_bytes_and_signs_that_are_no_text_are_told_and_change_nothing(places: Places) -> None:
    write(places, "")
    with pytest.raises(ConfigError, match=r"settings\.toml: expected text, found '.ud800'"):
        book(places).write({"feed": "a\ud800"})
    places.settings.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"settings\.toml: expected UTF-8 text, found byte 5"):
        book(places).write({"beep": False})
    assert places.settings.read_bytes() == b"# caf\xe9\n"


def test_a_sign_that_ends_lines_elsewhere_may_stand_in_a_comment() -> None:
    text = "# one\u2028two\u0085three\nbeep = true  # a\u2029b\n"
    assert with_settings(text, {"beep": False}) == text.replace("true", "false")
