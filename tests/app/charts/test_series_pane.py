from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.charts import BandSpec, CurveSpec
from app.charts.pane_heights import LEAST_PANE
from app.charts.readout import READOUT_HEIGHT
from app.charts.specs import PaneSpec
from app.theme import DARK, LIGHT

VWAP, VWAP_60, UPPER, LOWER = "vwap(session)", "vwap(60s)", "vwap_upper(session, 2)", "vwap_lower(session, 2)"
ONE = PaneSpec("one", "Of the session", (CurveSpec(VWAP, "VWAP", "overlay", 0),))
TWO = PaneSpec(
    "two", "Two", (CurveSpec(UPPER, "Upper", "overlay", 1), CurveSpec(LOWER, "Lower", "overlay", 2)), 24_900.0
)
BARS = PaneSpec("bars", "Signed", (CurveSpec(VWAP_60, "60 s", "overlay", 3),), 24_900.0, "bars")
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


@pytest.fixture
def tall(chart):
    """Return a chart with room for panes, and no curve over its prices."""
    chart.set_curves((), ())
    chart.resize(740, 760)
    return chart


def pixels(chart):
    image = QApplication.primaryScreen().grabWindow(chart.winId()).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return (np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1) & 0xFFFFFF)[
        READOUT_HEIGHT:
    ]


def of_pane(chart, n):
    """Return the pixels of a pane below the volume, without its heading's rows."""
    place = chart._panes.lower[n].pane.geometry()
    return pixels(chart)[
        round(place.top()) + 17 : round(place.bottom()), round(place.left()) : round(place.right())
    ]


def inked(shown, colour):
    """Return the columns in which there is a colour, or what is left of it at a line's edge."""
    near = np.zeros(shown.shape, np.int64)
    for shift in (0, 8, 16):
        near += np.abs((shown >> shift & 0xFF).astype(np.int64) - (int(colour[1:], 16) >> shift & 0xFF))
    return np.flatnonzero((near < 200).any(axis=0))


def geometries(chart):
    return [(pane.geometry(), axis.geometry()) for pane, axis in chart._panes.shown()]


def test_all_panes_share_their_left_edge_and_the_width_of_their_axes(tall, ticks, show):
    tall._picture.set_panes((ONE, TWO, BARS))
    show(tall, ticks().walk(800, per_second=10).columns.view, frames=4)
    found = geometries(tall)
    assert len(found) == 5
    assert len({(pane.left(), pane.right(), axis.left(), axis.right()) for pane, axis in found}) == 1
    tops = [pane.top() for pane, _ in found]
    assert tops == sorted(tops)
    assert all(above.bottom() <= below.top() for (above, _), (below, _) in pairwise(found))
    assert {pane.scale.width for pane in tall._picture._lower.made} == {tall.shown_scale().width}
    assert {pane.scale.left_ns for pane in tall._picture._lower.made} == {tall.shown_scale().left_ns}


def test_longer_texts_in_a_pane_widen_every_axis(tall, ticks, show):
    market = ticks()
    market.columns.add_series("own")
    market.walk(800, per_second=10)
    market.columns.series("own")[:800] = np.linspace(-0.001234, 0.001234, 800)
    market.columns.publish()
    tall._picture.set_panes((PaneSpec("own", "Own", (CurveSpec("own", "Own", "overlay"),)),))
    tall._panes.axis_width = 60.0
    tall._panes.place()
    show(tall, market.columns.view, frames=4)
    texts = tall._picture._lower.made[0].axis_texts()
    assert len(texts) >= 2
    assert tall._panes.axis_width >= tall._panes.price_axis.wanted_width(texts)
    assert len({axis.width() for _, axis in geometries(tall)}) == 1


