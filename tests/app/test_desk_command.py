"""How ``tickdesk desk`` begins: in which workspace, at which scale, with which settings."""

from __future__ import annotations

import os

import pytest

from analytics.errors import ConfigError
from app.commands import desk
from app.places import Places, write_whole
from app.settings import Settings, remember
from app.settings_book import SettingsBook


class Shown:
    """Stands in for the window: keeps what it would have been opened with."""

    def __init__(self) -> None:
        self.book: SettingsBook | None = None
        self.settings = Settings()
        self.start: desk.Start | None = None

    def __call__(self, book: SettingsBook, settings: Settings, start: desk.Start) -> int:
        self.book, self.settings, self.start = book, settings, start
        return 0


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, places: Places) -> Shown:
    made = Shown()
    monkeypatch.setattr(desk, "_show", made)
    monkeypatch.setattr(desk, "require_window", lambda: None)
    monkeypatch.setattr(desk, "find_places", lambda: places)
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    return made


def begun(shown: Shown) -> desk.Start:
    assert shown.start is not None
    return shown.start


def keep_workspace(places: Places, name: str) -> None:
    write_whole(places.workspace(name), "{}")


def test_the_first_start_is_the_demo_in_the_layout_without_a_name(shown: Shown) -> None:
    desk.run(None, None)
    assert begun(shown) == desk.Start(None, first_start=True, address="sim:", fault=None)


def test_the_last_workspace_is_opened_again_while_it_is_there(shown: Shown, places: Places) -> None:
    remember(places, workspace="Options")
    desk.run("sim:", None)
    assert begun(shown).workspace is None
    keep_workspace(places, "Options")
    desk.run("sim:", None)
    assert begun(shown).workspace == "Options"
    remember(places, workspace="../x")
    desk.run("sim:", None)
    assert begun(shown).workspace is None


def test_a_workspace_asked_for_comes_before_the_last_one_even_when_it_is_new(
    shown: Shown, places: Places
) -> None:
    keep_workspace(places, "Options")
    remember(places, workspace="Options")
    desk.run("sim:", "Morning")
    assert begun(shown).workspace == "Morning"
    with pytest.raises(ConfigError):
        desk.run("sim:", "a/b")


def test_the_scale_is_set_before_the_window_unless_the_environment_has_one(
    shown: Shown, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_SCALE_FACTOR", "3")  # so that it is put back after this test
    monkeypatch.delenv("QT_SCALE_FACTOR")
    desk.run("sim:", None)
    assert "QT_SCALE_FACTOR" not in os.environ
    SettingsBook(places, {}).write({"scale": 1.5})
    desk.run("sim:", None)
    assert os.environ["QT_SCALE_FACTOR"] == "1.5"
    SettingsBook(places, {}).write({"scale": 2})
    desk.run("sim:", None)
    assert os.environ["QT_SCALE_FACTOR"] == "1.5"


def test_the_settings_dialog_knows_what_the_command_line_said(shown: Shown) -> None:
    desk.run("sim:", None, "thread")
    assert shown.book is not None
    told = {each.fact.name: each.origin_text for each in shown.book.read()}
    assert (told["feed"], told["engine"], told["theme"]) == ("command line", "command line", "default")
