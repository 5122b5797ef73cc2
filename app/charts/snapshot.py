"""A chart as a picture file: PNG as it is on the screen, SVG as lines; symbol, span and figures stand above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QBuffer, QIODevice, QRect, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from app.charts.panes import Panes
from app.charts.readout import Figure
from app.charts.texts import Texts
from app.charts.written import written_aside
from app.theme import Theme

_HEAD_PX, _TITLE_PX, _LEFT, _BETWEEN, _AFTER_LABEL = 52, 14, 13.0, 14.0, 5.0
_TITLE_MIDDLE, _FIGURES_MIDDLE = 17.0, 40.0
SUFFIXES = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands above the picture."""

    symbol: str
    span: str
    figures: Sequence[Figure]

    def paint_on(self, painter: QPainter, width: float, theme: Theme, font: QFont) -> None:
        """Draw symbol and span, and below them the figures that have room."""
        painter.fillRect(QRectF(0, 0, width, _HEAD_PX), QColor(theme.window))
        title = QFont(font)
        title.setPixelSize(_TITLE_PX)
        title.setWeight(QFont.Weight.DemiBold)
        x = _write(painter, Texts(title), _LEFT, _TITLE_MIDDLE, self.symbol, theme.text)
        texts = Texts(font)
        _write(painter, texts, x + _BETWEEN, _TITLE_MIDDLE, self.span, theme.dim)
        x = _LEFT
        for figure in self.figures:
            label = texts.width(figure.label) + _AFTER_LABEL if figure.label else 0.0
            if x + label + texts.width(figure.value) > width:
                return
            _write(painter, texts, x, _FIGURES_MIDDLE, figure.label, theme.dim)
            ink = figure.colour or theme.text
            x = _write(painter, texts, x + label, _FIGURES_MIDDLE, figure.value, ink) + _BETWEEN


def span_caption(left_ns: int, right_ns: int, zone: ZoneInfo) -> str:
    """Return a span for reading: its day, and from when to when; two days where it has two."""
    left, right = (datetime.fromtimestamp(ts_ns // 1_000_000_000, zone) for ts_ns in (left_ns, right_ns))
    end = f"{right:%H:%M:%S}" if left.date() == right.date() else f"{right:%Y-%m-%d %H:%M:%S}"
    return f"{left:%Y-%m-%d %H:%M:%S} – {end} {right.tzname()}"


def save_snapshot(panes: Panes, caption: Caption, theme: Theme, font: QFont, path: Path) -> None:
    """Write a PNG or, where the path ends so, an SVG file; what was there before stays until all is written.

    Raises OSError naming the path, also for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise OSError(f"{path}: expected a name that ends in {' or '.join(SUFFIXES)}, found {suffix!r}")
    if suffix == ".svg":
        from app.charts.vectors import vector_picture  # QtSvg is a library of its own, loaded when asked for

        made = vector_picture(panes, caption, theme, font, _HEAD_PX)
    else:
        made = _pixels(panes, caption, theme, font)
    with written_aside(path) as aside:
        aside.write_bytes(made)


def _pixels(panes: Panes, caption: Caption, theme: Theme, font: QFont) -> bytes:
    shot = panes.viewport().grab()
    ratio = shot.devicePixelRatioF()
    size = panes.viewport().size()
    image = QImage(
        round(size.width() * ratio), round((size.height() + _HEAD_PX) * ratio), QImage.Format.Format_RGB32
    )
    image.setDevicePixelRatio(ratio)
    with QPainter(image) as painter:
        caption.paint_on(painter, size.width(), theme, font)
        painter.drawPixmap(QRect(0, _HEAD_PX, size.width(), size.height()), shot)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # Qt's own stubs know only names of files
    return bytes(buffer.data().data())


def _write(painter: QPainter, texts: Texts, x: float, middle: float, text: str, ink: str) -> float:
    """Write a text and return where it ends."""
    painter.setFont(texts.font)
    painter.setPen(QColor(ink))
    texts.draw_once(painter, x, middle, text)
    return x + texts.width(text)
