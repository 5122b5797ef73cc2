"""Changes are taken back in the order in which they were made."""

import pytest

from app.window.undo import Undo


class Edits:
    """Alerts with a history of their own."""

    def __init__(self):
        self.done, self.undone, self.heard = [], [], None

    @property
    def undoable(self):
        return self.done[-1] if self.done else None

    @property
    def redoable(self):
        return self.undone[-1] if self.undone else None

    def change(self, what):
        self.done.append(what)
        self.undone.clear()
        self.heard()

    def undo(self):
        if self.done:
            self.undone.append(self.done.pop())
        self.heard()

    def redo(self):
        if self.undone:
            self.done.append(self.undone.pop())
        self.heard()


@pytest.fixture
def edits():
    return Edits()


@pytest.fixture
def undo(edits):
    made = Undo(edits, lambda _words: None)
    edits.heard = made.alerts_changed
    return made


def test_the_last_change_goes_first_whatever_it_was(undo, edits):
    back = []
    edits.change("alert 1")
    undo.add("workspace deleted", lambda: back.append("workspace"))
    edits.change("alert 2")
    assert undo.next == "alert 2"
    undo.undo()
    assert (edits.done, back, undo.next) == (["alert 1"], [], "workspace deleted")
    undo.undo()
    assert (edits.done, back, undo.next) == (["alert 1"], ["workspace"], "alert 1")
    undo.undo()
    assert (edits.done, undo.next) == ([], None)


def test_a_redo_can_be_undone_again_in_its_place(undo, edits):
    back = []
    edits.change("alert")
    undo.undo()
    undo.add("other", lambda: back.append("other"))
    assert undo.redoable == "alert"
    undo.redo()
    assert undo.next == "alert"
    undo.undo()
    assert (edits.done, undo.next) == ([], "other")


def test_nothing_to_undo_and_nothing_to_redo_do_nothing(undo, edits):
    undo.undo()
    undo.redo()
    assert (edits.done, undo.next, undo.redoable) == ([], None, None)


def test_what_was_taken_back_is_said(edits):
    said = []
    undo = Undo(edits, said.append)
    undo.add("SBIN removed", lambda: None)
    undo.undo()
    assert said == ["Undone: SBIN removed"]


def test_a_change_that_could_not_be_taken_back_stays_the_last(edits):
    said, answers = [], [False, None]
    undo = Undo(edits, said.append)
    undo.add("deleted workspace", lambda: answers.pop(0))
    undo.undo()
    assert (undo.next, said) == ("deleted workspace", [])
    undo.undo()
    assert (undo.next, said) == (None, ["Undone: deleted workspace"])


def test_a_change_stays_where_taking_it_back_breaks(undo):
    def broken():
        raise OSError(28, "No space left on device")

    undo.add("deleted workspace", broken)
    with pytest.raises(OSError, match="No space"):
        undo.undo()
    assert undo.next == "deleted workspace"


def test_alerts_that_could_not_be_put_back_stay_the_last(undo, edits, monkeypatch):
    undo.add("SBIN removed", lambda: None)
    edits.change("alert")
    monkeypatch.setattr(edits, "undo", lambda: None)  # told elsewhere, nothing changed
    undo.undo()
    assert undo.next == "alert"
    monkeypatch.undo()
    undo.undo()
    assert (edits.done, undo.next) == ([], "SBIN removed")


def test_changes_of_a_workspace_that_was_left_are_forgotten_and_others_are_not(undo, edits):
    back = []
    edits.change("alert")
    undo.add_here("SBIN removed", lambda: back.append("SBIN"))
    undo.add("deleted workspace", lambda: back.append("workspace"))
    undo.leave()
    undo.undo()
    assert (back, undo.next) == (["workspace"], "alert")
