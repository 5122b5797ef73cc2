"""What a chart is to show: normal form, JSON that survives damage, and where each series is drawn."""

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from app.viewmodels.anchor import anchored_vwap
from app.viewmodels.chart_choice import (
    COLOURS,
    MOST_SERIES,
    ChartChoice,
    as_dict,
    choice_from,
    style_of,
)
from app.viewmodels.chart_series import (
    LOWER,
    UPPER,
    Subject,
    band_of,
    drawn_series,
    series_label,
    style_fault,
    style_label,
    subject_of,
    wanted_series,
)
from feeds.instruments import load_instruments

IST = ZoneInfo("Asia/Kolkata")
FUTURE = Subject("NIFTY-FUT", True, IST)
INSTRUMENTS = load_instruments()


# Normal form


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Ticks", "ticks"),
        ("1m", "60s"),
        (" 1 min ", "60s"),
        ("500 tick", "500 ticks"),
        ("5.0 range", "5 range"),
    ],
)
def test_a_style_has_one_normal_form(text, style):
    assert style_of(text) == style
    assert style_of(style) == style


@pytest.mark.parametrize("text", ["", "0s", "candles", "-5 volume", "1.5 ticks"])
def test_what_is_no_bar_is_refused_with_a_reason(text):
    with pytest.raises(ConfigError):
        style_of(text)
    assert "5 range" in style_fault(text)


def test_a_series_is_added_once_in_normal_form_and_comes_back_where_it_was_hidden():
    choice = ChartChoice().with_series("ema( 20 )").with_shown("ema(20)", False)
    assert choice.series == ("vwap(session)", "vwap(60s)", "ema(20)")
    assert choice.hidden == ("ema(20)",)
    again = choice.with_series("ema(20)")
    assert (again.series, again.hidden) == (choice.series, ())
    assert again.without_series("ema(20)") == ChartChoice()


def test_added_series_get_colours_of_their_own_and_keep_them():
    choice = ChartChoice()
    for length in range(2, 2 + COLOURS):
        choice = choice.with_series(f"ema({length})")
    assert {choice.colour_of(f"ema({length})") for length in range(2, 2 + COLOURS)} == set(range(COLOURS))
    fewer = choice.without_series("ema(3)")
    assert fewer.colour_of("ema(4)") == choice.colour_of("ema(4)")
    assert fewer.with_series("sma(9)").colour_of("sma(9)") == choice.colour_of("ema(3)")


def test_a_changed_series_keeps_its_place_and_its_colour():
    choice = ChartChoice().with_series("ema(20)").with_series("rsi(14)")
    changed = choice.with_changed("ema(20)", "ema(50)")
    assert changed.series == ("vwap(session)", "vwap(60s)", "ema(50)", "rsi(14)")
    assert changed.colour_of("ema(50)") == choice.colour_of("ema(20)")
    assert changed.with_changed("ema(50)", "ema(50)") == changed
    assert changed.with_changed("ema(50)", "rsi(14)") == changed.without_series("ema(50)")


def test_the_rolling_vwap_may_become_another_one_and_comes_back_as_it_was():
    changed = ChartChoice().with_changed("vwap(60s)", "vwap(5m)")
    assert changed.series == ("vwap(session)", "vwap(5m)")
    assert changed.colours == (("vwap(5m)", 0),)
    assert changed.with_changed("vwap(5m)", "vwap(60s)") == ChartChoice()
    with pytest.raises(ConfigError):
        changed.with_changed("vwap(5m)", "vwap()")


def test_more_series_than_a_chart_shows_are_refused():
    choice = ChartChoice(series=())
    for length in range(1, MOST_SERIES + 1):
        choice = choice.with_series(f"ema({length})")
    with pytest.raises(ConfigError, match="remove one first"):
        choice.with_series("rsi(14)")


