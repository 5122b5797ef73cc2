from PySide6.QtCore import Qt

from analytics.events import EventKind
from analytics.rules.rule import Firing, Reading, Repeat, Rule
from app.viewmodels.firings import MOST_LINES, MOST_TAKEN, FiringsModel
from app.viewmodels.honesty import MOST_READ
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE

DAY_S = 86_400
OPEN_NS = 1_795_145_400_000_000_000  # 2026-11-20 09:00 IST
SECOND_NS = 1_000_000_000
NAN = float("nan")


def made(desk, qtmodeltester=None):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0)
    model = FiringsModel(desk, Quotes(desk))
    model.set_charted("NIFTY-FUT")
    if qtmodeltester is not None:
        qtmodeltester.check(model)
    return model


def lines(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def test_the_newest_firing_stands_first(desk, qtmodeltester):
    model = made(desk, qtmodeltester)
    desk.fire("a", "NIFTY-FUT", at_s=1_000, price=24_893.1)
    desk.fire("b", "NIFTY-FUT", at_s=2_000, price=24_900.0)
    model.refresh()
    assert lines(model) == ["b", "a"]
    assert model.index(1).data(FIGURE_ROLE) == "24,893.10"
    assert model.index(1).data(DETAIL_ROLE) == "09:16:40.000"


def test_a_storm_is_one_line_that_counts(desk):
    model = made(desk)
    for number in range(37):
        desk.fire("storm", "NIFTY-FUT", at_s=1_000 + number, price=24_881.9)
    desk.fire("other", "NIFTY-FUT", at_s=1_050, price=24_881.9)
    desk.fire("storm", "NIFTY-FUT", at_s=2_000, price=24_881.9)
    model.refresh()
    assert lines(model) == ["storm", "other", "storm ×37"]
    assert model.total == 39


def test_a_storm_that_goes_on_rises_to_the_top(desk):
    model = made(desk)
    desk.fire("storm", "NIFTY-FUT", at_s=1_000, price=1.0)
    desk.fire("other", "NIFTY-FUT", at_s=1_001, price=1.0)
    desk.fire("storm", "NIFTY-FUT", at_s=1_002, price=1.0)
    model.refresh()
    assert lines(model) == ["storm ×2", "other"]


def test_a_firing_inside_the_cool_down_is_counted_and_not_shown(desk):
    model = made(desk)
    desk.fire("a", "NIFTY-FUT", at_s=1_000, price=1.0)
    desk.fire("a", "NIFTY-FUT", at_s=1_030, price=1.0, shown=False)
    assert len(model.refresh()) == 1
    assert lines(model) == ["a"]
    assert model.index(0).data(DETAIL_ROLE) == "09:16:40.000 · 1 quiet"


def test_another_symbols_firing_names_it(desk):
    model = made(desk)
    desk.fire("a", "HDFCBANK", at_s=1_000, price=1.0)
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE).startswith("HDFCBANK · ")


def test_the_next_day_starts_an_empty_log(desk):
    model = made(desk)
    desk.fire("a", "NIFTY-FUT", at_s=1_000, price=1.0)
    desk.fire("b", "NIFTY-FUT", at_s=DAY_S + 1_000, price=1.0)
    model.refresh()
    assert lines(model) == ["b"]
    assert model.total == 1


def test_another_feed_starts_an_empty_log(desk):
    model = made(desk)
    desk.fire("a", "NIFTY-FUT", at_s=1_000, price=1.0)
    model.refresh()
    desk.begin_anew()
    desk.fire("b", "NIFTY-FUT", at_s=1_000, price=1.0)
    model.refresh()
    assert lines(model) == ["b"]


def test_the_log_is_bounded(desk):
    model = made(desk)
    for number in range(MOST_LINES + 20):
        desk.fire(f"r{number}", "NIFTY-FUT", at_s=1_000 + number, price=1.0)
    model.refresh()
    assert model.rowCount() == MOST_LINES
    assert lines(model)[0] == f"r{MOST_LINES + 19}"


# Floods


