"""The outlet: rows that leave become batches of exact integers, in the engine's order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.events import EventKind
from analytics.grid import Grid
from analytics.grouping import by_code
from analytics.instruments import InstrumentTable
from analytics.intake import Intake, Rows, render_row
from analytics.ledger import Ledger
from analytics.order import BY_TICK, When
from analytics.scales import Scales
from analytics.ticks import NO_TIME, Bool, Int64, TickBatch
from analytics.walk import Poll


class Outlet:
    """Puts what leaves in order, makes its values exact, and accounts for it."""

    def __init__(self, instruments: InstrumentTable, intake: Intake, ledger: Ledger) -> None:
        self._intake = intake
        self._ledger = ledger
        self._scales = Scales(instruments, intake)
        self._grid = Grid(instruments)
        self._gap_before: set[int] = set()  # symbols whose next tick follows a declared gap

    def emit(self, poll: Poll) -> list[TickBatch]:
        """Return as batches what leaves, several at one moment by deadline, then arrival."""
        released = sorted(poll.decisions.released)
        plain = np.count_nonzero(poll.leaves)
        if not released and not plain:
            return self._marked([], [], poll)
        whens = _Whens(released, poll)
        if plain == len(poll.rows) and poll.rows.total is None:  # all as they came, none to be filled in
            leaving, moments = poll.rows, None
            gap = np.zeros(plain, np.bool_)
        else:
            places, gap, moments = whens.arrange()
            leaving = poll.rows.at(places)
        clock_ns = poll.moments.watermarks(moments)
        settled = self._scales.settle(leaving)
        for at, reason in settled.refused.items():
            raw = render_row(leaving, at, self._intake.symbols)
            self._ledger.note(whens.of(at), EventKind.QUARANTINED, leaving, at, reason, raw=raw)
        gap = self._gaps(leaving, gap, settled.refused)
        batches, left_at, off_grid = [], [], 0
        for batch, taken in self._scales.batches(leaving, gap, settled):
            kept = slice(None) if isinstance(taken, range) else taken
            as_it_came = leaving is poll.rows and len(batch) == len(leaving)
            groups = poll.by_symbol if as_it_came else by_code(batch.symbol)
            batches.append(replace(batch, clock_ns=clock_ns[kept], by_symbol=groups))
            left_at.append((poll.moments.of_row if moments is None else moments)[kept])
            off = self._grid.off(batch, groups)
            off_grid += len(off)
            for at in self._grid.first_of_symbol(batch, off):
                detail = "price is not on the instrument's grid; taken, and from here on only counted"
                self._ledger.note(
                    whens.of(int(taken[at])), EventKind.OFF_GRID, leaving, int(taken[at]), detail
                )
        self._ledger.count(taken=len(leaving) - len(settled.refused), off_grid=off_grid)
        return self._marked(batches, left_at, poll)

    def _marked(self, batches: list[TickBatch], left_at: list[Int64], poll: Poll) -> list[TickBatch]:
        """Return batches with the marks of the poll, each behind what had left by its moment."""
        moments = poll.moments
        marks = [
            (at, now) for at in moments.of_mark.tolist() if (now := int(moments.watermark_ns[at])) != NO_TIME
        ]
        if not marks:
            return batches
        if not batches:
            return [replace(self._scales.no_ticks(), marks=tuple((0, now) for _, now in marks))]
        found = []
        for number, (batch, here) in enumerate(zip(batches, left_at, strict=True)):
            last = number + 1 == len(batches)
            mine = [each for each in marks if last or each[0] < left_at[number + 1][0]]
            marks = marks[len(mine) :]
            placed = tuple((int(here.searchsorted(at, side="right")), now) for at, now in mine)
            found.append(replace(batch, marks=placed))
        return found

    def _gaps(self, leaving: Rows, gap: Bool, refused: dict[int, str]) -> Bool:
        """Return which rows follow a gap; a refused row leaves that to the next of its symbol."""
        waiting = self._gap_before
        if not waiting and not any(gap[at] for at in refused):
            return gap
        for at, symbol in enumerate(leaving.symbol.tolist()):
            if at in refused:
                if gap[at]:
                    waiting.add(symbol)
            elif symbol in waiting:
                waiting.remove(symbol)
                gap[at] = True
        return gap


class _Whens:
    """When each leaving row left: first those `released` one by one, then the plain ones as they came."""

    def __init__(self, released: list[tuple[When, int, bool]], poll: Poll) -> None:
        self._released = released
        self._poll = poll
        self._plain: Int64 | None = None
        self._order: Int64 | None = None

    def arrange(self) -> tuple[Int64, Bool, Int64]:
        """Return the places of what leaves, in order, what follows a gap, and the moment of each.

        From here on `of` counts so.
        """
        released, poll = self._released, self._poll
        plain = self._plain = poll.leaves.nonzero()[0]
        places = np.array([place for _, place, _ in released], np.int64)
        places = np.concatenate((places, plain + poll.carried))
        gap = np.zeros(len(places), np.bool_)
        gap[: len(released)] = [after_gap for *_, after_gap in released]
        if not released:
            return places, gap, poll.moments.of_row[plain]
        moments = np.array([when[0] for when, *_ in released], np.int64)
        moments = np.concatenate((moments, poll.moments.of_row[plain]))
        order = self._order = np.argsort(moments, kind="stable")  # what time released stands before the tick
        return places[order], gap[order], moments[order]

    def of(self, at: int) -> When:
        """Return when one row left."""
        at = at if self._order is None else int(self._order[at])
        if at < len(self._released):
            return self._released[at][0]
        at -= len(self._released)
        new = at if self._plain is None else int(self._plain[at])
        return (int(self._poll.moments.of_row[new]), BY_TICK, 0, 0, 0, 0)