def test_levels_are_kept_by_symbol_ascending_and_forgotten_when_there_are_none():
    choice = ChartChoice().with_levels("NIFTY", [24_900.0, 24_850.5, 24_900.0]).with_levels("SBIN", [842.0])
    assert choice.levels_of("NIFTY") == (24_850.5, 24_900.0)
    assert choice.with_levels("NIFTY", []).levels == (("SBIN", (842.0,)),)


# JSON


def a_choice():
    texts = st.sampled_from(
        ["vwap(session)", "ema(20)", "rsi(14)", "macd(12, 26)", "vwap(from 2026-11-20T04:45Z)"]
    )
    levels = st.dictionaries(
        st.sampled_from(["NIFTY", "SBIN"]), st.lists(st.floats(0.05, 1e6), max_size=4), max_size=2
    )

    def make(style, added, hidden, switches, drawn):
        choice = ChartChoice(bands=switches[0], volume=switches[1], profile=switches[2]).with_style(style)
        for text in added:
            choice = choice.with_series(text)
        for text in hidden:
            choice = choice.with_shown(text, False)
        for symbol, prices in drawn.items():
            choice = choice.with_levels(symbol, prices)
        return choice

    styles = st.sampled_from(["ticks", "1m", "500 ticks", "10000 volume", "2.5 range"])
    switches = st.tuples(st.booleans(), st.booleans(), st.booleans())
    return st.builds(make, styles, st.lists(texts), st.lists(texts, max_size=2), switches, levels)


@given(a_choice())
def test_a_choice_survives_json(choice):
    found, faults = choice_from(json.loads(json.dumps(as_dict(choice))))
    assert (found, faults) == (choice, ())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = [*as_dict(ChartChoice()), "unheard of"]


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_no_damage_keeps_a_chart_from_being_made(found):
    choice, _ = choice_from(found)
    again, faults = choice_from(as_dict(choice))
    assert (again, faults) == (choice, ())


def test_each_bad_value_is_named_and_replaced_and_the_good_ones_stay():
    found, faults = choice_from(
        {
            "style": "sticks",
            "series": ["ema(20)", "emma(20)", 7],
            "bands": "yes",
            "volume": False,
            "levels": {"SBIN": [842.0], "NIFTY": ["high"]},
            "shade": "blue",
        }
    )
    assert found == ChartChoice(series=(), volume=False).with_series("ema(20)").with_levels("SBIN", [842.0])
    assert len(faults) == 5
    for words in ("sticks", "emma(20)", "7", "yes", "high"):
        assert any(words in fault for fault in faults)


# How series are drawn


def drawn(*texts, subject=FUTURE, **given):
    choice = ChartChoice(series=(), **given)
    for text in texts:
        choice = choice.with_series(text)
    return {each.text: each for each in drawn_series(choice, subject)}


def test_the_session_vwap_is_solid_the_first_rolling_one_dashed_and_the_others_in_curve_colours():
    found = drawn("vwap(session)", "vwap(60s)", "vwap(5m)", "ema(20)", "vwap(from 2026-11-20T04:45Z)")
    assert [each.role for each in found.values()] == ["vwap", "vwap_second", "overlay", "overlay", "overlay"]
    assert all(each.pane == "" for each in found.values())


def test_an_anchored_vwap_is_named_by_the_wall_time_of_its_anchor():
    found = drawn("vwap(from 2026-11-20T04:45:03Z)")
    assert found["vwap(from 2026-11-20T04:45:03Z)"].label == "VWAP from 10:15:03"


def test_a_macd_its_signal_and_its_histogram_share_a_pane_about_zero():
    found = drawn("macd(12, 26)", "macd_signal(12, 26, 9)", "macd_hist(12, 26, 9)", "macd(5, 8)")
    panes = [each.pane for each in found.values()]
    assert panes[0] == panes[1] == panes[2] != panes[3]
    assert {each.baseline for each in found.values()} == {0.0}
    assert found["macd_hist(12, 26, 9)"].role == "histogram"


