"""Settings while they are edited."""

import pytest

from app.settings_book import SettingsBook
from app.viewmodels.setting_edits import SettingEdits


@pytest.fixture
def edits(places):
    places.config.mkdir(parents=True)
    places.settings.write_text('theme = "light"\nkeep_mb = 64\n')
    return SettingEdits(SettingsBook(places, {}).read())


def test_nothing_is_changed_until_something_is(edits):
    assert edits.changes == {}
    assert not edits.faulty
    edits.take("theme", "light")
    assert edits.changes == {}


def test_a_change_back_is_no_change(edits):
    edits.take("beep", False)
    assert edits.changes == {"beep": False}
    edits.take("beep", True)
    assert edits.changes == {}


def test_numbers_are_read_and_what_is_none_is_told(edits):
    edits.take_text("keep_mb", " 128 ")
    assert edits.changes == {"keep_mb": 128}
    edits.take_text("keep_mb", "much")
    assert edits.fault("keep_mb") == "Keep MB is a whole number of at least 16, found 'much'"
    edits.take_text("keep_mb", "")
    assert edits.faulty
    edits.take_text("scale", "1.25")
    edits.take_text("keep_mb", "64")
    assert edits.changes == {"scale": 1.25}
    assert not edits.faulty


def test_a_reset_takes_the_setting_out_of_the_file_and_shows_what_will_be(edits):
    edits.reset("theme")
    assert edits.changes == {"theme": None}
    assert edits.value("theme") == "dark"
    edits.reset("beep")  # the file says nothing of it
    assert edits.changes == {"theme": None}
    edits.take("theme", "high-contrast")
    assert edits.changes == {"theme": "high-contrast"}


def test_an_empty_text_leaves_the_choice_to_what_is_remembered(edits):
    edits.take_text("feed", "sim:?seed=3")
    assert edits.changes == {"feed": "sim:?seed=3"}
    edits.take_text("feed", "  ")
    assert edits.changes == {}
    assert edits.text("feed") == ""


def test_what_needs_a_start_is_named(edits):
    edits.take("beep", False)
    assert edits.at_next_start == ()
    edits.take_text("scale", "2")
    edits.take("engine", "thread")
    assert edits.at_next_start == ("Scale", "Engine")
