from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest

from app.charts import AlertLine
from app.theme import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def walked(chart, ticks, show):
    market = ticks().walk(4_000, per_second=2)
    chart.set_alert_lines([AlertLine("r", 24_890.0, "crosses above 24,890", True, True)])
    show(chart, market.columns.view, 3)
    return market


def texts(path):
    return " ".join("".join(each.itertext()) for each in ET.parse(path).iter(f"{SVG}text"))


def inks(image):
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return {f"#{pixel & 0xFFFFFF:06x}" for pixel in np.unique(pixels).tolist()}


def drawn(path):
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    image.fill(QColor("#ff00ff"))
    with QPainter(image) as painter:
        renderer.render(painter)
    return image


def test_a_png_shows_the_chart_with_symbol_span_and_figures_above_it(chart, walked, tmp_path, show):
    path = tmp_path / "a.png"
    chart.save_picture(path)
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    panes = chart._panes.viewport().size()
    assert (image.width(), image.height()) == (panes.width(), panes.height() + 52)
    assert {DARK.price.lower(), DARK.alert.lower(), DARK.vwap.lower()} <= inks(image)
    head = image.copy(0, 0, image.width(), 52)
    assert {DARK.text.lower(), DARK.vwap.lower()} <= inks(head)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_an_svg_is_made_of_lines_and_letters_and_looks_as_the_png(chart, walked, tmp_path, theme, show):
    chart.set_theme(theme)
    show(chart, walked.columns.view, 2)
    chart.save_picture(tmp_path / "a.svg")
    chart.save_picture(tmp_path / "a.png")
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert not list(root.iter(f"{SVG}image"))
    told = texts(tmp_path / "a.svg")
    assert "NIFTY-FUT" in told
    assert "2026-11-20 09:" in told
    assert "crosses above 24,890" in told
    assert f"{walked.columns.view.last_price():,.2f}" in told
    svg, png = drawn(tmp_path / "a.svg"), QImage(str(tmp_path / "a.png"))
    assert svg.size() == png.size()
    pixels = [
        np.frombuffer(each.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8).astype(float)
        for each in (svg, png)
    ]
    apart = np.abs(pixels[0] - pixels[1]).reshape(-1, 4)[:, :3].max(axis=1)
    assert (apart > 60).mean() < 0.03  # edges of letters and lines are smoothed in another way


def test_the_curve_of_an_svg_is_as_fine_as_its_pixels_far_from_the_first_tick(chart, ticks, tmp_path, show):
    market = ticks().walk(60_000, per_second=3)
    show(chart, market.columns.view)
    chart.show_span(2)
    show(chart, market.columns.view, 3)
    chart.save_picture(tmp_path / "a.svg")
    xs = [
        float(part.lstrip("ML").split(",")[0])
        for each in ET.parse(tmp_path / "a.svg").iter(f"{SVG}path")
        for part in each.get("d", "").split()
        if part[0] in "ML" and "C" not in each.get("d", "")
    ]
    fractions = {round(x % 1, 2) for x in xs}
    assert len(xs) > 6
    assert max(xs) - min(xs) > 300
    assert len(fractions) > 1


def test_the_screen_is_as_it_was_after_a_picture(chart, walked, tmp_path, stale, show):
    chart.save_picture(tmp_path / "a.svg")
    show(chart, walked.columns.view)
    assert stale(chart, walked.columns.view) == 0


def test_the_button_and_the_hint_over_the_chart_are_not_in_its_picture(chart, walked, tmp_path, show):
    QTest.keyClick(chart, Qt.Key.Key_PageUp)
    chart.start_tool("measure")
    show(chart, walked.columns.view)
    chart.save_picture(tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    at = chart._live.geometry().center()
    assert (
        image.pixelColor(at + QPoint(-20, 52 - chart._live.height() // 2 + 2)).name() != DARK.raised.lower()
    )


def test_a_stale_chart_is_dim_in_its_picture_too(chart, walked, tmp_path, show):
    chart.set_stale(True)
    show(chart, walked.columns.view)
    chart.save_picture(tmp_path / "a.svg")
    assert 'opacity="0.4"' in (tmp_path / "a.svg").read_text()


def test_an_empty_chart_is_saved_as_well(chart, tmp_path):
    for name in ("a.png", "a.svg"):
        chart.save_picture(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0


def test_a_picture_that_cannot_be_written_says_where(chart, walked, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere/a\.png"):
        chart.save_picture(tmp_path / "nowhere" / "a.png")
    with pytest.raises(OSError, match=r"expected a name that ends in \.png or \.svg, found '\.bmp'"):
        chart.save_picture(tmp_path / "a.bmp")
    assert list(Path(tmp_path).iterdir()) == []
