"""The firing log: newest first, a storm of one rule's firings as one line that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from analytics.rules.rule import Firing
from app.desk import Desk
from app.formatting import time_ms_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.explanation import Explanation, explain
from app.viewmodels.honesty import Honesty, HonestyMark
from app.viewmodels.quotes import Quotes
from app.viewmodels.suspicion import WARNING_SIGN, Suspicion
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, KEY_ROLE
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
STORM_NS = 10_000_000_000
"""Firings of one rule no further apart than this are one storm."""
MOST_LINES = 500
MOST_TAKEN = 1_000
"""Firings that are taken from the log at one call."""
_BULK = 50
_NS = 1_000_000_000
_SUSPECT_ANEW = 30  # lines, the newest, that are looked at again at every call
_SUSPECT_IN_TURN = 10  # lines of the others: each has its turn within a few seconds


@dataclass(slots=True)
class FiringLine:
    """One line: the newest firing of a storm, how many were shown, and how many only counted.

    `suspicion` says what was wrong with the data near the newest, or, of a storm, near one before it; None where
    nobody has asked yet: of thousands of lines a few are seen. `judged` is the number of the marks that it was
    found by, -1 where they are to be looked at again.
    """

    firing: Firing
    shown: int = 1
    quiet: int = 0
    suspicion: str | None = None
    judged: int = -1


class FiringsModel(QAbstractListModel):
    """The desk's shown firings of the market's day; `total` counts them all.

    `honesty` knows where data was not whole; without one the model has its own.
    """

    def __init__(
        self, desk: Desk, quotes: Quotes, parent: QObject | None = None, honesty: Honesty | None = None
    ) -> None:
        super().__init__(parent)
        self._honesty = Honesty(desk) if honesty is None else honesty
        self._suspicion = Suspicion(self._honesty)
        self._marks: dict[
            str, tuple[list[HonestyMark], int]
        ] = {}  # by symbol, with how often they were others
        self._turn = _SUSPECT_ANEW
        self._desk = desk
        self._quotes = quotes
        self._lines: list[FiringLine] = []  # newest first
        self._latest: dict[str, FiringLine] = {}
        self._read = 0
        self._generation = desk.generation
        self._day = ""
        self._day_of: dict[ZoneInfo, tuple[str, int, int]] = {}  # the newest day by zone: date, begin and end
        self._in_bulk = False
        self._charted = ""
        self.total = 0

    def refresh(self) -> list[Firing]:
        """Take new firings from the log and return those that are shown, oldest first.

        Of a flood MOST_TAKEN are taken, the others at the next calls, so that none costs a frame.
        """
        if self._desk.generation != self._generation or self._desk.firings.count < self._read:
            self._generation = self._desk.generation
            self.clear()
            self._read = 0
        held, stop = self._desk.firings.since(self._read)
        fresh = held[:MOST_TAKEN]
        self._read = stop - len(held) + len(fresh)
        if len(fresh) > _BULK:  # told to the lists once, not firing by firing
            self.beginResetModel()
            self._in_bulk = True
        for firing in fresh:
            self._take(firing)
        if self._in_bulk:
            self._in_bulk = False
            self.endResetModel()
        self._suspect_anew()
        return [firing for firing in fresh if firing.shown]

    def clear(self) -> None:
        """Forget all lines."""
        if not self._in_bulk:
            self.beginResetModel()
        self._lines.clear()
        self._latest.clear()
        self.total = 0
        if not self._in_bulk:
            self.endResetModel()

    def set_charted(self, symbol: str) -> None:
        """Say which symbol the chart shows: firings of others name theirs."""
        self._charted = symbol
        if self._lines:
            self.dataChanged.emit(self.index(0), self.index(len(self._lines) - 1), [DETAIL_ROLE])

    def suspicion(self, firing: Firing) -> str:
        """Return what was wrong with the data within five seconds of a firing, ``""`` for nothing."""
        return self._suspicion.words(firing.symbol, firing.ts_ns, self._desk.view(firing.symbol))

    def explanation(self, firing: Firing) -> Explanation:
        """Return why a firing fired."""
        rule = next((each for each in self._desk.rules if each.name == firing.rule), None)
        style, zone = self._quotes.style(firing.symbol), self._quotes.calendar(firing.symbol).zone
        return explain(firing, rule, style, zone, self.suspicion(firing))

    def line_at(self, row: int) -> FiringLine | None:
        """Return the line of a row, None past the last."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line_at(index.row())
        if line is None:
            return None
        firing = line.firing
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{firing.rule} ×{line.shown}" if line.shown > 1 else firing.rule
        if role == DETAIL_ROLE:
            return self._detail(line)
        if role == FIGURE_ROLE:
            return self._quotes.style(firing.symbol).price(firing.price)
        if role == KEY_ROLE:
            return firing
        if role == Qt.ItemDataRole.ToolTipRole:
            quiet = f"\n{line.quiet} more counted that are not shown" if line.quiet else ""
            return f"{self.explanation(firing).text}{quiet}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            suspicion = self._suspicion_of(line)
            suspect = f", on suspect data: {suspicion}" if suspicion else ""
            return f"{firing.rule}, fired {line.shown} times, {self._time_and_place(line)}{suspect}"
        return None

    def _detail(self, line: FiringLine) -> str:
        told = self._time_and_place(line)
        suspicion = self._suspicion_of(line)
        return f"{told} · {WARNING_SIGN} {suspicion}" if suspicion else told

    def _suspicion_of(self, line: FiringLine) -> str:
        if line.suspicion is None:
            line.suspicion = self.suspicion(line.firing)
        return line.suspicion

    def _time_and_place(self, line: FiringLine) -> str:
        firing = line.firing
        time = time_ms_text(firing.ts_ns, self._quotes.calendar(firing.symbol).zone)
        parts = [time] if firing.symbol == self._charted else [firing.symbol, time]
        if line.quiet:
            parts.append(f"{line.quiet} quiet")
        return " · ".join(parts)

    def _take(self, firing: Firing) -> None:
        self._turn_day(firing)
        line = self._latest.get(firing.rule)
        in_storm = line is not None and 0 <= firing.ts_ns - line.firing.ts_ns <= STORM_NS
        if not firing.shown:
            if line is not None:
                line.quiet += 1
                self._touch(line)
            return
        self.total += 1
        if line is not None and in_storm:
            line.firing = firing
            line.shown += 1
            line.suspicion, line.judged = line.suspicion or None, -1
            self._raise(line)
            return
        line = FiringLine(firing)
        self._latest[firing.rule] = line
        if self._in_bulk:
            self._lines.insert(0, line)
            del self._lines[MOST_LINES:]
            return
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._lines.insert(0, line)
        self.endInsertRows()
        if len(self._lines) > MOST_LINES:
            last = len(self._lines) - 1
            self.beginRemoveRows(QModelIndex(), last, last)
            self._lines.pop()
            self.endRemoveRows()

    def _turn_day(self, firing: Firing) -> None:
        """Start an empty log where a firing is of another day than those before."""
        day = self._date_of(firing)
        if day > self._day and self._day:
            self.clear()
        self._day = max(day, self._day) if self._lines else day

    def _date_of(self, firing: Firing) -> str:
        """Return a firing's local date; of a flood all are of few days."""
        zone = self._quotes.calendar(firing.symbol).zone
        known = self._day_of.get(zone)
        if known is None or not known[1] <= firing.ts_ns < known[2]:
            day = datetime.fromtimestamp(firing.ts_ns // _NS, zone).date()
            begin, end = (
                round(datetime(each.year, each.month, each.day, tzinfo=zone).timestamp()) * _NS
                for each in (day, day + timedelta(days=1))
            )
            known = self._day_of[zone] = day.isoformat(), begin, end
        return known[0]

    def _suspect_anew(self) -> None:
        """Look once more at lines whose symbol has other marks than before.

        Late ticks, gaps and what a storm held back may be told long after the firing they are near.
        """
        numbers: dict[str, int] = {}
        for row in self._rows_to_judge():
            line = self._lines[row]
            symbol = line.firing.symbol
            if symbol not in numbers:
                numbers[symbol] = self._marks_number(symbol)
            if line.judged == numbers[symbol]:
                continue
            found = self.suspicion(line.firing) or ((line.suspicion or "") if line.shown > 1 else "")
            line.judged = numbers[symbol]
            if found != line.suspicion:
                line.suspicion = found
                self.dataChanged.emit(self.index(row), self.index(row), [DETAIL_ROLE])

    def _rows_to_judge(self) -> list[int]:
        """Return the newest rows, and some of the others in turn as far as somebody has asked for them."""
        count = len(self._lines)
        first = self._turn if self._turn < count else _SUSPECT_ANEW
        self._turn = first + _SUSPECT_IN_TURN
        others = (
            row for row in range(first, min(self._turn, count)) if self._lines[row].suspicion is not None
        )
        return [*range(min(_SUSPECT_ANEW, count)), *others]

    def _marks_number(self, symbol: str) -> int:
        """Return how often a symbol's marks were others than before.

        The list is made anew when any symbol has news; that its marks are the same saves looking through them.
        """
        marks = self._honesty.marks(symbol, self._desk.view(symbol))
        before, number = self._marks.get(symbol, ([], 0))
        if marks is not before and marks != before:
            number += 1
        self._marks[symbol] = marks, number
        return number

    def _raise(self, line: FiringLine) -> None:
        row = next((at for at, each in enumerate(self._lines) if each is line), 0)
        if self._in_bulk:
            self._lines.insert(0, self._lines.pop(row))
            return
        if row:
            self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), 0)
            self._lines.insert(0, self._lines.pop(row))
            self.endMoveRows()
        self.dataChanged.emit(self.index(0), self.index(0))

    def _touch(self, line: FiringLine) -> None:
        if self._in_bulk:
            return
        row = next((at for at, each in enumerate(self._lines) if each is line), None)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row), [DETAIL_ROLE])
