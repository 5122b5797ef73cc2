"""The dry run in words: tried a moment after the last change, off the GUI thread."""

from dataclasses import replace

import pytest

from analytics.rules.rule import Repeat, Rule
from app.dry_run import DryRunner, Outcome
from app.viewmodels.dry_run import DryRunModel
from app.viewmodels.quotes import Quotes

RULE = Rule("r", "NIFTY-FUT", "price crosses above 24910")
DAY_S = 86_400


@pytest.fixture
def model(desk, qtbot):
    made = DryRunModel(desk, Quotes(desk))
    yield made
    made.close()


@pytest.fixture
def tried(model, qtbot):
    def go(rule):
        model.try_rule(rule, at_once=True)
        qtbot.waitUntil(lambda: model.face.part == 1.0)
        return model.face

    return go


def test_firings_are_counted_marked_and_told_by_their_times(desk, tried):
    desk.go_live("NIFTY-FUT")
    desk.trade("NIFTY-FUT", 24_900.0, 24_911.0, 24_905.0, 24_912.0, 24_903.0, 24_915.0, at_s=1_000)
    face = tried(RULE)
    assert face.headline == "Would have fired 3 times today"
    assert [mark.time for mark in face.marks] == ["09:16:45", "09:16:43", "09:16:41"]
    assert [mark.price for mark in face.marks] == ["24,915.00", "24,912.00", "24,911.00"]
    assert face.details == ()
    start, stop = face.span_ns
    assert all(start <= mark.ts_ns <= stop for mark in face.marks)
    assert face.path[0] == (start, 24_900.0)
    assert face.path[-1] == (stop, 24_915.0)


@pytest.mark.parametrize(("count", "words"), [(1, "once"), (2, "twice"), (3, "3 times")])
def test_the_count_is_told_as_a_person_says_it(desk, tried, count, words):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", *(24_900.0, 24_911.0) * count)
    assert tried(RULE).headline == f"Would have fired {words} today"


def test_one_that_never_fired_tells_the_nearest_miss_and_marks_it(desk, tried):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_890.0, 24_897.6, 24_880.0, at_s=1_000)
    face = tried(RULE)
    assert face.headline == "Never today; nearest: 12.40 points at 09:16:41"
    assert face.details == ("price crosses above 24910: 24,897.60 vs 24,910.00 · 12.40 points short",)
    assert [(mark.is_miss, mark.time) for mark in face.marks] == [(True, "09:16:41")]


def test_what_is_hidden_is_counted_by_why(desk, tried):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", *(24_900.0, 24_911.0) * 5)
    assert tried(replace(RULE, repeat=Repeat.ONCE)).details == ("hidden: 4 past repeat",)
    face = tried(replace(RULE, active="14:00-15:00"))
    assert face.headline == "Would have shown nothing today"
    assert face.details == ("hidden: 5 outside active hours",)
    assert face.marks == ()


def test_firings_of_days_before_are_counted_apart_and_bear_their_date(desk, tried):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0, at_s=1_000)
    desk.trade("NIFTY-FUT", 24_900.0, 24_912.0, at_s=3 * DAY_S + 1_000)
    face = tried(RULE)
    assert face.headline == "Would have fired once today"
    assert face.details == ("2 times since 20 Nov 09:16:40",)
    assert [mark.time for mark in face.marks] == ["09:16:41", "20 Nov 09:16:41"]
    assert face.span_ns[0] > face.marks[1].ts_ns


def test_another_day_than_the_clocks_is_named(desk, tried):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0, at_s=1_000)
    desk.now_ns += 2 * DAY_S * 10**9
    assert tried(RULE).headline == "Would have fired once on 20 Nov"


def test_what_cannot_be_tried_says_why(desk, tried):
    desk.go_live("NIFTY-FUT")
    face = tried(RULE)
    assert face.refused
    assert face.headline == "Cannot be tried: NIFTY-FUT has no ticks yet"
    assert tried(replace(RULE, when="price abov 3")).refused


def test_a_rule_is_tried_a_moment_after_its_last_change_and_only_then(desk, model, qtbot):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0)
    model.try_rule(replace(RULE, when="price crosses above 1"))
    model.try_rule(RULE)
    assert model.face.headline == ""
    qtbot.waitUntil(lambda: model.face.part == 1.0 and model.face.headline != "")
    assert model.face.headline == "Would have fired once today"


def test_a_name_or_a_snooze_alone_tries_nothing_anew(desk, model, tried, qtbot):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0)
    face = tried(RULE)
    model.try_rule(replace(RULE, name="other", snooze_until="2027-01-01T10:00"))
    assert model.face is face
    assert not model._pause.isActive()


def test_a_rule_that_became_wrong_says_nothing(desk, model, tried):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0)
    tried(RULE)
    model.try_rule(None)
    assert model.face.headline == ""
    assert model.face.marks == ()
    assert tried(RULE).headline == "Would have fired once today"


def test_ticks_that_were_let_go_of_meanwhile_are_tried_anew_but_not_for_ever(desk, model, qtbot, monkeypatch):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0)
    began, view, firsts = [], desk.view, iter(range(1_000))
    monkeypatch.setattr(desk, "view", lambda name: replace(view(name), first=next(firsts)))
    monkeypatch.setattr(model._runner, "try_rule", lambda trial: began.append(trial.rule))
    monkeypatch.setattr(
        DryRunner, "outcome", property(lambda _: Outcome(RULE, 1.0, finished=True, refused="x"))
    )
    model.try_rule(RULE, at_once=True)
    for _ in range(20):
        model._poll()
    assert began == [RULE] * 4
    assert model.face.refused


def test_another_feed_is_tried_anew(desk, model, qtbot):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_911.0)
    model.try_rule(RULE, at_once=True)
    desk.begin_anew()
    desk.trade("NIFTY-FUT", *(24_900.0, 24_911.0) * 2)
    qtbot.waitUntil(lambda: model.face.headline == "Would have fired twice today")
