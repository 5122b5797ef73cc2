from dataclasses import replace

from analytics.rules.rule import Repeat, Rule
from app.viewmodels.alerts import AlertsModel, rule_detail
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, SHOWN_ROLE

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