def test_an_instant_is_at_the_same_pixel_in_every_pane(tall, ticks, show):
    """A step of price, VWAP and all at one tick stands in one column of all panes."""
    seconds = np.arange(0, 60, 0.1)
    view = ticks().add(seconds, np.where(seconds < 30, 24_900.0, 24_950.0)).columns.view
    tall._picture.set_panes((ONE, TWO))
    tall.show_span(70)
    show(tall, view, frames=4)
    x = int(tall.shown_scale().x(int(view.time_ns[300])))
    shown = pixels(tall)
    left = round(tall._panes.price.geometry().left())
    for pane, _ in tall._panes.shown():
        if pane is tall._panes.volume:
            continue
        top, foot = round(pane.geometry().top()) + 17, round(pane.geometry().bottom())
        part = shown[top:foot, left + x - 12 : left + x + 12]
        busy = (part != np.roll(part, 1, axis=0)).sum(axis=0)  # an upright line changes in each row or none
        inked = [int((column != int(DARK.window[1:], 16)).sum()) for column in part.T]
        assert busy.max() > 0
        assert abs(int(np.argmax(inked)) - 12) <= 1


def test_a_value_that_is_missing_breaks_the_line(tall, ticks, show):
    market = ticks().walk(600, per_second=10)
    tall._picture.set_panes((ONE,))
    tall.show_span(70)
    market.columns.series(VWAP)[200:400] = np.nan
    show(tall, market.columns.view, frames=4)
    columns, scale = inked(of_pane(tall, 0), DARK.palette[0]), tall.shown_scale()
    begins, ends = (scale.x(int(market.columns.view.time_ns[row])) for row in (200, 399))
    assert not ((columns > begins + 2) & (columns < ends - 2)).any()
    assert min((columns < begins).sum(), (columns > ends).sum()) > 100


def test_missing_ticks_break_the_line(tall, ticks, show):
    seconds = np.concatenate((np.arange(0, 20, 0.1), np.arange(40, 60, 0.1)))
    view = ticks().add(seconds, 24_900 + np.round(np.sin(seconds), 2), gaps=(200,)).columns.view
    tall._picture.set_panes((ONE,))
    tall.show_span(70)
    show(tall, view, frames=4)
    columns, scale = inked(of_pane(tall, 0), DARK.palette[0]), tall.shown_scale()
    begins, ends = (scale.x(int(view.time_ns[row])) for row in (199, 200))
    assert not ((columns > begins + 2) & (columns < ends - 2)).any()
    assert min((columns < begins).sum(), (columns > ends).sum()) > 100


def test_overlays_are_drawn_over_the_price_in_their_colours(tall, ticks, show, colours):
    view = ticks().walk(800, per_second=10).columns.view
    tall.set_curves([CurveSpec(VWAP_60, "60 s", "overlay", n) for n in (0,)], ())
    show(tall, view, frames=3)
    assert DARK.palette[0].lower() in colours(tall)
    tall.set_curves([CurveSpec(VWAP_60, "60 s", "overlay", 5)], ())
    show(tall, view, frames=3)
    assert DARK.palette[5].lower() in colours(tall)
    assert DARK.palette[0].lower() not in colours(tall)
    assert tall._readout.text().split("   ")[2].startswith("60 s ")


def test_an_overlay_far_from_the_price_does_not_press_it_flat(tall, ticks, show):
    market = ticks().walk(800, per_second=10)
    show(tall, market.columns.view, frames=3)
    alone = tall.shown_scale()
    market.columns.series(VWAP)[:800] = 50.0
    tall.set_curves([CurveSpec(VWAP, "VWAP", "overlay", 0)], ())
    show(tall, market.columns.view, frames=3)
    both = tall.shown_scale()
    assert both.high - both.low < 2.5 * (alone.high - alone.low)


def test_the_range_holds_the_values_and_the_baseline(tall, ticks, show):
    market = ticks().walk(800, per_second=10)
    far = PaneSpec("far", "Far", (CurveSpec(VWAP, "VWAP", "overlay"),), 24_000.0)
    tall._picture.set_panes((ONE, far))
    show(tall, market.columns.view, frames=3)
    values = market.columns.view.series[VWAP][:800]
    one, two = (pane.scale for pane in tall._picture._lower.made)
    for scale in (one, two):
        assert scale.low < values.min() < values.max() < scale.high
    assert one.low > 24_000 > two.low


