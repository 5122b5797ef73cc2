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
