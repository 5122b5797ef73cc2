"""The honesty ribbon: a thin strip under the prices that shows where the data was not whole."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from analytics.events import EventKind
from analytics.ticks import Bool, Int64
from app.charts.pens import blend
from app.charts.ribbon_looks import (
    SHAPE_PX,
    Look,
    Shape,
    add_shape,
    legend,
    look_of,
    rank_of,
    span_rect,
    summary,
)
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
_SPRITE_PX = 14.0


class Ribbon(QGraphicsWidget):
    """Marks by time, each kind with a shape of its own; what is under the pointer is told.

    `picked` carries the kind and the time of the mark that was clicked, ns UTC; `summed` what the marks are,
    in words, whenever they change.
    """

    picked = Signal(object, object)
    summed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale = Scale()
        self._zone = ZoneInfo("UTC")
        self._marks: tuple[RibbonMark, ...] = ()
        self._given: Sequence[RibbonMark] = ()
        self._starts = self._stops = self._ranks = np.empty(0, np.int64)
        self._visible: Int64 = np.empty(0, np.int64)
        self._left = self._right = np.empty(0)
        self._drawn: list[tuple[Look, list[QRectF], list[float]]] = []
        self._sprites: dict[tuple[str, str, float], QPixmap] = {}
        self._summary = summary(())
        self.setAcceptHoverEvents(True)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)

    @property
    def summary(self) -> str:
        """Return what the marks are, in words: ``2 gaps, 1 late tick``."""
        return self._summary

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self.update()

    def set_zone(self, zone: ZoneInfo) -> None:
        """Tell times in a zone."""
        self._zone = zone

    def set_marks(self, marks: Sequence[RibbonMark]) -> None:
        """Show these marks."""
        if marks is self._given:
            return
        self._given = marks
        ranks = np.fromiter((rank_of(mark.kind) for mark in marks), np.int64, len(marks))
        order = np.argsort(ranks, kind="stable")
        made = tuple(marks[place] for place in order.tolist())
        if made == self._marks:
            return
        self._marks = made
        self._starts = np.fromiter((mark.ts_ns for mark in made), np.int64, len(made))
        self._stops = np.fromiter((mark.stop_ns for mark in made), np.int64, len(made))
        self._ranks = ranks[order]
        self._place()
        words = summary(made)
        if words != self._summary:
            self._summary = words
            self.summed.emit(words)

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
        """Return what the marks around a pixel say, the worst first, a line each; ``""`` where there are none."""
        near = self._near(x)
        lines = [
            f"{mark_text(mark.ts_ns, 'ms', self._zone)} · {mark.detail or _name(mark)}"
            for mark in (self._marks[n] for n in near[:_MOST_DETAILS].tolist())
        ]
        if len(near) > _MOST_DETAILS:
            lines.append(f"and {len(near) - _MOST_DETAILS:,} more")
        return "\n".join(lines)

    def mark_at(self, x: float) -> RibbonMark | None:
        """Return the worst mark at a pixel, of those the nearest; None where there is none."""
        near = self._near(x)
        if not len(near):
            return None
        worst = near[self._ranks[near] == self._ranks[near[0]]]
        starts = (self._starts[worst] - self._scale.left_ns) / self._scale.ns_per_px
        return self._marks[int(worst[int(np.argmin(np.abs(starts - x)))])]

    def _near(self, x: float) -> Int64:
        """Return the marks around a pixel, the worst first."""
        found: Int64 = self._visible[(self._left - _FIND_PX <= x) & (x <= self._right + _FIND_PX)][::-1]
        return found

    def _place(self) -> None:
        scale = self._scale
        left = (self._starts - scale.left_ns) / scale.ns_per_px
        right = np.maximum((self._stops - scale.left_ns) / scale.ns_per_px, left + _LEAST_MARK)
        self._visible = np.flatnonzero((right >= 0) & (left <= scale.width))
        self._left = np.maximum(left[self._visible], 0.0)
        self._right = np.minimum(right[self._visible], scale.width)
        ranks = self._ranks[self._visible]
        self._drawn = []
        for rank in np.unique(ranks).tolist():
            look, mine = look_of(rank), ranks == rank
            if look.shape.is_span:
                strip = QRectF(0, _TOP, scale.width, _STRIP)
                rects = [span_rect(look.shape, low, high, strip) for low, high in self._runs(mine)]
                self._drawn.append((look, rects, []))
            else:
                self._drawn.append((look, [], self._spots(mine)))
        self.update()

    def _spots(self, mine: Bool) -> list[float]:
        """Return where shapes of one kind stand, one in SHAPE_PX however many marks there are."""
        left = np.rint(self._left[mine] + _LEAST_MARK / 2)
        _, first = np.unique(left // SHAPE_PX, return_index=True)
        found: list[float] = left[first].tolist()
        return found

    def _runs(self, mine: Bool) -> list[tuple[float, float]]:
        left, right = np.rint(self._left[mine]), np.rint(self._right[mine])
        order = np.argsort(left, kind="stable")
        left, right = left[order], np.maximum.accumulate(right[order])
        first = np.flatnonzero(np.concatenate(([True], left[1:] > right[:-1])))
        last = np.append(first[1:], len(left)) - 1
        return list(zip(left[first].tolist(), right[last].tolist(), strict=True))

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
        ratio = painter.device().devicePixelRatio() if painter.device() is not None else 1.0
        for look, rects, spots in self._drawn:
            if rects:
                self._paint_spans(painter, look, rects)
                continue
            sprite = self._sprite(look, ratio)
            for x in spots:
                painter.drawPixmap(QPointF(x - _SPRITE_PX / 2, 0), sprite)

    def _paint_spans(self, painter: QPainter, look: Look, rects: list[QRectF]) -> None:
        colour = QColor(getattr(self._theme, look.colour))
        if look.shape is Shape.HATCH:
            painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
        elif look.shape is Shape.FRAME:
            painter.setPen(QPen(colour, 1))
            painter.setBrush(QBrush(colour, Qt.BrushStyle.Dense6Pattern))
        else:
            painter.setBrush(colour)
        painter.drawRects(rects)
        painter.setPen(Qt.PenStyle.NoPen)

    def _sprite(self, look: Look, ratio: float) -> QPixmap:
        """Return a shape as a picture: to draw a path anew for every mark would cost a frame."""
        colour: str = getattr(self._theme, look.colour)
        key = (look.kind, colour, ratio)
        made = self._sprites.get(key)
        if made is None:
            height = RIBBON_HEIGHT - 2 * RIBBON_AIR
            made = QPixmap(round(_SPRITE_PX * ratio), round(height * ratio))
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            path = QPainterPath()
            path.setFillRule(Qt.FillRule.WindingFill)
            add_shape(path, look.shape, _SPRITE_PX / 2 + 0.5, QRectF(0, _TOP, _SPRITE_PX, _STRIP))
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(path, QColor(colour))
            painter.end()
            self._sprites[key] = made
        return made

    @override
    @guarded(nothing)
    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Let the tool tip tell what is under the pointer, and of the empty strip what its marks would mean."""
        x = event.pos().x()
        details = self.details_at(x)
        self.setToolTip(details or legend())
        self.setCursor(Qt.CursorShape.PointingHandCursor if details else Qt.CursorShape.ArrowCursor)

    @override
    @guarded(nothing)
    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Tell which mark was clicked; beside the marks the press goes on to what lies below."""
        mark = self.mark_at(event.pos().x())
        if mark is None:
            event.ignore()
            return
        event.accept()
        self.picked.emit(mark.kind, mark.ts_ns)


def _name(mark: RibbonMark) -> str:
    return mark.kind.value if isinstance(mark.kind, EventKind) else mark.kind
