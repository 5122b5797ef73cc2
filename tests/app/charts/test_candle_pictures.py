from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from analytics.errors import ConfigError
from app.charts import BandSpec, CurveSpec
from app.charts.candle_bars import CLOSE, HIGH, LOW, MIDDLE, OPEN, ROSE, STOP_ROW
from app.charts.readout import READOUT_HEIGHT
from app.charts.specs import PaneSpec
from app.theme import DARK, LIGHT

SECOND = 1_000_000_000
VWAP, UPPER, LOWER = "vwap(session)", "vwap_upper(session, 2)", "vwap_lower(session, 2)"
STYLES = ("ticks", "10s", "60s", "40 ticks", "3000 volume", "2 range")
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


@pytest.fixture
def plain(chart):
    """Show one VWAP and its band: where dashes begin depends on what of them is in sight as they are painted."""
    chart.set_curves((CurveSpec(VWAP, "VWAP", "vwap"),), (BandSpec(UPPER, LOWER, "±2σ"),))
    return chart


@pytest.fixture
def bare(chart):
    """Show nothing but the price."""
    chart.set_curves((), ())
    return chart


def screen(chart):
    """Return the pixels below the read-out, which waits for its turn, as (rows, columns) of ``0xRRGGBB``."""
    image = QApplication.primaryScreen().grabWindow(chart.winId()).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    shown = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1) & 0xFFFFFF
    return shown[READOUT_HEIGHT:].copy()


def sheets(chart):
    picture = chart._picture
    return [picture._sheet, picture._volume._sheet, *(pane._sheet for pane in picture._lower.made)]


def anew(chart, view, show):
    """Return the pixels of the same picture, all bars read anew and all of it painted anew.

    Lines keep their points: where the pieces of a line meet depends on where it was begun.
    """
    picture = chart._picture
    if picture._candles is not None:
        picture._candles.reset()
    picture._volume._bars, picture._volume._is_other = type(picture._volume._bars)(*_NO_BARS), True
    show(chart, view)  # the bars are back, and with them what the view follows
    picture.look_again()
    picture.touch()
    for sheet in sheets(chart):
        sheet.change_all()
    chart._panes.viewport().update()
    show(chart, view)
    return screen(chart)


_NO_BARS = (np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_), 1)


def furthest(one, other):
    """Return the most by which two pictures differ in a channel."""
    channels = [(each >> shift & 0xFF).astype(np.int64) for shift in (0, 8, 16) for each in (one, other)]
    return max(int(np.abs(a - b).max()) for a, b in zip(channels[::2], channels[1::2], strict=True))


PANES = (
    PaneSpec("own", "VWAP", (CurveSpec(VWAP, "VWAP", "overlay", 0), CurveSpec(UPPER, "Upper", "overlay", 1))),
    PaneSpec("signed", "Signed", (CurveSpec("vwap(60s)", "60s", "overlay", 2),), 24_900.0, "bars"),
)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_picture_that_grew_scrolled_and_zoomed_is_a_fresh_one(plain, ticks, show, style, seed):
    chart, rng = plain, np.random.default_rng(seed)
    chart.set_style(style)
    chart.set_panes(PANES)
    chart.resize(740, 700)
    market = ticks().walk(2_000, per_second=10)
    chart.show_span(90)
    show(chart, market.columns.view, frames=3)
    for step in range(40):
        what = int(rng.integers(0, 8))
        if what < 5:
            market.walk(int(rng.integers(1, 60)), per_second=10, seed=100 * seed + step)
        elif what == 5:
            chart._window.pan_to(chart._window.left_ns - int(rng.integers(-40, 40)) * SECOND)
        elif what == 6:
            chart._window.zoom(float(rng.choice([0.7, 1.4])), 0.5)
        else:
            chart.follow()
        chart._picture.look_again()
        show(chart, market.columns.view)
        if step % 8 == 7:
            assert furthest(screen(chart), anew(chart, market.columns.view, show)) <= 24


@pytest.mark.parametrize("style", STYLES[1:])
def test_back_at_ticks_the_picture_is_as_it_was(plain, ticks, show, style):
    view = ticks().walk(2_000, per_second=10).columns.view
    plain.show_span(90)
    show(plain, view, frames=4)
    before = screen(plain)
    plain.set_style(style)
    show(plain, view, frames=4)
    assert furthest(screen(plain), before) > 64
    plain.set_style("ticks")
    show(plain, view, frames=4)
    assert furthest(screen(plain), before) == 0


def test_a_style_that_is_no_bars_changes_nothing(plain, ticks, show):
    view = ticks().walk(400).columns.view
    plain._picture.set_style("10s")
    show(plain, view, frames=3)
    before = screen(plain)
    with pytest.raises(ConfigError, match="expected bars such as"):
        plain._picture.set_style("often")
    show(plain, view, frames=3)
    assert furthest(screen(plain), before) == 0