def test_the_heading_tells_the_newest_value_and_that_under_the_crosshair(tall, ticks, show):
    market = ticks().walk(800, per_second=10)
    tall._picture.set_panes((ONE, TWO))
    tall.show_span(60)
    show(tall, market.columns.view, frames=6)
    view, (one, two) = market.columns.view, tall._picture._lower.made
    assert one.heading() == f"Of the session   {one.value_text(view.series[VWAP][799])}"
    upper, lower = (two.value_text(view.series[text][799]) for text in (UPPER, LOWER))
    assert two.heading() == f"Two   Upper {upper}   Lower {lower}"
    x = tall._panes.price.geometry().left() + tall.shown_scale().x(int(view.time_ns[500])) + 0.5
    tall._point_at(QPointF(x, 40))
    assert one.heading() == f"Of the session   {one.value_text(view.series[VWAP][500])}"


def test_the_crosshair_has_its_tag_at_the_axis_of_the_pane_pointed_at(tall, ticks, show):
    tall._picture.set_panes((ONE, BARS))
    show(tall, ticks().walk(800, per_second=10).columns.view, frames=4)
    for pane, axis in tall._panes.shown():
        middle = pane.geometry().center()
        tall._point_at(middle)
        tagged = [other for _, other in tall._panes.shown() if _is_pointed(tall, other)]
        assert tagged == [axis]
        crosshair = tall._picture._pointing._crosshair
        assert crosshair._across.line().y1() == round(middle.y())
        assert crosshair._down.line().y2() == tall._panes.foot()
    one = tall._picture._lower.made[0]
    tall._point_at(one.place.pane.geometry().center())
    at = one.place.axis._tags[0]
    assert at.text == one.value_text((one.scale.low + one.scale.high) / 2)
    tall._point_at(QPointF(-5, 10))
    assert not [other for _, other in tall._panes.shown() if _is_pointed(tall, other)]


def _is_pointed(chart, axis):
    return any(tag.fill == DARK.raised for tag in axis._tags)


def test_the_wheel_and_a_drag_over_a_pane_steer_the_chart(tall, ticks, show, hand):
    view = ticks().walk(4_000, per_second=10).columns.view
    tall._picture.set_panes((ONE,))
    tall.show_span(60)
    show(tall, view, frames=3)
    before, pane = tall._window.span_ns, tall._panes.lower[0].pane.geometry().center()
    hand(tall).wheel(int(pane.x()), int(pane.y()), 1)
    assert tall._window.span_ns < before
    assert tall._panes.over_panes(pane)


def test_in_a_low_window_the_last_pane_is_left_out_and_comes_back(tall, ticks, show):
    view = ticks().walk(800, per_second=10).columns.view
    tall._picture.set_panes((ONE, TWO, BARS))
    show(tall, view, frames=3)
    for height, count in ((760, 3), (300, 1), (760, 3)):
        tall.resize(740, height)
        show(tall, view, frames=3)
        shown = [place.pane for place in tall._panes.lower if place.pane.isVisible()]
        assert shown == [place.pane for place in tall._panes.lower[:count]]
        assert all(pane.size().height() >= LEAST_PANE for pane in shown)
        price = tall._panes.price.size().height()
        assert price >= 0.44 * (tall._panes.height() - 40)


def test_panes_go_and_the_picture_is_as_it_was(tall, ticks, show):
    view = ticks().walk(800, per_second=10).columns.view
    show(tall, view, frames=4)
    before, items = pixels(tall).copy(), len(tall._panes.scene().items())
    tall._picture.set_panes((ONE, TWO))
    show(tall, view, frames=4)
    assert (pixels(tall) != before).any()
    tall._picture.set_panes(())
    show(tall, view, frames=4)
    assert np.array_equal(pixels(tall), before)
    assert len(tall._panes.scene().items()) == items


def test_a_pane_whose_place_another_takes_shows_the_other(tall, ticks, show, colours):
    view = ticks().walk(800, per_second=10).columns.view
    tall._picture.set_panes((ONE, BARS))
    show(tall, view, frames=4)
    assert DARK.palette[0].lower() in colours(tall)
    tall._picture.set_panes((TWO,))
    show(tall, view, frames=4)
    found = colours(tall)
    assert DARK.palette[0].lower() not in found
    assert {DARK.palette[1].lower(), DARK.palette[2].lower()} <= found


