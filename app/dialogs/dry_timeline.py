"""A small timeline of the session: the price as a quiet line, and a ▼ wherever a rule would have fired."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from app.dialogs.in_theme import theme_in_force
from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import desk_font
from app.theme import Theme
from app.viewmodels.dry_run import DryFace, DryMark

HEIGHT_PX = 76
_EDGE_PX, _LANE_PX, _AXIS_PX, _REACH_PX = 8, 18, 16, 9
_LABEL_PX = 10
_MOST_LABELS = 6
_NS = 1_000_000_000
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)


class DryTimeline(QWidget):
    """Marks are picked by a click, or with Left, Right and Enter. Emits the DryMark."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT_PX)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline of the dry run")
        self._face = DryFace()
        self._zone = ZoneInfo("UTC")
        self._current: int | None = None
        self._font = desk_font(_LABEL_PX)

    def show_face(self, face: DryFace, zone: ZoneInfo) -> None:
        """Show an outcome; times are told in a zone."""
        self._face, self._zone, self._current = face, zone, None
        self.setAccessibleDescription(f"{face.headline}; {len(face.marks)} marks")
        self.update()

    def point_at(self, mark: DryMark | None) -> None:
        """Stress one mark, such as the one chosen in a list beside."""
        marks = self._face.marks
        self._current = marks.index(mark) if mark is not None and mark in marks else None
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, HEIGHT_PX)

    # Painting

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = theme_in_force()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(theme.up if self.hasFocus() else theme.line), 1))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(frame, 6, 6)
        if self._face.span_ns[1] > self._face.span_ns[0]:
            self._paint_hours(painter, theme)
            self._paint_price(painter, theme)
            self._paint_marks(painter, theme)
        painter.end()

    def _paint_hours(self, painter: QPainter, theme: Theme) -> None:
        start, stop = self._face.span_ns
        minutes = next(
            (each for each in _MINUTES if (stop - start) / (each * 60 * _NS) <= _MOST_LABELS), _MINUTES[-1]
        )
        step = minutes * 60 * _NS
        local = datetime.fromtimestamp(start // _NS, self._zone)
        offset = local.utcoffset()
        shift = 0 if offset is None else int(offset.total_seconds()) * _NS
        at = -(-(start + shift) // step) * step - shift
        metrics = QFontMetricsF(self._font)
        bottom = self.height() - 4.0
        while at <= stop:
            x = self._x(at)
            text = datetime.fromtimestamp(at // _NS, self._zone).strftime("%H:%M")
            width = metrics.horizontalAdvance(text)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(
                QPointF(round(x) + 0.5, _LANE_PX), QPointF(round(x) + 0.5, bottom - _AXIS_PX + 4)
            )
            if x - width / 2 >= _EDGE_PX and x + width / 2 <= self.width() - _EDGE_PX:
                painter.setPen(QColor(theme.dim))
                painter.drawText(QPointF(x - width / 2, bottom), text)
            at += step

    def _paint_price(self, painter: QPainter, theme: Theme) -> None:
        path = self._face.path
        if len(path) < 2:
            return
        low, high = min(price for _, price in path), max(price for _, price in path)
        top, bottom = _LANE_PX + 2.0, self.height() - _AXIS_PX - 4.0
        scale = (bottom - top) / (high - low) if high > low else 0.0
        line = QPainterPath()
        for number, (at, price) in enumerate(path):
            point = QPointF(self._x(at), bottom - (price - low) * scale if scale else (top + bottom) / 2)
            if number:
                line.lineTo(point)
            else:
                line.moveTo(point)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.dim), 1))
        painter.drawPath(line)

    def _paint_marks(self, painter: QPainter, theme: Theme) -> None:
        alert = QColor(theme.alert)
        for number, mark in enumerate(self._face.marks):
            if number != self._current:
                self._paint_mark(painter, mark, alert, theme)
        if self._current is None:
            return
        mark = self._face.marks[self._current]
        x = self._x(mark.ts_ns)
        painter.setPen(QPen(alert, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, _LANE_PX), QPointF(x, self.height() - _AXIS_PX))
        self._paint_mark(painter, mark, QColor(theme.text), theme)
        text = f"{mark.symbol}  {mark.time}  {mark.price}"
        width = QFontMetricsF(self._font).horizontalAdvance(text)
        left = min(max(x - width / 2, _EDGE_PX + 2), self.width() - width - _EDGE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(QRectF(left - 5, _LANE_PX + 1, width + 10, 16), 4, 4)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(left, _LANE_PX + 13), text)

    def _paint_mark(self, painter: QPainter, mark: DryMark, colour: QColor, theme: Theme) -> None:
        x, top = self._x(mark.ts_ns), 6.0
        if mark.is_miss:
            painter.setPen(QPen(QColor(theme.warning), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, top),
                        QPointF(x + 4.5, top + 4.5),
                        QPointF(x, top + 9),
                        QPointF(x - 4.5, top + 4.5),
                    ]
                )
            )
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, top + 8.5)]))

    def _x(self, at_ns: int) -> float:
        start, stop = self._face.span_ns
        share = min(max((at_ns - start) / (stop - start), 0.0), 1.0)
        return _EDGE_PX + share * (self.width() - 2 * _EDGE_PX)

    # Picking

    def _mark_near(self, x: float) -> int | None:
        near = [(abs(self._x(mark.ts_ns) - x), number) for number, mark in enumerate(self._face.marks)]
        found = min(near, default=(_REACH_PX + 1.0, 0))
        return found[1] if found[0] <= _REACH_PX else None

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._stress(self._mark_near(event.position().x()))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._stress(self._mark_near(event.position().x()))
        self._pick()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._face.marks) - 1
        steps = {
            Qt.Key.Key_Left: 1,  # the newest stands first
            Qt.Key.Key_Right: -1,
            Qt.Key.Key_Home: last,
            Qt.Key.Key_End: -last,
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current is not None:
            self._pick()
        elif key in steps and last >= 0:
            at = 0 if self._current is None else self._current + steps[key]
            self._stress(min(max(at, 0), last))
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _stress(self, number: int | None) -> None:
        if number != self._current:
            self._current = number
            self.setCursor(
                Qt.CursorShape.ArrowCursor if number is None else Qt.CursorShape.PointingHandCursor
            )
            self.update()

    def _pick(self) -> None:
        if self._current is not None:
            self.picked.emit(self._face.marks[self._current])
