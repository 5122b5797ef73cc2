from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

AT = QPoint(300, 150)
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def walked(chart, ticks, show):
    market = ticks().walk(4_000, per_second=2)
    show(chart, market.columns.view, 2)
    QTest.mouseMove(chart._panes.viewport(), AT + QPoint(9, 9))
    QTest.mouseMove(chart._panes.viewport(), AT, delay=11)
    return market


def entries(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def entry(menu, start):
    (found,) = (action for action in menu.actions() if action.text().startswith(start))
    return found


def test_its_entries_stand_in_order_with_what_is_under_the_pointer(chart, walked):
    menu = chart._menu()
    price = f"{chart.crosshair_price():,.2f}"
    time = [text.split(": ")[1] for text in entries(menu) if text.startswith("Anchor")]
    assert entries(menu) == [
        f"Alert here: {price}",
        f"Draw level at {price}",
        f"Anchor VWAP here: {time[0]}",
        "Measure",
        "Zoom to a span",
        "Volume profile",
        "Follow newest",
        "Whole session, up to 30 min",
        "Save picture…",
        "Export ticks in sight…",
    ]
    assert not menu.actions()[0].isSeparator()
    assert not any(a.isSeparator() and b.isSeparator() for a, b in pairwise(menu.actions()))


def test_an_empty_chart_offers_what_makes_sense_there(chart):
    assert entries(chart._menu()) == ["Volume profile", "Follow newest", "Whole session, up to 30 min"]


def test_an_index_without_volume_has_no_profile_and_no_vwap_to_anchor(chart, walked, show):
    chart.set_instrument(
        symbol="NIFTY", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=False, price_text=str
    )
    show(chart, walked.columns.view)
    chart._point_at(chart._panes.mapToScene(AT))
    told = entries(chart._menu())
    assert any(text.startswith("Alert here") for text in told)
    assert not any(text.startswith(("Anchor", "Volume profile")) for text in told)


def test_a_level_under_the_pointer_comes_first(chart, walked, qtbot):
    price = chart.crosshair_price()
    entry(chart._menu(), "Draw level").trigger()
    chart._point_at(chart._panes.mapToScene(AT))
    menu = chart._menu()
    assert entries(menu)[:2] == [f"Make an alert of {price:,.2f}", "Remove level"]
    with qtbot.waitSignal(chart.levelPicked) as picked:
        menu.actions()[0].trigger()
    assert picked.args == [price]
    with qtbot.waitSignal(chart.levelsChanged) as changed:
        menu.actions()[1].trigger()
    assert changed.args == [()]


def test_the_entries_mean_what_was_under_the_pointer_when_it_opened(chart, walked, qtbot):
    price, menu = chart.crosshair_price(), chart._menu()
    view = walked.columns.view
    ts_ns = chart.shown_scale().time_at(AT.x() - chart._panes.price.geometry().left())
    row = int(np.searchsorted(view.time_ns[: view.count], ts_ns, side="right")) - 1
    chart._point_at(None)
    with qtbot.waitSignal(chart.levelsChanged) as changed:
        entry(menu, "Draw level").trigger()
    assert changed.args == [(price,)]
    with qtbot.waitSignal(chart.anchorPicked) as picked:
        entry(menu, "Anchor VWAP").trigger()
    assert picked.args == [int(view.time_ns[row])]


@pytest.mark.parametrize(("title", "tool"), [("Measure", "measure"), ("Zoom", "zoom")])
def test_tools_are_taken_from_it(chart, walked, title, tool):
    entry(chart._menu(), title).trigger()
    assert chart.tool == tool


def test_the_profile_is_chosen_in_it_and_told(chart, walked, qtbot):
    def choices():
        return entry(chart._menu(), "Volume profile").menu().actions()

    assert [(each.text(), each.isChecked()) for each in choices()] == [
        ("Off", True),
        ("Of what is in sight", False),
        ("Of the session", False),
    ]
    with qtbot.waitSignal(chart.profileChanged) as changed:
        choices()[2].trigger()
    assert changed.args == [True]
    assert [each.isChecked() for each in choices()] == [False, False, True]
    with qtbot.assertNotEmitted(chart.profileChanged):
        choices()[1].trigger()
    with qtbot.waitSignal(chart.profileChanged) as changed:
        choices()[0].trigger()
    assert changed.args == [False]


def test_the_way_back_is_offered_away_from_the_newest_tick(chart, walked):
    assert not entry(chart._menu(), "Follow newest").isEnabled()
    QTest.keyClick(chart, Qt.Key.Key_PageUp)
    entry(chart._menu(), "Follow newest").trigger()
    assert chart.following


def test_files_are_asked_for_by_signals(chart, walked, qtbot):
    with qtbot.waitSignal(chart.saveWanted):
        entry(chart._menu(), "Save picture").trigger()
    with qtbot.waitSignal(chart.exportWanted):
        entry(chart._menu(), "Export ticks").trigger()
