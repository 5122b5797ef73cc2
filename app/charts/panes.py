"""The panes of a chart and their places: price, ribbon, volume, and the two axes."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGraphicsSceneWheelEvent, QWidget

from app.charts.axes import TIME_AXIS_HEIGHT, PriceAxis, TimeAxis
from app.charts.ribbon import RIBBON_HEIGHT, Ribbon
from app.charts.scale import Scale
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

pg.setConfigOption("mouseRateLimit", -1)  # Qt gives one move a frame; dropping more would eat quick drags
_NOTCH = 120.0
_LEFT_MARGIN = 8.0
AXIS_WIDTH = 76.0
"""The price axis at the least; longer prices widen it."""
_PRICE_SHARE, _VOLUME_SHARE = 5, 1
_LEAST_VOLUME, _MOST_VOLUME = 48.0, 110.0


class Pane(pg.ViewBox):  # type: ignore[misc]
    """A pane that tells what the pointer did to it, and does nothing by itself."""

    wheeled = Signal(float, float)  # notches, x
    scrolled = Signal(float)  # notches to the left
    dragged = Signal(float, bool)  # pixels since the button went down, whether this is the first

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self.disableAutoRange()
        self.setCursor(Qt.CursorShape.CrossCursor)

    def show_scale(self, scale: Scale, base_ns: int) -> None:
        """Show what a scale says; the items' time is in seconds since `base_ns`."""
        left = (scale.left_ns - base_ns) / 1e9
        right = left + scale.width * scale.ns_per_px / 1e9
        self.setRange(xRange=(left, right), yRange=(scale.low, scale.high), padding=0.0)

    @override
    @guarded(nothing)
    def wheelEvent(self, ev: QGraphicsSceneWheelEvent, _axis: int | None = None) -> None:
        """Tell of the wheel."""
        ev.accept()
        notches = ev.delta() / _NOTCH
        if (
            ev.orientation() == Qt.Orientation.Horizontal
            or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self.scrolled.emit(notches)
        else:
            self.wheeled.emit(notches, ev.pos().x())

    @override
    @guarded(nothing)
    def mouseDragEvent(self, ev: Any, _axis: int | None = None) -> None:
        """Tell of a drag."""
        if ev.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            ev.ignore()
            return
        ev.accept()
        self.dragged.emit(ev.scenePos().x() - ev.buttonDownScenePos().x(), bool(ev.isStart()))


class Panes(pg.GraphicsView):  # type: ignore[misc]
    """The scene: it places the panes and axes and owns nothing else."""

    placed = Signal()  # the panes have another size

    def __init__(self, theme: Theme, font: QFont, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=theme.window)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.price, self.volume = Pane(), Pane()
        self.ribbon = Ribbon(theme)
        self.price_axis, self.volume_axis = PriceAxis(theme, font), PriceAxis(theme, font)
        self.time_axis = TimeAxis(theme, font)
        self.board = pg.GraphicsWidget()
        self.setCentralItem(self.board)
        for item in (
            self.price,
            self.ribbon,
            self.volume,
            self.price_axis,
            self.volume_axis,
            self.time_axis,
        ):
            item.setParentItem(self.board)
        self.has_volume = True
        self.axis_width = AXIS_WIDTH
        self.board.geometryChanged.connect(self.place)

    def start_again(self, *, has_volume: bool) -> None:
        """Make room for another symbol."""
        self.has_volume = has_volume
        self.axis_width = AXIS_WIDTH
        self.place()

    def place(self) -> None:
        """Give every pane its place."""
        size = self.board.size()
        axis = self.axis_width
        width = max(size.width() - _LEFT_MARGIN - axis, 1.0)
        height = max(size.height() - TIME_AXIS_HEIGHT - RIBBON_HEIGHT, 2.0)
        volume = 0.0
        if self.has_volume:
            share = height * _VOLUME_SHARE / (_PRICE_SHARE + _VOLUME_SHARE)
            volume = round(min(max(share, _LEAST_VOLUME), _MOST_VOLUME, height / 2))
        price = round(height - volume)
        left, right = _LEFT_MARGIN, _LEFT_MARGIN + width
        self.price.setGeometry(QRectF(left, 0, width, price))
        self.price_axis.setGeometry(QRectF(right, 0, axis, price))
        self.ribbon.setGeometry(QRectF(left, price, width, RIBBON_HEIGHT))
        top = price + RIBBON_HEIGHT
        self.volume.setGeometry(QRectF(left, top, width, max(volume, 1.0)))
        self.volume_axis.setGeometry(QRectF(right, top, axis, max(volume, 1.0)))
        self.volume.setVisible(self.has_volume)
        self.volume_axis.setVisible(self.has_volume)
        self.time_axis.setGeometry(QRectF(left, top + volume, width + axis, TIME_AXIS_HEIGHT))
        self.placed.emit()

    def over_panes(self, at: QPointF) -> bool:
        """Return whether a point of the viewport is over the prices or the volume."""
        over = self.mapToScene(at.toPoint())
        panes = (self.price, self.volume) if self.has_volume else (self.price,)
        return any(pane.geometry().contains(over) for pane in panes)

    def foot(self) -> float:
        """Return where the lowest pane ends."""
        return float(self.time_axis.geometry().top())

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self.setBackground(theme.window)
        self.ribbon.set_theme(theme)
        for axis in (self.price_axis, self.volume_axis, self.time_axis):
            axis.set_theme(theme, font)