@pytest.mark.parametrize(("theme", "style"), [(DARK, "10s"), (LIGHT, "10s"), (DARK, "200 ticks")])
def test_each_candle_is_where_its_bar_is(bare, ticks, show, theme, style):
    """Read each candle off the screen: its wick from high to low, its body hollow or filled from open to close."""
    chart = bare
    chart.set_theme(theme)
    chart.set_style(style)
    view = ticks().walk(3_000, per_second=20, seed=4).columns.view
    chart.show_span(110)
    show(chart, view, frames=4)
    scale, pixels = chart.shown_scale(), screen(chart)
    table = chart._picture._candles.bars.table
    left = round(chart._panes.price.geometry().left())
    inks = [int(colour[1:], 16) for colour in (theme.down, theme.up)]
    seen = {0: 0, 1: 0}
    for bar in range(2, table.shape[1] - 1):
        at = int((table[MIDDLE, bar] - scale.left_ns) // chart._window.width_ns)
        if not 20 <= at < scale.width - 20:
            continue
        high, low, opens, close = (int(scale.y(table[each, bar] / 100)) for each in (HIGH, LOW, OPEN, CLOSE))
        top, foot = min(opens, close), max(opens, close)
        ink, column, beside = inks[table[ROSE, bar]], pixels[:, left + at], pixels[:, left + at + 2]
        body = [*range(top, foot + 1)] if not table[ROSE, bar] or foot - top < 2 else [top, foot]
        inked = {*range(high, top), *range(foot + 1, low + 1), *body}
        assert set(np.flatnonzero(column[: int(scale.height)] == ink).tolist()) == inked
        assert set(np.flatnonzero(beside[: int(scale.height)] == ink).tolist()) == set(body)
        seen[int(table[ROSE, bar])] += 1
    assert min(seen.values()) >= 3


def test_only_the_columns_of_the_last_bar_are_painted_again(bare, ticks, show, monkeypatch):
    bare.set_style("10s")
    market = ticks().walk(2_000, per_second=20).add([100.01], [24_900])
    bare.show_span(60)
    show(bare, market.columns.view, frames=4)
    painted = []
    layer = bare._picture._candles.layer
    monkeypatch.setattr(layer, "paint_on", lambda _, strip: painted.append((strip.left, strip.right)))
    low, left_ns = bare._picture.scale.low, bare._window.left_ns
    price = market.columns.view.last_price()
    for n in range(3):
        market.add([100.05 + n / 100], [price])
        show(bare, market.columns.view)
    assert (bare._picture.scale.low, bare._window.left_ns) == (low, left_ns)
    begins = bare._picture.scale.x(int(market.columns.view.time_ns[0]) + 100 * SECOND)
    ends = bare._picture.scale.x(int(market.columns.view.time_ns[0]) + 110 * SECOND)
    assert len(painted) == 3
    for left, right in painted[1:]:
        assert begins - 5 <= left
        assert right <= ends + 5


def test_a_long_history_comes_in_frame_by_frame(bare, ticks, show, monkeypatch):
    view = ticks(series=False).walk(50_000, per_second=50).columns.view
    bare.set_style("60s")
    bars = bare._picture._candles.bars
    moments = iter(np.arange(1_000) * 1.0)
    monkeypatch.setattr(bars, "_clock", lambda: float(next(moments)))
    taken = []
    while len(taken) < 2 or taken[-1] != taken[-2]:
        bare.refresh(view, None)
        taken.append(int(bars.table[STOP_ROW, -1]))
    assert taken == [20_000, 40_000, 50_000, 50_000]
    assert not bare.refresh(view, None)


def test_more_bars_than_pixels_are_as_high_as_their_highest(bare, ticks, show):
    bare.set_style("2 ticks")
    prices = np.full(8_000, 24_900.0)
    prices[5_000], prices[5_777] = 24_940.0, 24_870.0
    view = ticks().add(np.arange(8_000) / 20, prices).columns.view
    bare.show_span(460)
    show(bare, view, frames=4)
    scale, pixels = bare.shown_scale(), screen(bare)
    left = round(bare._panes.price.geometry().left())
    for row, price in ((5_000, 24_940.0), (5_777, 24_870.0)):
        x = left + int((int(view.time_ns[row]) - scale.left_ns) // bare._window.width_ns)
        y = int(scale.y(price))
        ground = pixels[y + (3 if price < 24_900 else -3), x]
        assert pixels[y, x] != ground


def test_the_read_out_tells_the_bar_under_the_crosshair(bare, ticks, show):
    bare.set_style("10s")
    market = ticks().add([0, 3, 9, 12, 15], [100, 104, 98, 101, 102], [10, 20, 30, 40, 50])
    bare.show_span(60)
    show(bare, market.columns.view, frames=4)
    assert bare._readout.text() == "09:15:10   O 101.00   H 102.00   L 101.00   C 102.00   V 90"
    x = bare._panes.price.geometry().left() + bare.shown_scale().x(int(market.columns.view.time_ns[1]))
    bare._point_at(QPointF(x, 50))
    assert bare._readout.text() == "09:15:00   O 100.00   H 104.00   L 98.00   C 98.00   V 60"


def test_the_read_out_tells_of_ticks_that_are_missing_in_a_bar(bare, ticks, show):
    bare.set_style("10s")
    show(bare, ticks().add([0, 3, 9], [100, 104, 98], gaps=(2,)).columns.view, frames=4)
    assert bare._readout.text().endswith("ticks missing")


def test_the_volume_is_that_of_the_same_bars(bare, ticks, show):
    bare.set_style("10s")
    sizes = [10, 20, 30, 400, 50]
    view = ticks().add([0, 3, 9, 12, 25], [100, 104, 98, 101, 99], sizes).columns.view
    bare.show_span(60)
    show(bare, view, frames=4)
    scale, pixels = bare._picture._volume._scale, screen(bare)
    pane = bare._panes.volume.geometry()
    ground = int(DARK.window[1:], 16)
    for middle, volume in ((5, 60), (15, 400), (25, 50)):
        x = round(pane.left() + scale.x(int(view.time_ns[0]) + middle * SECOND))
        column = pixels[round(pane.top()) : round(pane.bottom()), x]
        inked = np.flatnonzero((column != ground) & (column == column[-1]))
        assert inked[0] == round(scale.y(volume))
    assert bare._picture._volume.heading() == "Volume · 10 s"
    bare._point_at(QPointF(pane.left() + scale.x(int(view.time_ns[3])), 40))
    assert bare._picture._volume.heading() == "Volume · 10 s   400"


def test_candles_of_another_symbol_begin_anew(bare, ticks, show):
    bare.set_style("10s")
    show(bare, ticks().walk(2_000).columns.view, frames=4)
    view = ticks().add([0, 3, 12], [100, 104, 98]).columns.view
    show(bare, view, frames=4)
    assert bare._picture._candles.bars.table[STOP_ROW].tolist() == [2, 3]


def test_a_seek_back_leaves_no_bar_of_later_ticks(bare, ticks, show):
    bare.set_style("10s")
    bare.show_span(100)
    show(bare, ticks().walk(800, per_second=10).columns.view, frames=4)
    earlier = ticks().walk(300, per_second=10).columns.view
    show(bare, earlier, frames=4)
    assert furthest(screen(bare), anew(bare, earlier, show)) == 0
    assert bare._picture._candles.bars.table[STOP_ROW, -1] == 300


def test_a_candle_needs_no_dot_at_the_newest_price(bare, ticks, show):
    view = ticks().walk(800, per_second=10).columns.view
    show(bare, view, frames=3)
    item = bare._picture._newest._item
    assert item._dot.isVisible()
    bare.set_style("10s")
    show(bare, view, frames=3)
    assert not item._dot.isVisible()


@pytest.mark.parametrize(("style", "whole"), [("10s", True), ("60s", False)])
def test_the_view_follows_a_bar_to_its_end_unless_that_is_far(bare, ticks, show, style, whole):
    bare.set_style(style)
    market = ticks().walk(1_202, per_second=10)
    bare.show_span(100)
    show(bare, market.columns.view, frames=5)
    newest_ns, ends_ns = (
        int(market.columns.view.time_ns[-1 + market.columns.count]),
        bare._picture._candles.ends_ns(),
    )
    followed = ends_ns if whole else newest_ns
    assert ends_ns > newest_ns + 8 * SECOND
    share = (followed - bare._window.left_ns) / bare._window.span_ns
    assert share == pytest.approx(0.88, abs=0.02)


def test_a_bar_that_begins_before_the_left_edge_is_seen_in_its_whole_height(bare, ticks, show):
    prices = np.full(1_000, 24_900.0)
    prices[300] = 24_960.0
    view = ticks().add(np.arange(1_000) / 10, prices).columns.view
    bare.show_span(20)
    show(bare, view, frames=2)
    for style, seen in (("ticks", False), ("60s", True)):
        bare._picture.set_style(style)
        bare._window.pan_to(int(view.time_ns[400]))
        bare._picture.look_again()
        show(bare, view, frames=3)
        assert int(view.time_ns[300]) < bare._window.left_ns < int(view.time_ns[599])
        assert (bare.shown_scale().high > 24_960) == seen
