"""One part of a tape being written, with the events and the fingerprint beside it."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.ticks import Arrivals
from feeds.tape.checks import Checked, check_batch, check_schema
from feeds.tape.journal import JOURNAL_SUFFIX, Journal, seal
from feeds.tape.schema import (
    EVENT_SCHEMA,
    PART_SCHEMA,
    POSITIONS_KEY,
    Note,
    event_batch,
    part_batch,
    positions_name,
    positions_text,
    tape_metadata,
)

_TOPIC_CHARACTERS = 40  # of a file's name; the metadata hold the topic id whole


class Part:
    """One part being written, with the events beside it."""

    def __init__(
        self, directory: Path, topic_id: str, session: int, first_row: int, day: int, opened_ns: int
    ) -> None:
        self.day = day
        self.opened_ns = opened_ns
        date = datetime.fromtimestamp(day * 86_400, UTC).date()
        self._folder = directory / f"date={date.isoformat()}"
        self._folder.mkdir(exist_ok=True)
        self._topic_id, self._session = topic_id, session
        self._metadata = tape_metadata(topic_id, session, first_row)
        topic = re.sub(r"[^A-Za-z0-9.]+", "_", topic_id).strip("_.")[:_TOPIC_CHARACTERS] or "topic"
        self._number = f"{session:019d}-{first_row:012d}"
        self._stem = f"part-{self._number}-{topic}"
        self._ticks: Journal | None = None
        self._events: Journal | None = None
        self._checks: dict[int, Journal] = {}  # by the number of their first tick
        self._checked: tuple[str, ...] = ()
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

    def write_check(self, checked: Checked, stamp: Mapping[str, str]) -> None:
        """Append fingerprints; where a series is new a further journal is begun, which has it."""
        if not self._checks or tuple(checked.values) != self._checked:
            self._checked = tuple(checked.values)
            metadata = tape_metadata(self._topic_id, self._session, checked.first)
            path = self._folder / f"check-{self._session:019d}-{checked.first:012d}{JOURNAL_SUFFIX}"
            self._checks[checked.first] = Journal(path, check_schema(self._checked, metadata, stamp))
        self._checks[max(self._checks)].write(check_batch(checked))

    def close(self, *, whole: bool = True) -> None:
        """Close all journals; not `whole` leaves them as a crash would."""
        with contextlib.ExitStack() as journals:
            for journal in (self._ticks, self._events, *self._checks.values()):
                if journal is not None:
                    journals.callback(journal.close, whole=whole)

    def seal(self) -> None:
        """Make Parquet files of the closed journals."""
        if self._ticks is not None:
            target = self._folder / f"{self._stem}-{positions_name(self._positions)}.parquet"
            seal(self._ticks.path, target, {POSITIONS_KEY: positions_text(self._positions)})
        for journal in (self._events, *self._checks.values()):
            if journal is not None:
                seal(journal.path, journal.path.with_suffix(".parquet"), {})


def _place(arrivals: Arrivals, row: int) -> tuple[int, int]:
    return int(arrivals.offset[row]), int(arrivals.index[row])


class Sealing:
    """A part on its way to Parquet, on a thread of its own."""

    def __init__(self, part: Part) -> None:
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
