from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from analytics.rules.rule import Repeat, Rule
from app.viewmodels.alerts import AlertsModel, rule_detail
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, SHOWN_ROLE

NS = 1_000_000_000
OPEN_NS = 1_795_145_400 * NS  # 2026-11-20 09:00 IST
RULE = Rule("Crosses above 24,945", "NIFTY-FUT", "price crosses above 24945", cooldown="30s")


def test_the_second_line_tells_repeat_cool_down_and_hysteresis():
    assert rule_detail(RULE, "NIFTY-FUT") == "each · 30 s"
    hysteresis = replace(RULE, cooldown="0s", hysteresis="2 ticks", repeat=Repeat.SESSION)
    assert rule_detail(hysteresis, "NIFTY-FUT") == "once a session · hyst 2 ticks"
    assert rule_detail(RULE, "SBIN") == "NIFTY-FUT · each · 30 s"
    assert rule_detail(replace(RULE, enabled=False), "NIFTY-FUT") == "off"


def test_the_figure_is_how_far_the_price_has_to_go(desk, qtmodeltester):
    desk.rules = (RULE, replace(RULE, name="off", enabled=False))
    desk.distances = {RULE.name: -38.0}
    model = AlertsModel(desk, Quotes(desk))
    model.refresh()
    qtmodeltester.check(model)
    assert model.index(0).data(FIGURE_ROLE) == "+38.00"
    assert model.index(1).data(FIGURE_ROLE) == "–"
    assert [model.index(row).data(SHOWN_ROLE) for row in range(2)] == [True, False]


def test_only_distances_that_changed_are_announced(desk):
    desk.rules = (RULE, replace(RULE, name="b"))
    desk.distances = {RULE.name: -38.0, "b": 1.0}
    model = AlertsModel(desk, Quotes(desk))
    model.refresh()
    rows = []
    model.dataChanged.connect(lambda top, bottom: rows.append(top.row()))
    desk.distances["b"] = 2.0
    model.refresh()
    assert rows == [1]


def test_a_rule_of_another_symbol_says_so_once_the_chart_changes(desk):
    desk.rules = (RULE,)
    model = AlertsModel(desk, Quotes(desk))
    model.set_charted("NIFTY-FUT")
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "each · 30 s"
    model.set_charted("SBIN")
    assert model.index(0).data(DETAIL_ROLE) == "NIFTY-FUT · each · 30 s"


# Snoozed, expired


def test_a_rule_for_every_symbol_expires_by_the_feeds_clock(desk):
    desk.go_live("NIFTY-FUT").now_ns = OPEN_NS + 3_600 * NS  # 10:00
    desk.rules = (replace(RULE, symbol="ANY of *", expires="2026-11-20T09:30"),)
    model = AlertsModel(desk, Quotes(desk))
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "ANY of * · expired"


def test_a_snoozed_rule_says_how_long_still_and_an_expired_one_that_it_is(desk):
    desk.now_ns = OPEN_NS + 3_600 * NS  # 10:00
    desk.rules = (
        replace(RULE, snooze_until="2026-11-20T10:14:30"),
        replace(RULE, name="old", expires="2026-11-20T09:59"),
        replace(RULE, name="later", expires="2026-11-20T10:01", active="09:30-15:00"),
    )
    model = AlertsModel(desk, Quotes(desk))
    model.set_charted("NIFTY-FUT")
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "snoozed, 15 min left"
    assert model.index(1).data(DETAIL_ROLE) == "expired"
    assert model.index(2).data(DETAIL_ROLE) == "each · 30 s · 09:30-15:00"
    changed = []
    model.dataChanged.connect(lambda top, _bottom, roles: changed.append((top.row(), tuple(roles))))
    desk.now_ns += 61 * NS
    model.refresh()
    assert changed == [(0, (DETAIL_ROLE,)), (2, (DETAIL_ROLE,))]
    assert model.index(0).data(DETAIL_ROLE) == "snoozed, 13 min left"
    desk.now_ns += 3_600 * NS
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == "each · 30 s"


# The distance of every kind of term


@pytest.mark.parametrize(
    ("symbol", "when", "distance", "figure", "words"),
    [
        ("NIFTY-FUT", "price crosses above 24945", -38.0, "+38.00", "To the level: +38.00"),
        ("NIFTY-FUT", "price below 3 or gap in feed", 1.0, "−1.00", "of its first term"),
        ("NIFTY-FUT", "size above 500", -435.0, "+435", "+435"),
        ("NIFTY-FUT", "price leaves 1..2", -3.0, "+3.00", "To the level"),
        ("NIFTY-FUT", "price above ema(20)", None, "–", "no value yet"),
        ("NIFTY-FUT", "price moves 0.5 % in 60s", 49.8, "0.20 %", "Moved by 0.20 % in 60s; fires at 0.5 %"),
        ("NIFTY-FUT", "new session high", None, "+12.00", "session's high"),
        ("NIFTY-FUT", "new session low", None, "−8.00", "session's low"),
        ("SBIN", "new session low", None, "–", "no price yet"),
        ("NIFTY-FUT", "volume spikes 5x in 10s against 10m", None, "–", "Why not"),
        ("NIFTY-FUT", "no tick for 30s", None, "–", "by time"),
        ("NIFTY-FUT", "gap in feed", None, "–", "cannot be seen coming"),
        ("ALL of NIFTY-FUT, SBIN", "price above vwap(session)", 1.0, "–", "all of the symbols"),
        ("ANY of SBIN", "price above vwap(session)", 1.0, "–", "None of its symbols"),
        (
            "ANY of SBIN, NIFTY-FUT",
            "price above vwap(session)",
            -7.0,
            "NIFTY-FUT +7.00",
            "Nearest is NIFTY-FUT",
        ),
        ("ANY of *", "price above vwap(session)", -7.0, "NIFTY-FUT +7.00", "Nearest is NIFTY-FUT"),
        ("ANY of *", "new session high", None, "–", "its own high"),
    ],
)
def test_each_kind_of_term_has_a_distance_or_says_why_not(desk, symbol, when, distance, figure, words):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_920.0, 24_900.0, 24_908.0)
    desk.rules = (Rule("r", symbol, when),)
    if distance is not None:
        desk.distances = {"r": distance}
    model = AlertsModel(desk, Quotes(desk))
    model.refresh()
    assert model.index(0).data(FIGURE_ROLE) == figure
    assert words in model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert words in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_of_a_group_the_symbol_whose_share_is_least_is_the_nearest(desk):
    desk.go_live("NIFTY-FUT", "SBIN").trade("NIFTY-FUT", 24_900.0)
    desk.trade("SBIN", 842.0)
    desk.distances = {"r": -7.0}
    desk.rules = (Rule("r", "ANY of *", "price above vwap(session)"),)
    model = AlertsModel(desk, Quotes(desk))
    model.refresh()
    assert model.index(0).data(FIGURE_ROLE) == "NIFTY-FUT +7.00"  # 0.03 % against 0.8 %
