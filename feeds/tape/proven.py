"""A tape that can be proved: beside it stands the fingerprint of what guard and engine make of it.

Guard and engine are the tape's own and begin with it. A window may begin to record in the middle of a feed;
what its own engine holds then is not on the tape, and no replay could come to the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from analytics.errors import TapeError
from analytics.ticks import Arrivals, TickBatch
from feeds.tape.commands import END, Command
from feeds.tape.writer import TapeWriter


class Ordering(Protocol):
    """What puts arrivals in order: a guard."""

    def take(self, arrivals: Arrivals) -> list[TickBatch]:
        """Return the clean ticks that these arrivals let leave."""

    def pass_time(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Move a partition's clock in silence; return what leaves."""

    def mark_idle(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Let the watermark not wait for a partition; return what leaves."""

    def finish(self) -> list[TickBatch]:
        """Let everything leave."""


class Computing(Protocol):
    """What takes clean ticks: an engine, whose witness writes the fingerprint to the tape."""

    def take(self, batch: TickBatch) -> Sequence[Any]:
        """Append a batch and compute."""


E = TypeVar("E", bound=Computing)


class ProvenTape(Generic[E]):
    """Writes arrivals to a tape, then takes them through a guard and an engine that saw nothing before.

    Rows are those of the tape. Each call has all in the files when it returns, fingerprints included. All
    methods belong to one thread; TapeError where the disk refuses.
    """

    def __init__(self, tape: TapeWriter, guard: Ordering, engine: E) -> None:
        self._tape = tape
        self._guard = guard
        self._engine = engine

    @property
    def directory(self) -> Path:
        """Return where the tape is written."""
        return self._tape.directory

    def write(self, arrivals: Arrivals) -> None:
        """Write arrivals and what is computed from them."""
        first_row = self._tape.rows
        self._tape.write(arrivals)
        self._compute(self._guard.take(replace(arrivals, first_row=first_row)))

    def note_time(self, partition: int, at_ns: int) -> None:
        """Write a time event and what leaves by it."""
        self._tape.note_time(partition, at_ns)
        self._compute(self._guard.pass_time(partition, at_ns))

    def note_idle(self, partition: int, at_ns: int) -> None:
        """Write that a partition was found idle, and what that lets leave."""
        self._tape.note_idle(partition, at_ns)
        self._compute(self._guard.mark_idle(partition, at_ns))

    def command(self, command: Command, obey: Callable[[E], object]) -> None:
        """Note a command, and have the engine obey it.

        Where the disk refuses nothing is done here, and the next `write` raises.
        """
        with contextlib.suppress(TapeError):
            self._tape.note_command(command.text)
            obey(self._engine)

    def close(self) -> None:
        """Let what waits leave, and finish the open part; may be called twice."""
        if not self._tape.closed:
            self._tape.note_command(Command(END).text)
            self._compute(self._guard.finish())
            self._tape.close()

    def _compute(self, batches: list[TickBatch]) -> None:
        for batch in batches:
            self._engine.take(batch)
