from __future__ import annotations

import numpy as np
import pytest

from app.charts import CurveSpec, FiringMark

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


def test_a_firing_that_leaves_by_the_edge_leaves_nothing_beside_it(chart, ticks, show, stale):
    chart.set_curves((CurveSpec("vwap(session)", "VWAP", "vwap"),), ())
    seconds = np.arange(0, 120, 0.1)
    market = ticks().add(seconds, 24_900 + np.round(np.sin(seconds), 2))
    chart.show_span(60)
    show(chart, market.columns.view, frames=3)
    scale = chart.shown_scale()
    for edge in (0.0, scale.width):
        chart.set_firings([FiringMark("a", scale.time_at(abs(edge - x)), 24_900.0) for x in (1, 2, 3)])
        show(chart, market.columns.view)
        assert len(chart._picture._firings._points) == 3
        assert stale(chart, market.columns.view) <= 24
        chart.set_firings([])
        show(chart, market.columns.view)
        assert stale(chart, market.columns.view) <= 24
