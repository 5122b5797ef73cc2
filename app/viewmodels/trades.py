"""Time and sales: the newest ticks of one symbol, read from its columns only where a row is painted."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from analytics.columns import ColumnsView
from analytics.events import DataEvent, EventKind
from app.desk import Desk
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.gap_order import gaps_of_instant_before
from app.viewmodels.print_texts import HEADERS, VWAP_COLUMN, PrintTexts
from app.viewmodels.prints import Entry, count_of_size, entries_between, loud_units, rows_of_size
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import KEY_ROLE
from app.viewmodels.watchlist import AnyIndex

__all__ = ["HEADERS", "MOST_ROWS", "VWAP_COLUMN", "TradesModel"]

_NO_PARENT = QModelIndex()
MOST_ROWS = 1_000
_MOST_LATE, _MOST_EVENTS = 200, 20_000
_SCANNED_A_PULL = 2_000_000
_LOUD_EVERY = 512  # new ticks until it is looked at again what size stands out
_DISPLAY = Qt.ItemDataRole.DisplayRole


class TradesModel(QAbstractTableModel):
    """The last thousand ticks of a symbol of at least a size, newest first, gaps and late ticks among them.

    While it is held rows stay as they are and new ones are counted. `changed` tells that a count did.
    """

    changed = Signal()

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._symbol = ""
        self._view: ColumnsView | None = None
        self._generation = desk.generation
        self._entries: list[Entry] = []
        self._least = 0.0
        self._held = False
        self._shown_to = 0  # the row up to which ticks are shown
        self.pending = 0
        """How many ticks came that are not shown because the rows are held."""
        self._events_read = 0
        self._late: deque[DataEvent] = deque(maxlen=_MOST_LATE)
        self._missing: dict[int, list[int]] = {}  # by the instant of the tick after the gap
        self._since = self._scanned = self._matched = (
            0  # rows: the session's first, the lowest looked at; a count
        )
        self._texts = PrintTexts(desk, quotes)
        self._loud: int | None = None
        self._loud_at = 0

    @property
    def symbol(self) -> str:
        """Return the symbol whose ticks are shown."""
        return self._symbol

    @property
    def least(self) -> float:
        """Return the least size that is shown, 0 for all."""
        return self._least

    @property
    def held(self) -> bool:
        """Return whether rows stay as they are."""
        return self._held

    @property
    def count_text(self) -> str:
        """Return how many ticks of the session are shown, and of how many."""
        view = self._view
        if view is None:
            return "No tick yet"
        style = self._quotes.style(self._symbol)
        total = style.count(view.count - self._since)
        if self._least <= 0:
            return f"{total} ticks"
        if self._scanned > self._since:
            return f"Counting {total} ticks…"
        return f"{style.count(self._matched)} of {total} shown"

    def set_symbol(self, symbol: str) -> None:
        """Show another symbol."""
        self._symbol = symbol
        self._texts.symbol = symbol
        self._restart(None)
        self.refresh()

    def set_least(self, least: float) -> None:
        """Show only ticks of at least this size; all with 0."""
        if least != self._least:
            self._least = least
            self._fill()
            self.changed.emit()

    def set_held(self, held: bool) -> None:
        """Keep the rows as they are, or show what came meanwhile."""
        if held != self._held:
            self._held = held
            if not held and self._view is not None and self._shown_to < self._view.count:
                self._merge(self._view)
            self.changed.emit()

    def refresh(self) -> None:
        """Take the newest ticks."""
        view = self._desk.view(self._symbol) if self._symbol else None
        before = self._view
        if (
            view is None
            or before is None
            or self._desk.generation != self._generation
            or view.count < before.count
        ):
            if view is not before:
                self._restart(view)
                self.changed.emit()
            return
        came_late = self._read_events()
        self._view = view
        self._scan(view)
        if view.count == before.count and view.generation == before.generation and not came_late:
            return
        self._begin_session(view)
        self._matched += count_of_size(view, max(before.count, self._since), view.count, self._least)
        self._find_loud(view)
        if self._held:
            self.pending += count_of_size(view, before.count, view.count, self._least)
        elif came_late or view.generation != before.generation:
            self._merge(view)
        else:
            self._push(view)
        self.changed.emit()

    def ts_ns_at(self, row: int) -> int | None:
        """Return the instant of a row, of a gap that of the tick after it; None past the last."""
        view = self._view
        if view is None or not 0 <= row < len(self._entries):
            return None
        entry = self._entries[row]
        if isinstance(entry, DataEvent):
            return entry.ts_ns
        tick = max(entry, ~entry)
        return int(view.ts_ns[tick]) if tick >= view.first else None

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    @override
    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = _DISPLAY) -> Any:
        view, column = self._view, index.column()
        if view is None or not 0 <= index.row() < len(self._entries):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        entry = self._entries[index.row()]
        if role == KEY_ROLE:
            return self.ts_ns_at(index.row())
        if isinstance(entry, DataEvent):
            return self._texts.of_late(entry, column, role)
        if entry < 0:
            return self._texts.of_gap(self._missing_before(view, ~entry), column, role)
        return self._texts.of_tick(view, entry, (column, role), self._loud)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HEADERS):
            return None
        if role == _DISPLAY:
            return HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    # Taking what is new

    def _push(self, view: ColumnsView) -> None:
        """Show what is new at the top, and let fall off what is too much."""
        start, stop = max(self._shown_to, view.first), view.count
        rows = rows_of_size(view, start, stop, self._least, MOST_ROWS)
        new = entries_between(
            view, rows, (int(rows[0]) if len(rows) == MOST_ROWS else start, stop), self._least
        )
        if len(new) >= MOST_ROWS:
            self._show(new[:MOST_ROWS])
        elif new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._entries[:0] = new
            self.endInsertRows()
        self._shown_to = stop
        if len(self._entries) > MOST_ROWS:
            self.beginRemoveRows(QModelIndex(), MOST_ROWS, len(self._entries) - 1)
            del self._entries[MOST_ROWS:]
            self.endRemoveRows()

    def _merge(self, view: ColumnsView) -> None:
        """Put what is new, and what came late, among the ticks that are shown."""
        shown = [each for each in reversed(self._entries) if not isinstance(each, DataEvent)]
        ticks = np.array([each for each in shown if each >= view.first], np.int64)
        fresh = rows_of_size(view, max(self._shown_to, view.first), view.count, self._least, MOST_ROWS)
        rows = np.concatenate((ticks, fresh))[-MOST_ROWS:]
        start = int(rows[0]) if len(rows) == MOST_ROWS else max(self._scanned, view.first)
        self._shown_to = view.count
        self._show(entries_between(view, rows, (start, view.count), self._least, self._late)[:MOST_ROWS])

    def _fill(self) -> None:
        """Show the newest entries anew, as far back as one pull may look."""
        view = self._view
        self._shown_to = self._scanned = 0 if view is None else view.count
        self._since = self._matched = 0
        self._show([])
        if view is not None:
            self._begin_session(view)
            self._scan(view)

    def _show(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self._entries, self.pending = entries, 0
        self.endResetModel()

    def _begin_session(self, view: ColumnsView) -> None:
        """Count from the session's first tick on, or from the first one held."""
        changes = view.sessions()
        since = int(changes[-1]) if len(changes) else 0
        if since > self._since or self._scanned == view.count:
            self._since, self._matched = max(since, view.first), 0

    def _scan(self, view: ColumnsView) -> None:
        """Look further back for ticks of the size sought, of many rows a part at a pull."""
        room = MOST_ROWS - len(self._entries)
        stop, floor = self._scanned, view.first if room > 0 else self._since
        if stop <= floor:
            return
        start = max(stop - (_SCANNED_A_PULL if self._least > 0 else room), floor)
        if start < self._since < stop:
            start = self._since
        if start >= self._since:
            self._matched += count_of_size(view, start, stop, self._least)
        self._scanned = start if self._least > 0 else min(start, self._since)
        if room > 0:
            rows = rows_of_size(view, start, stop, self._least, room)
            span = (int(rows[0]) if len(rows) == room else start, stop)
            self._append(entries_between(view, rows, span, self._least, self._late)[:room])
        self.changed.emit()

    def _append(self, older: list[Entry]) -> None:
        if older:
            last = len(self._entries)
            self.beginInsertRows(QModelIndex(), last, last + len(older) - 1)
            self._entries += older
            self.endInsertRows()

    def _restart(self, view: ColumnsView | None) -> None:
        self._generation = self._desk.generation
        self._view = view
        self._events_read = 0
        self._late.clear()
        self._missing.clear()
        self._loud, self._loud_at = None, 0
        self._read_events()
        if view is not None:
            self._find_loud(view)
        self._fill()

    def _read_events(self) -> bool:
        """Take new gaps and late ticks of the symbol, and return whether there was a late one."""
        events = self._desk.events
        if events.count < self._events_read:
            self._events_read = 0
            self._late.clear()
            self._missing.clear()
        fresh, self._events_read = events.since(max(self._events_read, events.count - _MOST_EVENTS))
        late = False
        for event in fresh:
            if event.symbol != self._symbol:
                continue
            if event.kind is EventKind.GAP:
                self._missing.setdefault(event.ts_ns, []).append(event.missing)
            elif event.kind is EventKind.LATE:
                self._late.append(event)
                late = True
        return late

    def _missing_before(self, view: ColumnsView, row: int) -> int:
        """Return how many ticks are missing before a row, 0 where it is not known."""
        if row < view.first:
            return 0
        told = self._missing.get(int(view.ts_ns[row]), ())
        number = gaps_of_instant_before(view, row) if told else 0
        return told[number] if number < len(told) else 0

    def _find_loud(self, view: ColumnsView) -> None:
        if self._loud_at == 0 or view.count - self._loud_at >= _LOUD_EVERY:
            self._loud_at, self._loud = view.count, loud_units(view)
