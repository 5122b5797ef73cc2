"""A recording taken through guard and engine, for the commands that look at one as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.calendar import calendar_named
from analytics.engine import Engine
from analytics.errors import ConfigError
from analytics.events import DataEvent, EventKind
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.rules.rule import Firing
from analytics.series import SeriesSpec
from analytics.ticks import TickBatch
from app.commands.output import progress, tell
from feeds.address import FileAddress, parse_address
from feeds.files import Recording, open_recording
from feeds.instruments import load_instruments
from feeds.opening import reading_for

ROWS_TOGETHER = 131_072
_REASONS_TOLD = 5
_ONCE_A_SERIES = (EventKind.OUT_OF_RANGE, EventKind.SERIES_FAULT)
_COUNTED = (EventKind.QUARANTINED, EventKind.LATE, EventKind.DUPLICATE, EventKind.GAP)


def file_address(text: str) -> FileAddress:
    """Return the file that FILE names: a path, or ``file:PATH?…``. Raises ConfigError."""
    if not text:
        raise ConfigError("expected a tick file or a tape directory, found an empty name")
    if not text.startswith(("file:", "sim:", "kafka:")):
        return FileAddress(Path(text), text=f"file:{text}")
    address = parse_address(text)
    if not isinstance(address, FileAddress):
        raise ConfigError(f"expected a tick file or a tape directory, found the feed {text!r}")
    return address


def instruments_for(calendar: str | None) -> InstrumentTable:
    """Return the instruments with a named calendar in force, or each with its own. Raises ConfigError."""
    return load_instruments().with_calendar(None if calendar is None else calendar_named(calendar))


@dataclass(frozen=True, slots=True)
class Taken:
    """One batch that the engine took, and what fired on it."""

    batch: TickBatch
    firings: list[Firing]


class Passage:
    """A recording on its way through guard and engine; to be gone through once.

    Raises ConfigError for a bad address, zone or calendar, TapeError or OSError for a file that cannot
    be read.
    """

    def __init__(
        self, file: str, tz: str | None, calendar: str | None, series: Iterable[SeriesSpec] = ()
    ) -> None:
        address = file_address(file)
        self.instruments = instruments_for(calendar or address.calendar)
        self.path = address.path
        self._guard = Guard(self.instruments, lateness_ns=address.lateness_ns)
        self.engine = Engine(self.instruments, series, events=self._guard.events)
        self._address, self._tz = address, tz
        self._notes: list[str] = []
        self._reasons: list[str] = []
        self._events_read = 0

    def taken(self, *, show_progress: bool | None = None) -> Iterator[Taken]:
        """Yield what the engine takes, batch after batch, with progress on a terminal."""
        recording = self._open(show_progress)
        with progress(f"Reading {self.path.name}", recording.rows, shown=show_progress) as advance:
            for start in range(0, recording.rows, ROWS_TOGETHER):
                stop = min(start + ROWS_TOGETHER, recording.rows)
                yield from self._through(self._guard.take(recording.arrivals(start, stop)))
                advance(stop)
            yield from self._through(self._guard.finish())

    def tell_counts(self) -> None:
        """Write to stderr where the ticks went, with the first few reasons."""
        counts = self._guard.counts
        tell(
            f"{counts.taken} ticks taken; {counts.quarantined} quarantined, {counts.late} late, "
            f"{counts.duplicate} duplicate; {counts.gaps} gaps ({counts.missing} ticks missing)"
        )
        for line in (*self._notes, *self._reasons):
            tell(f"  {line}")
        untold = counts.quarantined + counts.late + counts.duplicate + counts.gaps - len(self._reasons)
        if untold > 0:
            tell(f"  and {untold} more")

    def _open(self, show_progress: bool | None) -> Recording:
        with progress(f"Opening {self.path.name}", 1, shown=show_progress) as advance:
            reading = replace(
                reading_for(self.instruments, self._tz),
                progress=lambda done, total: advance(done / max(total, 1)),
            )
            recording = open_recording(self._address, reading)
        self._notes += recording.lost
        return recording

    def _through(self, batches: Iterable[TickBatch]) -> Iterator[Taken]:
        for batch in batches:
            yield Taken(batch, self.engine.take(batch))
        self._note_reasons()

    def _note_reasons(self) -> None:
        events, self._events_read = self._guard.events.since(self._events_read)
        for event in events:
            if event.kind in _ONCE_A_SERIES:
                self._notes.append(f"{event.symbol}: {event.detail}")
            elif event.kind in _COUNTED and len(self._reasons) < _REASONS_TOLD:
                self._reasons.append(_reason(event))


def _reason(event: DataEvent) -> str:
    return f"row {event.row} {event.symbol or '(no symbol)'}: {event.kind.value}: {event.detail}"
