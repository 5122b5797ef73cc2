from dataclasses import replace

import pytest

from analytics.errors import RuleError
from analytics.rules.rule import Rule
from app.viewmodels.rule_history import RuleHistory

A = Rule("a", "NIFTY-FUT", "price above 1")
B = Rule("b", "NIFTY-FUT", "price above 2")


def test_every_edit_is_taken_back_in_turn(desk):
    history = RuleHistory(desk)
    history.add(A)
    history.add(B)
    history.change("a", replace(A, when="price above 3"))
    history.toggle("b")
    history.delete("a")
    assert [rule.name for rule in desk.rules] == ["b"]
    assert not desk.rules[0].enabled
    expected = [
        (replace(A, when="price above 3"), replace(B, enabled=False)),
        (replace(A, when="price above 3"), B),
        (A, B),
        (A,),
        (),
    ]
    for rules in expected:
        assert history.undo() is not None
        assert desk.rules == rules
    assert history.undo() is None


def test_a_wrong_rule_changes_nothing_and_leaves_nothing_to_undo(desk):
    history = RuleHistory(desk)
    with pytest.raises(RuleError):
        history.add(Rule("c", "NIFTY-FUT", "price abov 1"))
    assert desk.rules == ()
    assert history.undoable is None


def test_a_change_that_changes_nothing_is_no_edit(desk):
    history = RuleHistory(desk)
    history.add(A)
    history.change("a", A)
    history.delete("nobody")
    assert history.undo() == "add “a”"
    assert history.undoable is None


def test_what_was_undone_can_be_done_again_until_something_else_is_done(desk):
    history = RuleHistory(desk)
    history.add(A)
    history.snooze("a", "2026-11-20T10:00")
    assert history.undoable == "snooze “a”"
    assert history.redoable is None
    history.undo()
    assert desk.rules == (A,)
    assert history.redoable == "snooze “a”"
    assert history.redo() == "snooze “a”"
    assert desk.rules[0].snooze_until == "2026-11-20T10:00"
    history.undo()
    history.undo()
    assert desk.rules == ()
    assert history.redo() == "add “a”"
    history.toggle("a")
    assert history.redo() is None
    assert history.undoable == "turn off “a”"


def test_a_snooze_that_is_ended_says_so_and_one_of_nobody_does_nothing(desk):
    history = RuleHistory(desk)
    history.add(replace(A, snooze_until="2026-11-20T10:00"))
    history.snooze("nobody", "2026-11-20T10:00")
    assert history.changes == 1
    history.snooze("a", "")
    assert history.undoable == "wake “a”"
    assert desk.rules == (A,)


def test_a_redo_that_fails_can_be_tried_again(desk, monkeypatch):
    history = RuleHistory(desk)
    history.add(A)
    history.undo()
    kept = desk.set_rules

    def refuse(_rules):
        raise OSError("the disk is full")

    monkeypatch.setattr(desk, "set_rules", refuse)
    with pytest.raises(OSError, match="disk"):
        history.redo()
    monkeypatch.setattr(desk, "set_rules", kept)
    assert history.redo() == "add “a”"
