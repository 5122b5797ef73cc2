"""The panes of a chart and their places: price, ribbon, volume, those below, and the axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPaintEvent, QRegion
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsView,
    QGraphicsWidget,
    QWidget,
)

from app.charts.axes import TIME_AXIS_HEIGHT, PriceAxis, TimeAxis
from app.charts.pane import Pane
from app.charts.pane_heights import BETWEEN_PANES, share_height
from app.charts.ribbon import RIBBON_AIR, RIBBON_HEIGHT, Ribbon
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

pg.setConfigOption("mouseRateLimit", -1)  # Qt gives one move a frame; dropping more would eat quick drags
_LEFT_MARGIN = 8.0
AXIS_WIDTH = 76.0
"""The price axis at the least; longer prices widen it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A pane below the volume, its axis, and the line that parts it from what is above."""

    pane: Pane
    axis: PriceAxis
    rule: QGraphicsRectItem

    def put(self, left: float, top: float, size: tuple[float, float], axis: float) -> None:
        """Stand at a place; a pane without height is not shown."""
        width, height = size
        self.pane.setGeometry(QRectF(left, top, width, max(height, 1.0)))
        self.axis.setGeometry(QRectF(left + width, top, axis, max(height, 1.0)))
        self.rule.setRect(QRectF(left, round(top - BETWEEN_PANES / 2 - 0.5), width + axis, 1.0))
        for item in self.items():
            item.setVisible(height > 0)

    def items(self) -> tuple[QGraphicsItem, ...]:
        """Return all that stands there."""
        return self.pane, self.axis, self.rule


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
        self.volume_wanted = True
        self.lower: list[Place] = []
        self._theme, self._font = theme, font
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

    @property
    def shows_volume(self) -> bool:
        """Return whether there is a volume pane."""
        return self.has_volume and self.volume_wanted

    def set_volume_wanted(self, wanted: bool) -> None:
        """Have a volume pane, where the symbol has volume, or none."""
        if self.volume_wanted != wanted:
            self.volume_wanted = wanted
            self.place()

    def set_lower(self, count: int) -> None:
        """Have so many panes below the volume."""
        if len(self.lower) == count:
            return
        while len(self.lower) > count:
            for item in self.lower.pop().items():
                self.scene().removeItem(item)
        while len(self.lower) < count:
            self.lower.append(self._make_lower())
        self.place()

    def _make_lower(self) -> Place:
        made = Place(
            Pane(), PriceAxis(self._theme, self._font, self._asked_of), QGraphicsRectItem(self.board)
        )
        made.pane.setParentItem(self.board)
        made.axis.setParentItem(self.board)
        made.rule.setPen(Qt.PenStyle.NoPen)
        made.rule.setBrush(QColor(self._theme.line))
        made.pane.wheeled.connect(self.volume.wheeled)  # it steers the chart as the volume does
        made.pane.scrolled.connect(self.volume.scrolled)
        made.pane.dragged.connect(self.volume.dragged)
        return made

    def place(self) -> None:
        """Give every pane its place."""
        size = self.board.size()
        axis = self.axis_width
        width = max(size.width() - _LEFT_MARGIN - axis, 1.0)
        height = max(size.height() - TIME_AXIS_HEIGHT - RIBBON_HEIGHT, 2.0)
        shared = share_height(height, has_volume=self.shows_volume, lower=len(self.lower))
        price, volume = shared.price, shared.volume
        left, right = _LEFT_MARGIN, _LEFT_MARGIN + width
        self.price.setGeometry(QRectF(left, 0, width, price))
        self.price_axis.setGeometry(QRectF(right, 0, axis, price))
        self.ribbon.setGeometry(QRectF(left, price + RIBBON_AIR, width, RIBBON_HEIGHT - 2 * RIBBON_AIR))
        top = price + RIBBON_HEIGHT
        self.volume.setGeometry(QRectF(left, top, width, max(volume, 1.0)))
        self.volume_axis.setGeometry(QRectF(right, top, axis, max(volume, 1.0)))
        self.volume.setVisible(self.shows_volume)
        self.volume_axis.setVisible(self.shows_volume)
        top += volume
        for n, place in enumerate(self.lower):
            if n < shared.lower_count:
                place.put(left, top + BETWEEN_PANES, (width, shared.lower), axis)
                top += BETWEEN_PANES + shared.lower
            else:
                place.put(left, top, (width, 0.0), axis)
        self.time_axis.setGeometry(QRectF(left, top, width + axis, TIME_AXIS_HEIGHT))
        self.placed.emit()

    def shown(self) -> Iterator[tuple[Pane, PriceAxis]]:
        """Yield the panes that are shown with their axes, from the top."""
        yield self.price, self.price_axis
        if self.shows_volume:
            yield self.volume, self.volume_axis
        for place in self.lower:
            if place.pane.isVisible():
                yield place.pane, place.axis

    def over_panes(self, at: QPointF) -> bool:
        """Return whether a point of the viewport is over one of the panes."""
        over = self.mapToScene(at.toPoint())
        return any(pane.geometry().contains(over) for pane, _ in self.shown())

    def foot(self) -> float:
        """Return where the lowest pane ends."""
        return float(self.time_axis.geometry().top())

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._font = theme, font
        self.setBackground(theme.window)
        self.ribbon.set_theme(theme)
        for place in self.lower:
            place.axis.set_theme(theme, font)
            place.rule.setBrush(QColor(theme.line))
        for axis in (self.price_axis, self.volume_axis, self.time_axis):
            axis.set_theme(theme, font)