@pytest.mark.parametrize(
    ("text", "baseline", "bars"),
    [
        ("rsi(14)", 50.0, False),
        ("zscore(session)", 0.0, False),
        ("delta(session)", 0.0, False),
        ("signed_size", 0.0, True),
        ("rate(60s)", None, False),
        ("bar_volume(60s)", None, False),
    ],
)
def test_series_of_other_units_have_panes_of_their_own(text, baseline, bars):
    each = drawn(text)[text]
    assert each.pane == text
    assert (each.baseline, each.bars) == (baseline, bars)


def test_hidden_series_are_kept_so_that_they_come_back_at_once():
    choice = ChartChoice().with_series("ema(20)").with_shown("ema(20)", False)
    assert wanted_series(choice, FUTURE) == {"vwap(session)", "vwap(60s)", "ema(20)", UPPER, LOWER}
    assert not drawn_series(choice, FUTURE)[-1].shown


def test_the_band_goes_with_the_session_vwap():
    assert band_of(ChartChoice(), FUTURE) == (UPPER, LOWER)
    assert band_of(ChartChoice().with_shown("vwap(session)", False), FUTURE) is None
    assert band_of(ChartChoice(bands=False), FUTURE) is None


def test_an_index_shows_the_vwap_of_its_future_and_says_so():
    subject = subject_of("NIFTY", False, INSTRUMENTS, ("NIFTY", "NIFTY-FUT"))
    found = drawn("vwap(session)", "vwap(60s)", subject=subject)
    assert found["vwap(session)"].drawn == "index_vwap(session, future)"
    assert found["vwap(session)"].label == "VWAP of NIFTY-FUT"
    assert found["vwap(60s)"].label == "VWAP 60s of NIFTY-FUT"
    assert band_of(ChartChoice(), subject) is None


def test_an_index_without_its_future_takes_the_constituents_that_are_there():
    constituents = tuple(each.symbol for each in INSTRUMENTS if each.weight > 0)
    subject = subject_of("NIFTY", False, INSTRUMENTS, ("NIFTY", *constituents))
    assert drawn("vwap(session)", subject=subject)["vwap(session)"].label == "VWAP of constituents"


def test_an_index_without_any_source_says_why_it_has_no_vwap():
    subject = subject_of("NIFTY", False, INSTRUMENTS, ("NIFTY", "SBIN"))
    each = drawn("vwap(session)", subject=subject)["vwap(session)"]
    assert each.drawn == ""
    assert each.fault == "No VWAP: NIFTY-FUT is not in the feed"
    assert wanted_series(ChartChoice(), subject) == frozenset()


@pytest.mark.parametrize(
    ("text", "label"),
    [("vwap(session)", "VWAP"), ("ema(20)", "EMA 20"), ("bollinger_upper(20, 2)", "Bollinger upper 20, 2")],
)
def test_series_are_called_as_people_call_them(text, label):
    assert series_label(text) == label


@pytest.mark.parametrize(
    ("style", "label"),
    [("ticks", "Ticks"), ("60s", "1 min"), ("2h", "2 h"), ("10000 volume", "10,000 volume")],
)
def test_styles_are_called_as_people_call_them(style, label):
    assert style_label(style) == label


# Anchors


def test_an_anchored_vwap_holds_just_the_ticks_from_its_anchor_on(desk):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", *(24_900.0 + at for at in range(5)))
    view = desk.view("NIFTY-FUT")
    text = anchored_vwap(view, int(view.time_ns[2]))
    assert text == "vwap(from 2026-11-20T03:45:02Z)"


def test_where_no_instant_tells_ticks_apart_the_anchor_is_a_tick_number(desk):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_901.0)
    desk.trade("NIFTY-FUT", 24_902.0, at_s=902.0000004)
    desk.trade("NIFTY-FUT", 24_903.0)
    view = desk.view("NIFTY-FUT")
    crowded = view.time_ns.copy()
    crowded[1], crowded[2] = crowded[0] + 300, crowded[0] + 600  # within one microsecond
    packed = replace(view, time_ns=np.maximum.accumulate(crowded))
    assert anchored_vwap(packed, int(packed.time_ns[2])) == "vwap(from tick 2)"