def told_by(model):
    return [(each.firing, each.shown, each.quiet) for each in map(model.line_at, range(model.rowCount()))]


def test_a_flood_is_the_same_as_its_firings_one_by_one(desk, qtmodeltester):
    slow, fast = made(desk), made(desk, qtmodeltester)
    for number in range(600):
        flood_part(desk, number)
        slow.refresh()
    shown = fast.refresh()
    assert told_by(fast) == told_by(slow)
    assert fast.total == slow.total == len(shown)
    assert fast.rowCount() > 7


def flood_part(desk, number):
    at_s = 1_000 + 3 * number + (40 if number % 50 == 0 else 0)
    desk.fire(f"r{number % 7}", "NIFTY-FUT", at_s=at_s, price=float(number), shown=number % 4 != 0)


def test_of_a_flood_no_more_is_taken_at_once_than_a_frame_bears(desk):
    model = made(desk)
    for number in range(MOST_TAKEN + 10):
        desk.fire("a", "NIFTY-FUT", at_s=1_000 + number, price=1.0)
    assert len(model.refresh()) == MOST_TAKEN
    assert len(model.refresh()) == 10
    assert model.refresh() == []
    assert lines(model) == [f"a ×{MOST_TAKEN + 10}"]


def test_a_day_that_turns_within_a_flood_starts_an_empty_log(desk):
    model = made(desk)
    for number in range(200):
        desk.fire("a", "NIFTY-FUT", at_s=1_000 + number + (DAY_S if number >= 150 else 0), price=1.0)
    assert len(model.refresh()) == 200
    assert lines(model) == ["a ×50"]
    assert model.total == 50


# Suspect data


def test_a_firing_near_a_gap_says_so_in_its_row_and_its_words(desk):
    desk.go_live("NIFTY-FUT")
    desk.trade("NIFTY-FUT", 24_900.0, 24_901.0, at_s=1_000)
    desk.trade("NIFTY-FUT", 24_905.0, at_s=1_010, gap=True)
    model = FiringsModel(desk, Quotes(desk))
    model.set_charted("NIFTY-FUT")
    desk.fire("a", "NIFTY-FUT", at_s=1_012, price=24_905.0)
    desk.fire("b", "NIFTY-FUT", at_s=1_030, price=24_905.0)
    model.refresh()
    assert model.index(1).data(DETAIL_ROLE) == "09:16:52.000 · ⚠ gap 2 s before"
    assert "on suspect data: gap 2 s before" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)
    assert "on suspect data" in model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert model.index(0).data(DETAIL_ROLE) == "09:17:10.000"


def test_a_late_tick_that_comes_after_the_firing_still_makes_it_suspect(desk):
    model = made(desk)
    desk.fire("a", "NIFTY-FUT", at_s=1_000, price=1.0)
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "09:16:40.000"
    changed = []
    model.dataChanged.connect(lambda top, _bottom, _roles: changed.append(top.row()))
    desk.happen(EventKind.LATE, "NIFTY-FUT", "by 2 s", at_s=998)
    desk.happen(EventKind.LATE, "NIFTY-FUT", "by 1 s", at_s=999)
    desk.happen(EventKind.QUARANTINED, "NIFTY-FUT", "no price", at_s=1_003)
    desk.happen(EventKind.QUARANTINED, "SBIN", "no price", at_s=1_000)
    model.refresh()
    assert changed == [0]
    assert model.index(0).data(DETAIL_ROLE) == (
        "09:16:40.000 · ⚠ 2 late ticks 1 s before · quarantined tick 3 s after"
    )


def test_a_late_tick_that_is_told_long_after_the_firing_still_marks_its_row(desk):
    model = made(desk)
    desk.fire("a", "NIFTY-FUT", at_s=1_000, price=1.0)
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "09:16:40.000"
    desk.now_ns += 60 * SECOND_NS
    desk.happen(EventKind.LATE, "NIFTY-FUT", "by 60 s", at_s=1_001)
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "09:16:40.000 · ⚠ late tick 1 s after"


