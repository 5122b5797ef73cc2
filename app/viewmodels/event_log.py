"""The event log: what the guard decided, newest first, filtered by kind and by words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from analytics.events import DataEvent, EventKind
from app.desk import Desk
from app.formatting import NO_VALUE, date_text, time_ms_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.honesty import place_text
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import KEY_ROLE, TONE_ROLE, Tone
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
HEADERS = ("Time", "Kind", "Symbol", "Place", "Detail")
KIND_COLUMN = 1
MOST_ROWS = 2_000
"""Rows kept for reading; what is older is counted in the status bar."""
MOST_READ = 20_000
"""Events taken in at one refresh: of a storm the rest follows at the next ones."""
MOST_SEARCHED = 40_000
"""Events that another filter looks through, from the newest on."""
_SHOWN_BYTES = 400
_LOUD = {EventKind.QUARANTINED, EventKind.GAP, EventKind.OUT_OF_RANGE, EventKind.SERIES_FAULT}


class EventLogModel(QAbstractTableModel):
    """The newest data events of one kind or of all, that hold some words; `unseen` counts those since `mark_seen`.

    `counts` are by kind, of all events that were taken in, whatever the filter shows.
    """

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._kind: EventKind | None = None
        self._words = ""
        self.counts: Counter[EventKind] = Counter()
        self._rows: list[DataEvent] = []  # oldest first; row r shows the r-th from the end
        self._charted = ""  # whose zone the times of what bears no symbol are told in
        self._generation = desk.generation
        self._read = 0
        self._seen = 0

    @property
    def unseen(self) -> int:
        """Return how many events came since the log was last looked at."""
        return max(self._desk.events.count - self._seen, 0)

    def mark_seen(self) -> None:
        """Note that the log was looked at."""
        self._seen = self._desk.events.count

    def set_charted(self, symbol: str) -> None:
        """Tell the times of events without a symbol in this one's zone, so that a column has one zone."""
        self._charted = symbol
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 0))

    def set_kind(self, kind: EventKind | None) -> None:
        """Show one kind only; None shows all."""
        self._kind = kind
        self._filter_anew()

    def set_words(self, words: str) -> None:
        """Show only events whose symbol, place or detail holds these words; the case does not matter."""
        self._words = words.strip().casefold()
        self._filter_anew()

    def refresh(self) -> list[DataEvent]:
        """Take new events from the log, at most MOST_READ, and return them, of whatever kind, oldest first."""
        events = self._desk.events
        if self._desk.generation != self._generation or events.count < self._read:
            self._generation = self._desk.generation
            self._seen = 0
            self.counts.clear()
            self._restart()
        held, stop = events.since(self._read)
        fresh = list(held[:MOST_READ])
        self._read = stop - len(held) + len(fresh)
        self.counts.update(each.kind for each in fresh)
        new = [each for each in fresh[-MOST_SEARCHED:] if self._shows(each)][-MOST_ROWS:]
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()
            self._trim()
        return fresh

    def event_at(self, row: int) -> DataEvent | None:
        """Return the event of a row, None past the last."""
        return self._rows[-1 - row] if 0 <= row < len(self._rows) else None

    def row_of(self, kind: EventKind, ts_ns: int) -> int | None:
        """Return the shown row of a kind that is nearest to an instant, None where there is none."""
        near = [
            (abs(each.ts_ns - ts_ns), len(self._rows) - 1 - place)
            for place, each in enumerate(self._rows)
            if each.kind is kind
        ]
        return min(near)[1] if near else None

    def line_of(self, event: DataEvent) -> str:
        """Return an event in one line, as it is copied: date, time, kind, symbol, place, detail, bytes."""
        zone = self._quotes.calendar(event.symbol or self._charted).zone
        date = date_text(event.ts_ns, zone) if event.ts_ns else NO_VALUE
        texts = [date, *(self._text(event, column) for column in range(len(HEADERS)))]
        return "\t".join([*texts, raw_text(event.raw)] if event.raw else texts)

    def detail_of(self, event: DataEvent) -> str:
        """Return all that is known of an event: its place, what was found, and the bytes as they were received."""
        in_file = self._desk.info is not None and self._desk.info.kind == "file"
        place = place_text(event.position, event.row, in_file=in_file)
        parts = [event.detail, event.symbol, place]
        if event.raw:
            parts.append(f"received: {raw_text(event.raw)}")
        return "  ·  ".join(filter(None, parts))

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        event = self.event_at(index.row())
        if event is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(event, index.column())
        if role == TONE_ROLE:
            if index.column() == KIND_COLUMN:
                return Tone.WARNING if event.kind in _LOUD else Tone.TEXT
            return Tone.TEXT if index.column() in (2, 4) else Tone.DIM
        if role == KEY_ROLE:
            return event
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HEADERS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, event: DataEvent, column: int) -> str:
        if column == 0 and not event.ts_ns:
            return NO_VALUE
        if column == 0:
            return time_ms_text(event.ts_ns, self._quotes.calendar(event.symbol or self._charted).zone)
        return (event.kind.value, event.symbol, self._place(event), event.detail)[column - 1]

    def _place(self, event: DataEvent) -> str:
        """Return where it stood, short: a row of a recording, or partition and offset of a topic."""
        info = self._desk.info
        if info is not None and info.kind == "file":
            return f"row {event.row + 1:,}"
        return str(event.position) if event.position.offset >= 0 else f"p{event.position.partition}"

    def _shows(self, event: DataEvent) -> bool:
        if self._kind is not None and event.kind is not self._kind:
            return False
        if not self._words:
            return True
        return self._words in f"{event.symbol} {self._place(event)} {event.detail}".casefold()

    def _filter_anew(self) -> None:
        """Show what of the newest events the filter lets through; they are counted already."""
        held, stop = self._desk.events.since(max(self._read - MOST_SEARCHED, 0))
        known = held[: max(len(held) - (stop - self._read), 0)]
        self.beginResetModel()
        self._rows = [each for each in known if self._shows(each)][-MOST_ROWS:]
        self.endResetModel()
        self.refresh()

    def _restart(self) -> None:
        self.beginResetModel()
        self._rows.clear()
        self._read = 0
        self.endResetModel()

    def _trim(self) -> None:
        over = len(self._rows) - MOST_ROWS
        if over > 0:
            self.beginRemoveRows(QModelIndex(), MOST_ROWS, len(self._rows) - 1)
            del self._rows[:over]
            self.endRemoveRows()


def raw_text(raw: bytes) -> str:
    """Return bytes as text on one line: what cannot be printed is escaped, and of many only the first are told."""
    shown = raw[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
    text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown)
    more = len(raw) - _SHOWN_BYTES
    return f"{text} … and {more:,} bytes more" if more > 0 else text
