"""Where clicks on firings, events and trades lead to."""

import pytest

from analytics.events import EventKind

SECOND = 1_000_000_000


def test_a_firing_charts_its_symbol_and_takes_the_keys(live, desk):
    live.parts.watchlist.table.setFocus()
    live.parts.alerts.firing_picked.emit(desk.fire("a", "SBIN", at_s=900, price=842.0))
    assert live.refresher.symbol == "SBIN"
    assert live.parts.chart.hasFocus()


def test_a_firing_is_played_again_in_the_chart_and_escape_ends_it(live, desk):
    firing = desk.fire("a", "NIFTY-FUT", at_s=900, price=24_900.0)
    live.parts.alerts.firing_replayed.emit(firing)
    live.refresh_now()
    pane = live.parts.charts.active_pane
    assert not pane.pill.isHidden()
    live.front.escape()
    live.refresh_now()
    assert pane.pill.isHidden()


def test_a_firing_whose_ticks_are_gone_is_told(live, desk):
    live.parts.alerts.firing_replayed.emit(desk.fire("a", "NIFTY", at_s=900, price=1.0))
    assert "no longer held" in live.parts.side.banner.notice.detail


@pytest.mark.parametrize("source", ["events", "trades", "edits"])
def test_a_moment_is_shown_in_the_chart_of_its_symbol(live, desk, source):
    panel = live.edits if source == "edits" else getattr(live.parts, source)
    ts_ns = int(desk.view("SBIN").time_ns[0]) - 600 * SECOND
    panel.moment_picked.emit("SBIN", ts_ns)
    live.refresh_now()
    assert live.refresher.symbol == "SBIN"
    assert not live.parts.chart.following


def test_a_moment_of_a_symbol_that_is_not_there_leads_nowhere(live):
    live.parts.events.moment_picked.emit("GONE", 1)
    assert live.refresher.symbol == "NIFTY-FUT"


def test_a_count_in_the_status_bar_leads_to_the_events_of_its_kind(live, desk):
    desk.happen(EventKind.LATE, "SBIN", "late by 3 s")
    desk.happen(EventKind.GAP, "SBIN", "5 are missing")
    live.refresh_now()
    live.parts.status.events_wanted.emit(EventKind.LATE)
    assert live.parts.bottom.unfolded == "events"
    table = live.parts.events.table
    assert live.models.events.event_at(table.currentIndex().row()).kind is EventKind.LATE
