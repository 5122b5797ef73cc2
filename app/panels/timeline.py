"""The replay's timeline: traded size over the recording, what is played, firings and gaps, and a cursor."""

from __future__ import annotations

import bisect
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.formatting import NumberStyle, time_text
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme
from feeds.source import TimelineBin, Transport

_HEIGHT_PX = 54
_MARKS_PX = 14  # below the bars, for firings and gaps
_LEAP = 20  # Page Up and Page Down go a twentieth of the recording
_SMALLEST_BAR_PX = 1.0
_OWN_KEYS = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Timeline(QWidget):
    """Each bin takes the same width, and rows go evenly through a bin, so every row has one place."""

    seek_wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._transport: Transport | None = None
        self._bins: tuple[TimelineBin, ...] = ()
        self._first_rows: list[int] = []
        self._zone = ZoneInfo("UTC")
        self._style = NumberStyle()
        self._firing_rows: tuple[int, ...] = ()
        self._gap_rows: tuple[int, ...] = ()
        self._mark_places: tuple[list[int], list[int]] | None = (
            None  # pixels of firings and gaps, once asked for
        )
        self._dragged_row: int | None = None
        self._wanted_row: int | None = None  # sought, and not yet come to
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_HEIGHT_PX)
        self.setAccessibleName("Replay timeline")
        self.setAccessibleDescription(
            "Click or drag to seek; arrows go tick by tick, Page Up and Page Down leap, Home and End go to the ends"
        )

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self._theme = theme
        self.update()

    def set_zone(self, zone: ZoneInfo) -> None:
        """Tell times in this zone."""
        self._zone = zone

    def set_style(self, style: NumberStyle) -> None:
        """Write numbers so."""
        self._style = style

    def show_transport(self, transport: Transport | None, *, seeking: bool = False) -> None:
        """Show where the replay stands; while it is `seeking`, where it will stand."""
        if not seeking and self._wanted_row is not None:
            self._wanted_row = None
            self.update()
        if transport == self._transport:
            return
        if transport is None or self._transport is None or transport.rows != self._transport.rows:
            self._mark_places = None
        self._transport = transport
        bins = transport.timeline if transport is not None else ()
        if bins is not self._bins:
            self._bins, self._mark_places = bins, None
            self._first_rows = [each.first_row for each in bins]
        self.update()

    def set_marks(self, firing_rows: tuple[int, ...], gap_rows: tuple[int, ...]) -> None:
        """Show firings and gaps at these rows of the recording."""
        if (firing_rows, gap_rows) != (self._firing_rows, self._gap_rows):
            self._firing_rows, self._gap_rows = firing_rows, gap_rows
            self._mark_places = None
            self.update()

    def seek_to(self, row: int) -> None:
        """Ask for a row, and stand there at once."""
        self._wanted_row = row
        self.update()
        self.seek_wanted.emit(row)

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, _HEIGHT_PX)

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        transport = self._transport
        if transport is None:
            return
        painter = QPainter(self)
        floor = self.height() - _MARKS_PX
        here = self._x_of(self._here(transport))
        self._paint_bars(painter, floor, here)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        painter.setPen(QPen(QColor(self._theme.replay), 1))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(here, floor + 0.5))
        self._paint_marks(painter, floor)
        painter.fillRect(QRectF(here - 1, 0, 2, self.height()), QColor(self._theme.replay))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.replay), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._transport is not None:
            self._drag_to(event.position().x())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._transport is None:
            return
        if self._dragged_row is not None:
            self._drag_to(event.position().x())
        row = self._row_at(event.position().x())
        QToolTip.showText(event.globalPosition().toPoint(), self.words_at(row), self)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row, self._dragged_row = self._dragged_row, None
        if row is not None:
            self.seek_to(row)

    @override
    def event(self, event: QEvent) -> bool:
        """Keep the keys that seek: elsewhere in the window they mean something else."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._row_of_key(event.key())
        if row is None:
            super().keyPressEvent(event)
        else:
            self.seek_to(row)

    def _row_of_key(self, key: int) -> int | None:
        """Return the row that a key leads to, None for a key that leads nowhere."""
        transport = self._transport
        if transport is None:
            return None
        here, leap = self._here(transport), max(transport.rows // _LEAP, 1)
        rows = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_PageUp: here - leap,
            Qt.Key.Key_PageDown: here + leap,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: transport.rows,
        }
        row = rows.get(Qt.Key(key))
        return None if row is None else min(max(row, 0), transport.rows)

    def _here(self, transport: Transport) -> int:
        """Return the row of the cursor: dragged to, sought, or come to."""
        if self._dragged_row is not None:
            return self._dragged_row
        return transport.row if self._wanted_row is None else self._wanted_row

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._mark_places = None

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def _drag_to(self, x: float) -> None:
        self._dragged_row = self._row_at(x)
        self.update()

    def _x_of(self, row: int) -> float:
        width = float(self.width())
        if self._transport is None or self._transport.rows == 0:
            return 0.0
        if not self._bins:
            return width * row / self._transport.rows
        number = max(bisect.bisect_right(self._first_rows, row) - 1, 0)
        inside = self._bins[number]
        rows = max(inside.stop_row - inside.first_row, 1)
        share = min((row - inside.first_row) / rows, 1.0)
        return width * (number + max(share, 0.0)) / len(self._bins)

    def _row_at(self, x: float) -> int:
        assert self._transport is not None
        share = min(max(x / max(self.width(), 1), 0.0), 1.0)
        if not self._bins:
            return round(share * self._transport.rows)
        place = share * len(self._bins)
        number = min(int(place), len(self._bins) - 1)
        inside = self._bins[number]
        return inside.first_row + round((place - number) * (inside.stop_row - inside.first_row))

    def words_at(self, row: int) -> str:
        """Return what the pointer is told of a row: its time, what was traded there, what happened there."""
        tick = f"tick {self._style.count(row)}"
        if not self._bins:
            return tick
        number = max(bisect.bisect_right(self._first_rows, row) - 1, 0)
        inside = self._bins[number]
        after = self._bins[number + 1].ts_ns if number + 1 < len(self._bins) else self._last_ns()
        share = (row - inside.first_row) / max(inside.stop_row - inside.first_row, 1)
        ts_ns = inside.ts_ns + round(min(max(share, 0.0), 1.0) * max(after - inside.ts_ns, 0))
        parts = [time_text(ts_ns, self._zone), f"{self._style.compact(inside.size)} traded", tick]
        for rows, one, many in ((self._firing_rows, "firing", "firings"), (self._gap_rows, "gap", "gaps")):
            found = bisect.bisect_left(rows, inside.stop_row) - bisect.bisect_left(rows, inside.first_row)
            if found:
                parts.append(f"{found:,} {one if found == 1 else many}")
        return "  ·  ".join(parts)

    def _last_ns(self) -> int:
        return 0 if self._transport is None else self._transport.last_ts_ns

    def _places(self, rows: tuple[int, ...]) -> list[int]:
        """Return where marks of these rows stand, one a pixel however many there are."""
        return sorted({round(self._x_of(row)) for row in rows})

    def _paint_bars(self, painter: QPainter, floor: int, here: float) -> None:
        most = max((each.size for each in self._bins), default=0.0)
        if most <= 0:
            return
        step = self.width() / len(self._bins)
        gap = 1.0 if step > 3 else 0.0
        played, ahead = QColor(self._theme.replay), QColor(self._theme.faint)
        ahead.setAlphaF(0.45)
        for number, each in enumerate(self._bins):
            if each.size <= 0:
                continue
            height = max((floor - 3) * each.size / most, _SMALLEST_BAR_PX)
            left = number * step
            colour = played if left + step / 2 <= here else ahead
            painter.fillRect(QRectF(left, floor - height, step - gap, height), colour)

    def _paint_marks(self, painter: QPainter, floor: int) -> None:
        if self._mark_places is None:
            self._mark_places = self._places(self._firing_rows), self._places(self._gap_rows)
        firings, gaps = self._mark_places
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.warning))
        for x in gaps:
            painter.drawRect(QRectF(x - 3, floor + 3, 6, 3))
        painter.setBrush(QColor(self._theme.alert))
        top = floor + 3.0
        for x in firings:
            painter.drawPolygon(QPolygonF([QPointF(x - 4, top), QPointF(x + 4, top), QPointF(x, top + 6)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
