"""The tape's writer: every arrival with its place, before anything can drop it."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from analytics.errors import TapeError
from analytics.ticks import NO_TIME, Arrivals
from feeds.clock import Clock, SystemClock
from feeds.tape.journal import JOURNAL_SUFFIX, Journal, seal
from feeds.tape.schema import (
    EVENT_SCHEMA,
    PART_SCHEMA,
    POSITIONS_KEY,
    Note,
    NoteKind,
    event_batch,
    notes_of,
    part_batch,
    positions_name,
    positions_text,
    tape_metadata,
)

PART_ROWS = 1_000_000
PART_NS = 3_600_000_000_000
"""A part is finished once it has `PART_ROWS` rows or has been open for `PART_NS`, and on a new UTC day."""
_DAY_NS = 86_400_000_000_000
_TOPIC_CHARACTERS = 40  # of a file's name; the metadata hold the topic id whole


class TapeWriter:
    """Records arrivals into a directory, as one session of it; a context manager.

    Each `write` and `note` is in the file when it returns, so that a crash loses nothing but the batch
    under way. Finished parts become Parquet on a thread of their own. All methods belong to one thread,
    and raise TapeError where the disk refuses; the writer is then of no more use, and what is written
    stays readable.
    """

    def __init__(
        self,
        directory: Path,
        *,
        topic_id: str,
        settings: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        part_rows: int = PART_ROWS,
        part_ns: int = PART_NS,
    ) -> None:
        self.directory = directory
        self.rows = 0
        """Rows written in this session."""
        self._topic_id = topic_id
        self._clock: Clock = SystemClock() if clock is None else clock
        self._part_rows, self._part_ns = part_rows, part_ns
        self._session: int | None = None
        self._part: _Part | None = None
        self._sealing: _Sealing | None = None
        self._closed = False
        told = json.dumps({"topic": topic_id, **(settings or {})}, ensure_ascii=False)
        self._waiting: list[tuple[int, Note]] = [(0, Note(NoteKind.SETTINGS, told))]
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(directory, error) from error

    def __enter__(self) -> TapeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, arrivals: Arrivals) -> None:
        """Write arrivals with their places, time marks, and the bytes of those that could not be read."""
        notes = notes_of(arrivals, self.rows)
        with self._giving_up():
            if len(arrivals):
                part = self._part_for(arrivals)
                part.write_notes([*self._waiting, *notes])
                self._waiting = []
                part.write(arrivals)
                self.rows += len(arrivals)
            else:
                self._keep(notes)

    def note(self, *notes: Note) -> None:
        """Write what happened between the rows so far and the next one."""
        with self._giving_up():
            self._keep([(self.rows, note) for note in notes])

    def note_time(self, partition: int, at_ns: int) -> None:
        """Write that a partition's clock reached `at_ns` in silence."""
        self.note(Note(NoteKind.TIME, at_ns=at_ns, partition=partition))

    def close(self) -> None:
        """Finish the open part; may be called twice."""
        if self._closed:
            return
        with self._giving_up():
            part = self._part
            if part is None and self._waiting:
                part = self._open_part(self._clock.now_ns())
            if part is not None:
                part.write_notes(self._waiting)
            self._roll()
            self._join()
            self._closed = True

    @contextlib.contextmanager
    def _giving_up(self) -> Iterator[None]:
        """Let go of the files where the disk refuses: what is written then stays as journals."""
        if self._closed:
            raise TapeError(f"{self.directory}: this recording has ended; begin another one")
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            self._closed = True
            with contextlib.suppress(OSError, pa.ArrowException):
                self._join()
            if self._part is not None:
                self._part.close(whole=False)
            raise _refused(self.directory, error) from error

    def _keep(self, notes: list[tuple[int, Note]]) -> None:
        """Write notes beside the open part, or hold them until there is one."""
        if self._part is None:
            self._waiting += notes
        else:
            self._part.write_notes(notes)

    def _part_for(self, arrivals: Arrivals) -> _Part:
        """Return the part that takes these arrivals; the one before is finished where it is time."""
        arrived_ns = _first_arrival_ns(arrivals, self._clock)
        part = self._part
        if part is not None and (
            part.rows >= self._part_rows
            or self._clock.monotonic_ns() - part.opened_ns >= self._part_ns
            or arrived_ns // _DAY_NS > part.day
        ):
            self._roll()
        return self._part or self._open_part(arrived_ns)

    def _open_part(self, arrived_ns: int) -> _Part:
        if self._session is None:
            self._session = _free_session(self.directory, self._clock.now_ns())
        self._part = _Part(
            self.directory,
            self._topic_id,
            self._session,
            self.rows,
            arrived_ns // _DAY_NS,
            self._clock.monotonic_ns(),
        )
        return self._part

    def _roll(self) -> None:
        """Close the open part and have it made Parquet; one is made at a time."""
        self._join()
        if self._part is not None:
            self._part.close()
            self._sealing, self._part = _Sealing(self._part), None

    def _join(self) -> None:
        sealing, self._sealing = self._sealing, None
        if sealing is not None:
            sealing.join()


