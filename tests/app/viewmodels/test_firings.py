from app.viewmodels.firings import MOST_LINES, FiringsModel
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE

DAY_S = 86_400


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
