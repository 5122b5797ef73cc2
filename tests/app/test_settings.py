"""Settings: their order of precedence, their errors, and what the program remembers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analytics.errors import ConfigError
from app.places import Places, find_places, places_at, write_whole
from app.settings import Remembered, Settings, load_remembered, load_settings, remember, unknown_variables


def write_settings(places: Places, text: str) -> None:
    places.config.mkdir(parents=True, exist_ok=True)
    places.settings.write_text(text, encoding="utf-8")


def refusal(places: Places, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as refused:
        load_settings(places, environ or {})
    return str(refused.value)


def test_without_any_choice_the_defaults_are_in_force(places: Places) -> None:
    assert load_settings(places, {}) == Settings(theme="dark", feed=None, symbol=None, beep=True)


def test_command_line_over_environment_over_file_over_memory(places: Places) -> None:
    remember(places, theme="light", feed="sim:?seed=1", symbol="A", first_start_done=True)
    assert load_settings(places, {}) == Settings(theme="light", feed="sim:?seed=1", symbol="A")
    write_settings(places, 'theme = "dark"\nfeed = "sim:?seed=2"\nsymbol = "B"\nbeep = false\n')
    assert load_settings(places, {}) == Settings("dark", "sim:?seed=2", "B", beep=False)
    environ = {"TICKDESK_SYMBOL": "C", "TICKDESK_BEEP": "yes", "TICKDESK_FEED": "sim:?seed=3"}
    assert load_settings(places, environ) == Settings("dark", "sim:?seed=3", "C", beep=True)
    chosen = {"feed": "sim:?seed=4", "symbol": None}
    assert load_settings(places, environ, chosen) == Settings("dark", "sim:?seed=4", "C", beep=True)


def test_an_unknown_key_is_told_with_file_and_nearest(places: Places) -> None:
    write_settings(places, 'them = "dark"\n')
    assert refusal(places).startswith(f"{places.settings}: unknown setting 'them'. Did you mean 'theme'?")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('theme = "drak"', "theme is dark, light or high-contrast, found 'drak'. Did you mean 'dark'?"),
        ("theme = 3", "theme is dark, light or high-contrast, found 3."),
        ('beep = "yes"', "beep is true or false, found 'yes'"),
        ('feed = ""', "feed is a text that is not empty"),
        ("symbol = [1]", "symbol is a text that is not empty"),
        ('engine = "proces"', "engine is auto, thread or process, found 'proces'. Did you mean 'process'?"),
        ("keep_ticks = 9", "keep_ticks is a whole number of at least 100000, found 9"),
        ('keep_mb = "much"', "keep_mb is a whole number of at least 16, found 'much'"),
        ("keep_mb = true", "keep_mb is a whole number of at least 16, found True"),
        ("scale = 3", "scale is a factor from 1 to 2, or 0 for the system's own, found 3"),
        ("flash = 1", "flash is true or false, found 1"),
        ("theme = ", "not TOML"),
    ],
)
def test_a_bad_value_is_told_in_one_line(places: Places, text: str, told: str) -> None:
    write_settings(places, text)
    message = refusal(places)
    assert str(places.settings) in message
    assert told in message
    assert "\n" not in message


def test_bytes_that_are_no_text_are_told(places: Places) -> None:
    places.config.mkdir(parents=True)
    places.settings.write_bytes(b'theme = "\xff"')
    assert "byte 9" in refusal(places)


def test_a_bad_variable_is_named(places: Places) -> None:
    assert refusal(places, {"TICKDESK_BEEP": "loud"}).startswith("TICKDESK_BEEP: beep is true or false")


def test_numbers_and_switches_are_read_from_variables(places: Places) -> None:
    environ = {"TICKDESK_SCALE": "1.5", "TICKDESK_TRAY": "off", "TICKDESK_KEEP_MB": "64"}
    found = load_settings(places, environ)
    assert (found.scale, found.tray, found.keep_mb) == (1.5, False, 64)
    assert "scale is a factor" in refusal(places, {"TICKDESK_SCALE": "large"})


def test_the_last_workspace_is_remembered(places: Places) -> None:
    remember(places, workspace="Options", first_start_done=True)
    assert load_remembered(places).workspace == "Options"
    assert remember(places, workspace=None) == Remembered(first_start_done=True)


def test_a_variable_that_names_nothing_is_told_and_not_refused(places: Places) -> None:
    environ = {"TICKDESK_THEM": "dark", "TICKDESK_HOME": "/x"}
    assert load_settings(places, environ) == Settings()
    assert unknown_variables(environ) == ("TICKDESK_THEM is no setting. Did you mean 'TICKDESK_THEME'?",)


def test_what_is_remembered_comes_back_and_keeps_the_rest(places: Places) -> None:
    remember(places, feed="sim:", first_start_done=True)
    assert remember(places, theme="light") == Remembered("light", "sim:", None, first_start_done=True)
    assert load_remembered(places) == Remembered("light", "sim:", None, first_start_done=True)
    assert not places.settings.exists()


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '{"theme": "pink", "feed": 3}', "\x00"])
def test_a_damaged_memory_gives_the_defaults(places: Places, text: str) -> None:
    write_whole(places.remembered, text)
    assert load_remembered(places) == Remembered()
    assert load_settings(places, {}) == Settings()


def test_home_moves_all_places(tmp_path: Path) -> None:
    assert find_places({"TICKDESK_HOME": str(tmp_path)}) == places_at(tmp_path)
    found = places_at(tmp_path)
    assert {found.settings.parent, found.alerts.parent} == {tmp_path / "config"}
    assert found.remembered.parent == tmp_path / "state"
    assert found.tapes.parent == tmp_path / "data"


def test_without_home_the_folders_of_the_platform_are_used() -> None:
    found = find_places({})
    assert {each.name for each in (found.config, found.state, found.data)} == {"tickdesk"}


def test_a_file_is_replaced_whole_and_links_are_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "alerts.toml"
    link = tmp_path / "alerts.toml"
    write_whole(kept, "old")
    link.symlink_to(kept)
    write_whole(link, "new ₹")
    assert link.is_symlink()
    assert kept.read_text(encoding="utf-8") == "new ₹"
    assert [each.name for each in kept.parent.iterdir()] == ["alerts.toml"]


def test_a_failed_write_leaves_the_old_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "alerts.toml"
    write_whole(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["alerts.toml"]


def test_what_a_killed_write_left_behind_is_cleared_and_no_more_than_that(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in (".a.toml.7.tmp", ".a.toml.8.tmp", ".b.toml.7.tmp"))
    own = tmp_path / ".a.toml.mine.tmp"
    for each in (old, young, other, own):
        each.write_text("half")
    for each in (old, other, own):
        os.utime(each, (1_000_000_000, 1_000_000_000))
    write_whole(tmp_path / "a.toml", "whole")
    assert {each.name for each in tmp_path.iterdir()} == {"a.toml", young.name, other.name, own.name}


def test_a_file_with_a_byte_order_mark_is_read(places: Places) -> None:
    write_settings(places, "\ufefftheme = 'light'\n")
    assert load_settings(places, {}).theme == "light"
