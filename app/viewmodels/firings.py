"""The firing log: newest first, a storm of one rule's firings as one line that counts."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from analytics.rules.rule import Firing, Reading
from app.desk import Desk
from app.formatting import NumberStyle, date_text, time_ms_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, KEY_ROLE
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
STORM_NS = 10_000_000_000
"""Firings of one rule no further apart than this are one storm."""
MOST_LINES = 500
MOST_TERMS = 8
"""Terms of a rule that a tooltip tells; one over all of fifty symbols has a hundred."""


@dataclass(slots=True)
class FiringLine:
    """One line: the newest firing of a storm, how many were shown, and how many only counted."""

    firing: Firing
    shown: int = 1
    quiet: int = 0


class FiringsModel(QAbstractListModel):
    """The desk's shown firings of the market's day; `total` counts them all."""

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._lines: list[FiringLine] = []  # newest first
        self._latest: dict[str, FiringLine] = {}
        self._read = 0
        self._generation = desk.generation
        self._day = ""
        self._charted = ""
        self.total = 0

    def refresh(self) -> list[Firing]:
        """Take new firings from the log and return those that are shown, oldest first."""
        if self._desk.generation != self._generation or self._desk.firings.count < self._read:
            self._generation = self._desk.generation
            self.clear()
            self._read = 0
        fresh, self._read = self._desk.firings.since(self._read)
        shown = []
        for firing in fresh:
            self._take(firing)
            if firing.shown:
                shown.append(firing)
        return shown

    def clear(self) -> None:
        """Forget all lines."""
        self.beginResetModel()
        self._lines.clear()
        self._latest.clear()
        self.total = 0
        self.endResetModel()

    def set_charted(self, symbol: str) -> None:
        """Say which symbol the chart shows: firings of others name theirs."""
        self._charted = symbol
        if self._lines:
            self.dataChanged.emit(self.index(0), self.index(len(self._lines) - 1), [DETAIL_ROLE])

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
            style = self._quotes.style(firing.symbol)
            quiet = f"\n{line.quiet} more counted that are not shown" if line.quiet else ""
            terms = "".join(f"\n{_explained(each, style)}" for each in firing.readings[:MOST_TERMS])
            at = f"{firing.symbol} at {style.price(firing.price)}"
            level = "" if firing.silent or isnan(firing.value) else f", level {style.price(firing.value)}"
            return f"{firing.rule}\n{at}{level}{terms}{quiet}\nClick: show it in the chart"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{firing.rule}, fired {line.shown} times, {self._detail(line)}"
        return None

    def _detail(self, line: FiringLine) -> str:
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
            self._raise(line)
            return
        line = FiringLine(firing)
        self._latest[firing.rule] = line
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
        day = date_text(firing.ts_ns, self._quotes.calendar(firing.symbol).zone)
        if day > self._day and self._day:
            self.clear()
        self._day = max(day, self._day) if self._lines else day

    def _raise(self, line: FiringLine) -> None:
        row = next((at for at, each in enumerate(self._lines) if each is line), 0)
        if row:
            self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), 0)
            self._lines.insert(0, self._lines.pop(row))
            self.endMoveRows()
        self.dataChanged.emit(self.index(0), self.index(0))

    def _touch(self, line: FiringLine) -> None:
        row = next((at for at, each in enumerate(self._lines) if each is line), None)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row), [DETAIL_ROLE])


def _explained(reading: Reading, style: NumberStyle) -> str:
    """Return one term of a rule with its sides on the tick before and on the one that fired; some have none."""
    if isnan(reading.now[0]):
        return reading.text
    (left_before, right_before), (left, right) = reading.before, reading.now
    before = f"{style.price(left_before)} against {style.price(right_before)}"
    return f"{reading.text}: {before}, then {style.price(left)} against {style.price(right)}"