def test_a_row_that_was_painted_while_events_of_a_storm_were_to_come_is_marked_in_the_end(desk):
    model = made(desk)
    desk.fire("a", "NIFTY-FUT", at_s=5_000, price=1.0)
    for _ in range(4 * MOST_READ):
        desk.happen(EventKind.LATE, "NIFTY-FUT", "by 1 s", at_s=1_000)
    desk.happen(EventKind.DUPLICATE, "NIFTY-FUT", "again", at_s=5_001)
    desk.now_ns += 60 * SECOND_NS
    told = []
    for _ in range(6):
        model.refresh()
        told.append(model.index(0).data(DETAIL_ROLE))
    assert told[0] == "10:23:20.000"
    assert told[-1] == "10:23:20.000 · ⚠ duplicate 1 s after"


def test_a_row_further_down_has_its_turn(desk):
    model = made(desk)
    for number in range(100):
        desk.fire(f"r{number}", "NIFTY-FUT", at_s=1_000 + 20 * number, price=1.0)
    model.refresh()
    clean = [model.index(row).data(DETAIL_ROLE) for row in range(100)]
    desk.happen(EventKind.LATE, "NIFTY-FUT", "by 60 s", at_s=1_001)
    changed = []
    model.dataChanged.connect(lambda top, _bottom, _roles: changed.append(top.row()))
    for _ in range(10):
        model.refresh()
    assert changed == [99]
    assert model.index(99).data(DETAIL_ROLE) == f"{clean[99]} · ⚠ late tick 1 s after"


def test_what_is_further_than_five_seconds_away_is_not_told(desk):
    model = made(desk)
    firing = desk.fire("a", "NIFTY-FUT", at_s=1_000, price=1.0)
    desk.happen(EventKind.DUPLICATE, "NIFTY-FUT", "again", at_s=994.9)
    desk.happen(EventKind.DUPLICATE, "NIFTY-FUT", "again", at_s=1_005.1)
    assert model.suspicion(firing) == ""
    desk.happen(EventKind.DUPLICATE, "NIFTY-FUT", "again", at_s=1_005)
    assert model.suspicion(firing) == "duplicate 5 s after"


# Why it fired


def test_a_firing_is_explained_by_its_terms_its_place_and_its_rule(desk):
    model = made(desk)
    desk.rules = (
        Rule("a", "NIFTY-FUT", "price above 1", hysteresis="2 ticks", cooldown="90s", repeat=Repeat.SESSION),
    )
    readings = (
        Reading("price crosses above vwap(session)", (24_849.9, 24_850.2), (24_850.5, 24_850.1), False, True),
        Reading("size above 500", (65.0, 500.0), (12_600.0, 500.0), False, True),
        Reading("gap in feed", (NAN, NAN), (NAN, NAN), False, True),
    )
    firing = Firing("a", "NIFTY-FUT", 1_233, OPEN_NS, 99, 24_850.5, 24_850.1, readings=readings)
    found = model.explanation(firing)
    assert found.tick == "NIFTY-FUT 24,850.50 at 09:00:00.000"
    assert [(term.before, term.now, term.state) for term in found.terms] == [
        ("24,849.90 vs 24,850.20", "24,850.50 vs 24,850.10", "became true"),
        ("65 vs 500", "12,600 vs 500", "became true"),
        ("", "", "became true"),
    ]
    assert found.facts == (
        ("Place", "row 1,234 · seq 99"),
        ("Hysteresis", "2 ticks"),
        ("Cool-down", "1 min 30 s"),
        ("Repeat", "once a session"),
    )


def test_a_firing_without_terms_tells_its_level_and_one_by_silence_that_no_tick_made_it(desk):
    model = made(desk)
    assert ("Level", "24,900.00") in model.explanation(
        desk.fire("a", "NIFTY-FUT", at_s=1_000, price=24_900.0)
    ).facts
    silent = Firing("a", "NIFTY-FUT", 4, OPEN_NS, None, 1.0, 30.0, silent=True)
    assert model.explanation(silent).facts == (("Place", "after row 5, by silence"),)
