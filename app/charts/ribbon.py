"""The honesty ribbon: a thin strip under the prices that shows where the data was not whole."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QGraphicsSceneHoverEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from analytics.events import EventKind
from app.charts.pens import blend
from app.charts.scale import Scale
from app.charts.specs import RibbonMark
from app.charts.steps import mark_text
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

RIBBON_HEIGHT = 16.0
"""The strip with the room around it in which the pointer finds its marks."""
_STRIP = 6.0
_STRIP_SHARE = 0.6
_LEAST_MARK = 3.0
_FIND_PX = 4.0
_MOST_DETAILS = 6
_RANK = (
    EventKind.OFF_GRID,
    EventKind.DUPLICATE,
    EventKind.RESTART,
    EventKind.GAP,
    EventKind.LATE,
    EventKind.OUT_OF_RANGE,
    EventKind.QUARANTINED,
)
"""What is painted over what: the worse over the milder."""


class Ribbon(QGraphicsWidget):
    """Marks by time. Quarantined ticks stand out of the strip; what is under the pointer is told."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale = Scale()
        self._zone = ZoneInfo("UTC")
        self._marks: tuple[RibbonMark, ...] = ()
        self._starts = self._stops = np.empty(0, np.int64)
        self._placed: list[tuple[float, float, RibbonMark]] = []
        self.setAcceptHoverEvents(True)

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self.update()

    def set_zone(self, zone: ZoneInfo) -> None:
        """Tell times in a zone."""
        self._zone = zone

    def set_marks(self, marks: Sequence[RibbonMark]) -> None:
        """Show these marks."""
        made = tuple(sorted(marks, key=lambda mark: _RANK.index(mark.kind)))
        if made != self._marks:
            self._marks = made
            self._starts = np.array([mark.ts_ns for mark in made], np.int64)
            self._stops = np.array([mark.stop_ns for mark in made], np.int64)
            self._place()

    def set_scale(self, scale: Scale) -> None:
        """Stand under a pane."""
        if (scale.left_ns, scale.ns_per_px, scale.width) != (
            self._scale.left_ns,
            self._scale.ns_per_px,
            self._scale.width,
        ):
            self._scale = scale
            self._place()

    def details_at(self, x: float) -> str:
        """Return what the marks around a pixel say, the worst first, a line each."""
        near = [
            mark for left, right, mark in reversed(self._placed) if left - _FIND_PX <= x <= right + _FIND_PX
        ]
        lines = [
            f"{mark_text(mark.ts_ns, 'ms', self._zone)}  {mark.detail or mark.kind.value}"
            for mark in near[:_MOST_DETAILS]
        ]
        if len(near) > _MOST_DETAILS:
            lines.append(f"and {len(near) - _MOST_DETAILS} more")
        return "\n".join(lines)

    def _place(self) -> None:
        scale = self._scale
        left = (self._starts - scale.left_ns) / scale.ns_per_px
        right = np.maximum((self._stops - scale.left_ns) / scale.ns_per_px, left + _LEAST_MARK)
        visible = np.flatnonzero((right >= 0) & (left <= scale.width))
        self._placed = [
            (max(left[n], 0.0), min(right[n], scale.width), self._marks[n]) for n in visible.tolist()
        ]
        self.update()

    def _colour(self, kind: EventKind) -> QColor:
        theme = self._theme
        named = {
            EventKind.GAP: theme.warning,
            EventKind.LATE: theme.down,
            EventKind.QUARANTINED: theme.down,
            EventKind.OUT_OF_RANGE: theme.down,
            EventKind.RESTART: theme.replay,
        }
        return QColor(named.get(kind, theme.faint))

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the strip and, once a pixel and kind, the marks."""
        top = (RIBBON_HEIGHT - _STRIP) / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self._theme.line, self._theme.window, _STRIP_SHARE))
        painter.drawRoundedRect(QRectF(0, top, self._scale.width, _STRIP), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        drawn: set[tuple[int, int, EventKind]] = set()
        for left, right, mark in self._placed:
            place = (round(left), round(right), mark.kind)
            if place in drawn:
                continue
            drawn.add(place)
            tall = 2.0 if mark.kind is EventKind.QUARANTINED else 0.0
            painter.fillRect(
                QRectF(place[0], top - tall, place[1] - place[0], _STRIP + 2 * tall), self._colour(mark.kind)
            )

    @override
    @guarded(nothing)
    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Let the tool tip tell what is under the pointer."""
        self.setToolTip(self.details_at(event.pos().x()))
