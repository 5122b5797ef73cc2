"""Layouts by name."""

import pytest

from analytics.errors import ConfigError
from app.viewmodels.layout import WindowLayout, load_layout, save_layout
from app.viewmodels.workspaces import Workspaces


@pytest.fixture
def made(places):
    return Workspaces(places.layout)


def a_layout(tab):
    return WindowLayout(tab=tab)


def keep(workspaces, *names):
    for name in names:
        workspaces.switch(name)
        workspaces.save(a_layout(name))
    workspaces.switch(None)


def test_each_workspace_has_its_own_layout_and_the_nameless_one_too(made, places):
    made.save(a_layout("replay"))
    keep(made, "Options", "morning")
    assert made.load() == (a_layout("replay"), None)
    made.switch("Options")
    assert made.load() == (a_layout("Options"), None)
    assert made.file == places.workspace("Options")


def test_names_stand_in_order_capitals_or_not_and_the_new_one_among_them(made):
    keep(made, "b", "C", "a")
    assert made.names == ("a", "b", "C")
    made.switch("Bravo")
    assert made.names == ("a", "b", "Bravo", "C")


@pytest.mark.parametrize("name", ["", " a", "a ", "../x", "a/b", ".hidden", "x" * 65, "a\n"])
def test_a_name_that_can_be_no_file_is_refused(made, name):
    assert made.name_fault(name)
    with pytest.raises(ConfigError):
        made.switch(name)


@pytest.mark.parametrize("name", ["मेरा", "हिन्दी", "க்ஷ", "e\u0301te", "क्\u200dष", "र" * 64, "Two up-2.b"])
def test_names_may_be_written_in_any_script(made, name):
    assert made.name_fault(name) is None
    keep(made, name)
    assert made.names == (name,)


@pytest.mark.parametrize("name", ["\u0301a", "\u200da", "a\u200b", "a\u202eb", "\ud800"])
def test_signs_that_show_nothing_or_stand_alone_make_no_name(made, name):
    assert "letters, digits" in made.name_fault(name)


def test_a_name_too_long_for_a_file_is_refused_before_it_is_saved(made):
    assert "224 bytes at most, found 256" in made.name_fault("\U00020000" * 64)
    longest = "\U00020000" * 56
    keep(made, longest)
    made.switch(longest)
    made.file.write_text("{")
    assert made.load()[1].endswith(".damaged")


def test_two_names_that_one_file_would_have_elsewhere_are_one(made):
    keep(made, "Options")
    assert made.name_fault("options") == "another workspace is called 'options'"
    assert made.name_fault("options", taken_by_self="Options") is None
    assert "another" in made.name_fault("default")
    keep(made, "\u00e9t\u00e9")
    assert "another" in made.name_fault("e\u0301te\u0301")


def test_a_renamed_workspace_keeps_its_layout_and_stays_in_force(made):
    keep(made, "a", "b")
    made.switch("a")
    made.rename("a", "z")
    assert (made.current, made.names) == ("z", ("b", "z"))
    assert made.load()[0] == a_layout("a")
    with pytest.raises(ConfigError, match="another"):
        made.rename("z", "b")


def test_a_deleted_workspace_comes_back_whole(made):
    keep(made, "a")
    made.switch("a")
    text = made.delete("a")
    assert (made.current, made.names) == (None, ())
    made.bring_back("a", text)
    made.switch("a")
    assert made.load()[0] == a_layout("a")


def test_a_name_that_was_given_away_meanwhile_is_not_written_over(made):
    keep(made, "a")
    text = made.delete("a")
    keep(made, "A")
    with pytest.raises(ConfigError):
        made.bring_back("a", text)


def test_a_damaged_layout_is_put_aside_and_told(made, places):
    places.layout.parent.mkdir(parents=True)
    places.layout.write_text("{")
    layout, fault = made.load()
    assert layout == WindowLayout()
    assert "layout.json" in fault
    assert places.layout.with_name("layout.json.damaged").read_text() == "{"
    save_layout(places.layout, a_layout("events"))
    assert load_layout(places.layout) == a_layout("events")
    assert made.names == ()
