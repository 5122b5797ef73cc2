"""The tape's writer: every arrival with its place, before anything can drop it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from analytics.errors import TapeError
from analytics.ticks import NO_TIME, Arrivals
from feeds.clock import Clock, SystemClock
from feeds.tape.checks import Checked
from feeds.tape.part import Part, Sealing
from feeds.tape.schema import Note, NoteKind, notes_of, silence
from feeds.tape.stamp import stamp_here

PART_ROWS = 1_000_000
PART_NS = 3_600_000_000_000
"""A part is finished once it has `PART_ROWS` rows or has been open for `PART_NS`, and on a new UTC day."""
_DAY_NS = 86_400_000_000_000


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
        settings: Mapping[str, object] | None = None,
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
        self._part: Part | None = None
        self._sealing: Sealing | None = None
        self._closed = False
        self._stamp = stamp_here()
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
        self.note(silence(partition, at_ns))

    def note_idle(self, partition: int, at_ns: int) -> None:
        """Write that a partition was found idle at `at_ns`."""
        self.note(silence(partition, at_ns, idle=True))

    def note_command(self, text: str) -> None:
        """Write a command that changes what is computed from the next row on, as JSON (`feeds.tape.commands`)."""
        self.note(Note(NoteKind.COMMAND, text))

    def write_check(self, checked: Checked) -> None:
        """Write the fingerprints of ticks that were written before, in the engine's order."""
        with self._giving_up():
            part = self._part or self._open_part(self._clock.now_ns())
            part.write_check(checked, self._stamp)

    @property
    def closed(self) -> bool:
        """Return whether nothing more can be written: closed, or given up."""
        return self._closed

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

    def _part_for(self, arrivals: Arrivals) -> Part:
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

    def _open_part(self, arrived_ns: int) -> Part:
        if self._session is None:
            self._session = _free_session(self.directory, self._clock.now_ns())
        self._part = Part(
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
            self._sealing, self._part = Sealing(self._part), None

    def _join(self) -> None:
        sealing, self._sealing = self._sealing, None
        if sealing is not None:
            sealing.join()


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