def test_the_volume_can_be_hidden(tall, ticks, show):
    view = ticks().walk(800, per_second=10).columns.view
    show(tall, view, frames=3)
    price = tall._panes.price.size().height()
    tall._picture.set_volume_shown(False)
    show(tall, view, frames=3)
    assert not tall._panes.volume.isVisible()
    assert tall._panes.price.size().height() > price
    tall._picture.set_volume_shown(True)
    show(tall, view, frames=3)
    assert tall._panes.volume.isVisible()
    assert tall._panes.price.size().height() == price


def test_a_theme_recolours_a_pane(tall, ticks, show, colours):
    view = ticks().walk(800, per_second=10).columns.view
    tall._picture.set_panes((ONE,))
    show(tall, view, frames=3)
    tall.set_theme(LIGHT)
    show(tall, view, frames=3)
    found = colours(tall)
    assert LIGHT.palette[0].lower() in found
    assert DARK.palette[0].lower() not in found
    assert DARK.window.lower() not in found


def test_a_series_that_is_not_kept_yet_is_drawn_once_it_comes(tall, ticks, show, colours):
    market = ticks().walk(400, per_second=10)
    tall._picture.set_panes((PaneSpec("late", "Late", (CurveSpec("late", "Late", "overlay", 0),)),))
    show(tall, market.columns.view, frames=3)
    assert DARK.palette[0].lower() not in colours(tall)
    assert tall._picture._lower.made[0].heading() == "Late   –"
    market.columns.add_series("late")
    market.columns.series("late")[:400] = np.sin(np.arange(400) / 10)
    market.columns.publish()
    show(tall, market.columns.view, frames=6)
    assert DARK.palette[0].lower() in colours(tall)
    assert tall._picture._lower.made[0].heading() != "Late   –"


def test_without_ticks_a_pane_shows_its_title_alone(tall, ticks, show):
    tall._picture.set_panes((ONE,))
    show(tall, ticks().walk(400, per_second=10).columns.view, frames=6)
    show(tall, None)
    pane = tall._picture._lower.made[0]
    assert pane.heading() == "Of the session"
    assert pane.place.axis._marks == ()


def test_columns_of_a_histogram_are_drawn_beside_lines(tall, ticks, show, colours):
    hist = CurveSpec(VWAP_60, "60 s", "histogram", 3)
    spec = PaneSpec("mixed", "Mixed", (hist, CurveSpec(VWAP, "VWAP", "overlay", 0)), 24_890.0)
    tall.set_instrument(
        symbol="N", zone=tall._picture.shown.zone, decimals=2, has_volume=False, price_text=str
    )
    tall._picture.set_panes((spec,))
    show(tall, ticks().walk(800, per_second=10).columns.view, frames=4)
    found = colours(tall)
    assert DARK.palette[0].lower() in found
    assert DARK.palette[3].lower() not in found


def test_a_band_and_panes_together_grow_as_they_would_be_painted_at_once(tall, ticks, show):
    tall.set_curves((CurveSpec(VWAP, "VWAP", "vwap"),), (BandSpec(UPPER, LOWER, "±2σ"),))
    tall._picture.set_panes((ONE, BARS))
    market = ticks().walk(600, per_second=20)
    tall.show_span(40)
    for n in range(40):
        market.walk(2 + 3 * (n % 7), per_second=20, seed=n)
        show(tall, market.columns.view)
    shown = pixels(tall).copy()
    picture = tall._picture
    picture.touch()
    for sheet in (picture._sheet, picture._volume._sheet, *(pane._sheet for pane in picture._lower.made)):
        sheet.change_all()
    show(tall, market.columns.view)
    channels = [
        (each >> shift & 0xFF).astype(np.int64) for shift in (0, 8, 16) for each in (shown, pixels(tall))
    ]
    assert max(np.abs(a - b).max() for a, b in zip(channels[::2], channels[1::2], strict=True)) <= 24