class _Part:
    """One part being written, with the events beside it."""

    def __init__(
        self, directory: Path, topic_id: str, session: int, first_row: int, day: int, opened_ns: int
    ) -> None:
        self.day = day
        self.opened_ns = opened_ns
        date = datetime.fromtimestamp(day * 86_400, UTC).date()
        self._folder = directory / f"date={date.isoformat()}"
        self._folder.mkdir(exist_ok=True)
        self._metadata = tape_metadata(topic_id, session, first_row)
        topic = re.sub(r"[^A-Za-z0-9.]+", "_", topic_id).strip("_.")[:_TOPIC_CHARACTERS] or "topic"
        self._number = f"{session:019d}-{first_row:012d}"
        self._stem = f"part-{self._number}-{topic}"
        self._ticks: Journal | None = None
        self._events: Journal | None = None
        self._positions: dict[int, tuple[tuple[int, int], tuple[int, int]]] = {}

    @property
    def rows(self) -> int:
        """Return the rows written so far."""
        return 0 if self._ticks is None else self._ticks.rows

    def write(self, arrivals: Arrivals) -> None:
        """Append arrivals."""
        if self._ticks is None:
            schema = PART_SCHEMA.with_metadata(self._metadata)
            self._ticks = Journal(self._folder / f"{self._stem}{JOURNAL_SUFFIX}", schema)
        self._ticks.write(part_batch(arrivals))
        for partition in np.unique(arrivals.partition).tolist():
            here = np.flatnonzero(arrivals.partition == partition)
            order = np.lexsort((arrivals.index[here], arrivals.offset[here]))
            ends = [_place(arrivals, int(here[order[end]])) for end in (0, -1)]
            least, most = self._positions.get(partition, (ends[0], ends[1]))
            self._positions[partition] = (min(least, ends[0]), max(most, ends[1]))

    def write_notes(self, notes: list[tuple[int, Note]]) -> None:
        """Append notes, each with the count of the session's rows before it."""
        if not notes:
            return
        if self._events is None:
            schema = EVENT_SCHEMA.with_metadata(self._metadata)
            self._events = Journal(self._folder / f"events-{self._number}{JOURNAL_SUFFIX}", schema)
        self._events.write(event_batch(notes))

    def close(self, *, whole: bool = True) -> None:
        """Close both journals; not `whole` leaves them as a crash would."""
        with contextlib.ExitStack() as journals:
            for journal in (self._ticks, self._events):
                if journal is not None:
                    journals.callback(journal.close, whole=whole)

    def seal(self) -> None:
        """Make Parquet files of the closed journals."""
        if self._ticks is not None:
            target = self._folder / f"{self._stem}-{positions_name(self._positions)}.parquet"
            seal(self._ticks.path, target, {POSITIONS_KEY: positions_text(self._positions)})
        if self._events is not None:
            seal(self._events.path, self._events.path.with_suffix(".parquet"), {})


class _Sealing:
    """A part on its way to Parquet, on a thread of its own."""

    def __init__(self, part: _Part) -> None:
        self._part = part
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="tickdesk-tape")
        self._thread.start()

    def join(self) -> None:
        """Wait for the end. Raises what went wrong; the journal then stays and is read in its place."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._part.seal()
        except (OSError, pa.ArrowException) as error:
            self._error = error


def _place(arrivals: Arrivals, row: int) -> tuple[int, int]:
    return int(arrivals.offset[row]), int(arrivals.index[row])


def _first_arrival_ns(arrivals: Arrivals, clock: Clock) -> int:
    """Return the first time known of arrivals: of arrival, else of the event, else now."""
    times = np.where(arrivals.arrival_ns != NO_TIME, arrivals.arrival_ns, arrivals.ts_ns)
    known = times != NO_TIME
    known[list(arrivals.defects)] = False
    return int(times[int(np.argmax(known))]) if known.any() else clock.now_ns()


def _free_session(directory: Path, now_ns: int) -> int:
    """Return the first number from `now_ns` on that no session of this tape bears."""
    taken = {
        int(found[1]) for path in directory.rglob("*-*") if (found := re.match(r"\w+-(\d{19})-", path.name))
    }
    while now_ns in taken:
        now_ns += 1
    return now_ns


def _refused(directory: Path, error: Exception) -> TapeError:
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return TapeError(
        f"{directory}: expected to write a tape there, found: {cause}; record into another directory"
    )
