"""The panes of a chart and their places: price, ribbon, volume, and the two axes."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QPaintEvent, QRegion
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QGraphicsWidget,
    QWidget,
)

from app.charts.axes import TIME_AXIS_HEIGHT, PriceAxis, TimeAxis
from app.charts.pane import Pane
from app.charts.ribbon import RIBBON_AIR, RIBBON_HEIGHT, Ribbon
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

pg.setConfigOption("mouseRateLimit", -1)  # Qt gives one move a frame; dropping more would eat quick drags
_LEFT_MARGIN = 8.0
AXIS_WIDTH = 76.0
"""The price axis at the least; longer prices widen it."""
_PRICE_SHARE, _VOLUME_SHARE = 5, 1
_LEAST_VOLUME, _MOST_VOLUME = 48.0, 110.0


class Panes(pg.GraphicsView):  # type: ignore[misc]
    """The scene: it places the panes and axes and owns nothing else."""

    placed = Signal()  # the panes have another size
    painted = Signal()  # what was awaited is on the screen

    def __init__(self, theme: Theme, font: QFont, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=theme.window)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setOptimizationFlag(
            self.OptimizationFlag.DontAdjustForAntialiasing
        )  # neighbours stay as they are
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # few items, that move a lot
        self.price, self.volume = Pane(), Pane()
        self.ribbon = Ribbon(theme)
        self.price_axis, self.volume_axis = (PriceAxis(theme, font, self._asked_of) for _ in range(2))
        self.time_axis = TimeAxis(theme, font, self._asked_of)
        self._asked = QRegion()
        self.board = QGraphicsWidget()
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
        self._awaited = False
        self.board.geometryChanged.connect(self.place)

    def await_paint(self) -> None:
        """Have `painted` tell, once, when the next painting is over and has gone to the screen."""
        self._awaited = True

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, without the call to every item beforehand that pyqtgraph's own items need."""
        self._asked = event.region()
        QGraphicsView.paintEvent(self, event)
        if self._awaited:
            self._awaited = False
            QTimer.singleShot(0, self.painted.emit)  # the window sends it to the screen after this event

    def _asked_of(self, item: QGraphicsItem) -> QRectF:
        mine = item.sceneBoundingRect()
        asked = self._asked.intersected(mine.toAlignedRect()).boundingRect()
        return QRectF(asked).translated(-mine.topLeft())

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
        self.ribbon.setGeometry(QRectF(left, price + RIBBON_AIR, width, RIBBON_HEIGHT - 2 * RIBBON_AIR))
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
