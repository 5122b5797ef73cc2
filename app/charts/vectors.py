"""A chart as SVG: curves, bars, texts and tools are lines and letters, whatever they are on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QBrush, QFont, QPainter, QPainterPath, QTransform
from PySide6.QtSvg import QSvgGenerator

from app.charts.marks import Grid
from app.charts.panes import Panes
from app.charts.sheet import Layer, Sheet, Strip
from app.theme import Theme

if TYPE_CHECKING:
    from app.charts.snapshot import Caption

_GRID_COLUMNS = 64
"""The grid draws its lines one by one in strips that are no wider."""
_ROOT = re.compile(rb"<svg\b[^>]*>", re.DOTALL)


class _Lines(QPainter):
    """Draws paths in pixels: an SVG file keeps six digits of a number, too few for times and prices."""

    def __init__(self) -> None:
        super().__init__()
        self._to_pixels = QTransform()

    def setTransform(self, transform: QTransform, combine: bool = False) -> None:
        """Take where paths are drawn."""
        self._to_pixels = transform * self._to_pixels if combine else QTransform(transform)

    def resetTransform(self) -> None:
        """Draw paths where they are."""
        self._to_pixels = QTransform()

    def drawPath(self, path: QPainterPath) -> None:
        """Draw a path, moved to its pixels."""
        if not path.isEmpty():
            super().drawPath(self._to_pixels.map(path))

    def fillPath(self, path: QPainterPath, brush: Any) -> None:
        """Fill a path, moved to its pixels."""
        if not path.isEmpty():
            super().fillPath(self._to_pixels.map(path), QBrush(brush))


def vector_picture(panes: Panes, caption: Caption, theme: Theme, font: QFont, head_px: int) -> bytes:
    """Return an SVG document of the panes as they are drawn, `head_px` of caption above them."""
    panes.viewport().grab()  # all of every item is asked for: its painting is what the scene gives below
    size = panes.viewport().size()
    sheets = [each for each in panes.scene().items() if isinstance(each, Sheet) and each.isVisible()]
    whole = QSize(size.width(), size.height() + head_px)
    head = _document(whole, lambda painter: caption.paint_on(painter, whole.width(), theme, font))
    over = _without(sheets, lambda: _document(size, lambda painter: panes.scene().render(painter)))
    parts = []
    for sheet in sheets:
        place = sheet.sceneBoundingRect()
        layers = _document(place.size().toSize(), partial(_paint_layers, sheet))
        parts.append(_part(layers, place.translated(0, head_px), sheet.opacity()))
        parts.extend(_margins(place.translated(0, head_px), whole.width(), theme))
    parts.append(_part(over, QRectF(0, head_px, size.width(), size.height())))
    parts.append(_part(head, QRectF(0, 0, whole.width(), head_px)))
    title = escape(f"{caption.symbol}, {caption.span}").encode()
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{whole.width()}" height="{whole.height()}" viewBox="0 0 {whole.width()} {whole.height()}">\n'
    ).encode()
    ground = f'<rect width="{whole.width()}" height="{whole.height()}" fill="{theme.window}"/>\n'.encode()
    return b"".join((root, b"<title>", title, b"</title>\n", ground, *parts, b"</svg>\n"))


def _document(size: QSize, paint: Callable[[QPainter], object]) -> bytes:
    """Return what is painted as an SVG document of a size."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    painter = _Lines()
    painter.begin(generator)
    paint(painter)
    painter.end()
    return bytes(buffer.data().data())


def _part(document: bytes, place: QRectF, opacity: float = 1.0) -> bytes:
    """Return a document as a part of another, cut at its edges."""
    found = _ROOT.search(document)
    assert found is not None
    x, y, width, height = place.x(), place.y(), place.width(), place.height()
    name = f"at-{x:g}-{y:g}-{width:g}-{height:g}"
    begin = (
        f'<defs><clipPath id="{name}"><rect width="{width:g}" height="{height:g}"/></clipPath></defs>\n'
        f'<g transform="translate({x:g},{y:g})" clip-path="url(#{name})" opacity="{opacity:g}">\n'
    )
    return begin.encode() + document[found.end() : document.rindex(b"</svg>")] + b"</g>\n"


def _margins(place: QRectF, width: int, theme: Theme) -> list[bytes]:
    """Return the ground left and right of a pane, for programs that do not cut."""
    sides = ((0.0, place.left()), (place.right(), width - place.right()))
    return [
        f'<rect x="{x:g}" y="{place.y():g}" width="{wide:g}" height="{place.height():g}" fill="{theme.window}"/>\n'.encode()
        for x, wide in sides
    ]


def _without(sheets: list[Sheet], make: Callable[[], bytes]) -> bytes:
    """Return what is made while these are not drawn."""
    opacities = [sheet.opacity() for sheet in sheets]
    try:
        for sheet in sheets:
            sheet.setOpacity(0.0)
        return make()
    finally:
        for sheet, opacity in zip(sheets, opacities, strict=True):
            sheet.setOpacity(opacity)


def _paint_layers(sheet: Sheet, painter: QPainter) -> None:
    """Paint a sheet's layers, a pixel for each of the pane's."""
    layers: list[Layer] = sheet._layers  # noqa: SLF001 - what a sheet shows is for this picture only
    scale, base_ns = sheet._scale, sheet._base_ns  # noqa: SLF001
    width, height = round(scale.width), round(scale.height)
    column_ns = max(round(scale.ns_per_px), 1)
    for layer in layers:
        step = _GRID_COLUMNS if isinstance(layer, Grid) else width
        for left in range(0, width, step):
            right = min(left + step, width)
            layer.paint_on(painter, Strip(left, right, height, scale, column_ns, base_ns, 1.0))
