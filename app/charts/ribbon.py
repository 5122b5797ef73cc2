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
from analytics.ticks import Bool, Int64
from app.charts.pens import blend
from app.charts.scale import Scale
from app.charts.specs import RibbonMark
from app.charts.steps import mark_text
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

RIBBON_HEIGHT = 16.0
"""The room between the panes that the strip stands in."""
RIBBON_AIR = 2.0
"""The ribbon keeps so far from the panes: what touches them is painted with them."""
_STRIP = 6.0
_TOP = (RIBBON_HEIGHT - _STRIP) / 2 - RIBBON_AIR
_STRIP_SHARE = 0.6
_TALL = 2.0
"""Quarantined ticks stand out of the strip by so much."""
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
        self._starts = self._stops = self._ranks = np.empty(0, np.int64)
        self._visible: Int64 = np.empty(0, np.int64)
        self._left = self._right = np.empty(0)
        self._rects: list[tuple[EventKind, list[QRectF]]] = []
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
            self._ranks = np.array([_RANK.index(mark.kind) for mark in made], np.int64)
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
        near = self._visible[(self._left - _FIND_PX <= x) & (x <= self._right + _FIND_PX)][::-1]
        lines = [
            f"{mark_text(mark.ts_ns, 'ms', self._zone)}  {mark.detail or mark.kind.value}"
            for mark in (self._marks[n] for n in near[:_MOST_DETAILS].tolist())
        ]
        if len(near) > _MOST_DETAILS:
            lines.append(f"and {len(near) - _MOST_DETAILS} more")
        return "\n".join(lines)

    def _place(self) -> None:
        scale = self._scale
        left = (self._starts - scale.left_ns) / scale.ns_per_px
        right = np.maximum((self._stops - scale.left_ns) / scale.ns_per_px, left + _LEAST_MARK)
        self._visible = np.flatnonzero((right >= 0) & (left <= scale.width))
        self._left = np.maximum(left[self._visible], 0.0)
        self._right = np.minimum(right[self._visible], scale.width)
        ranks = self._ranks[self._visible]
        self._rects = [
            (_RANK[rank], self._merged(_RANK[rank], ranks == rank)) for rank in np.unique(ranks).tolist()
        ]
        self.update()

    def _merged(self, kind: EventKind, mine: Bool) -> list[QRectF]:
        """Return the pixels that the marks of one kind cover, those that touch as one."""
        left, right = np.rint(self._left[mine]), np.rint(self._right[mine])
        order = np.argsort(left, kind="stable")
        left, right = left[order], np.maximum.accumulate(right[order])
        first = np.flatnonzero(np.concatenate(([True], left[1:] > right[:-1])))
        last = np.append(first[1:], len(left)) - 1
        tall = _TALL if kind is EventKind.QUARANTINED else 0.0
        top = _TOP - tall
        return [
            QRectF(low, top, high - low, _STRIP + 2 * tall)
            for low, high in zip(left[first].tolist(), right[last].tolist(), strict=True)
        ]

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
        """Draw the strip and the marks."""
        asked = QRectF(_option.exposedRect)
        if asked.bottom() <= _TOP - _TALL or asked.top() >= _TOP + _STRIP + _TALL:
            return  # a pane beside it is painted
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self._theme.line, self._theme.window, _STRIP_SHARE))
        painter.drawRoundedRect(QRectF(0, _TOP, self._scale.width, _STRIP), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for kind, rects in self._rects:
            painter.setBrush(self._colour(kind))
            painter.drawRects(rects)

    @override
    @guarded(nothing)
    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Let the tool tip tell what is under the pointer."""
        self.setToolTip(self.details_at(event.pos().x()))
