"""An open feed whose consumer is a thread of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.columns import ColumnsView
from analytics.engine import Engine
from analytics.errors import TickdeskError
from analytics.events import DataEvent, GuardCounts
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.log import AppendLog
from analytics.memory import Memory
from analytics.rules.rule import Firing, Rule
from analytics.series import SeriesSpec
from app.sessions.pages import PagedMemory
from app.sessions.session import Change, Opening, TapeStart, Wanted
from feeds.address import FeedAddress
from feeds.clock import Clock
from feeds.consumer import Consumer
from feeds.opening import open_source, reading_for, topic_id
from feeds.reading import Reading
from feeds.source import (
    FeedInfo,
    FeedStatus,
    Reconnecting,
    Reopening,
    Replayable,
    Source,
    Transport,
)
from feeds.stages import Passage

if TYPE_CHECKING:
    from app.recorder import TapeRecorder


class SessionHere:
    """Source, guard, engine and consumer of one feed. Commands take effect between two polls."""

    restarts = 0
    place = "thread"

    def __init__(
        self,
        address: FeedAddress,
        source: Source,
        wanted: Wanted,
        clock: Clock,
        memory: Memory | None = None,
    ) -> None:
        self._address = address
        self._source = source
        self._wanted = wanted
        self._opened_ns = clock.now_ns() if wanted.opened_ns is None else wanted.opened_ns
        self._guard = Guard(wanted.instruments, lateness_ns=address.lateness_ns)
        self._engine = Engine(
            wanted.instruments,
            wanted.series,
            events=self._guard.events,
            memory=memory or PagedMemory(),
            retention=wanted.retention,
            of_symbols=wanted.of_indices,
        )
        self._engine.set_rules(wanted.rules)
        self._series, self._rules = wanted.series, wanted.rules
        self._changes: tuple[Change, ...] = ()
        self._consumer = Consumer(source, self._guard, self._engine, clock=clock)
        self._tape: TapeStart | None = None
        self._recording: str | None = None
        self._recorder: TapeRecorder | None = None
        self._appoint()

    @property
    def address(self) -> FeedAddress:
        """Return what was opened."""
        return self._address

    @property
    def instruments(self) -> InstrumentTable:
        """Return the instruments in force for this feed."""
        return self._wanted.instruments

    @property
    def origin(self) -> FeedAddress:
        """Return an address of the feed that begins at the same tick; any thread."""
        return self._source.origin if isinstance(self._source, Reopening) else self._address

    @property
    def info(self) -> FeedInfo:
        """Return what is known of the feed."""
        return self._source.info

    @property
    def status(self) -> FeedStatus:
        """Return the feed's state, or the fault that ended its consumer; any thread."""
        return self._consumer.status

    @property
    def now_ns(self) -> int:
        """Return market time, ns UTC; any thread."""
        return self._source.now_ns

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far; any thread."""
        return self._guard.counts

    @property
    def lag_ticks(self) -> int:
        """Return how many ticks are published and not yet polled; any thread."""
        return self._source.lag

    @property
    def last_poll_ns(self) -> int:
        """Return the monotonic time at which ticks last came; any thread."""
        return self._consumer.last_poll_ns

    @property
    def firings(self) -> AppendLog[Firing]:
        """Return the log of firings."""
        return self._engine.firings

    @property
    def events(self) -> AppendLog[DataEvent]:
        """Return the log of data events."""
        return self._guard.events

    @property
    def passages(self) -> AppendLog[Passage]:
        """Return when the ticks of each poll passed each stage."""
        return self._consumer.passages

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have ticks, in order of the first; any thread."""
        return self._engine.symbols

    @property
    def settling(self) -> bool:
        """Return whether a seek is being played through; any thread."""
        return self._consumer.settling

    @property
    def finished(self) -> bool:
        """Return whether the feed has ended and every tick of it is taken and computed; any thread."""
        return self._consumer.finished

    @property
    def transport(self) -> Transport | None:
        """Return where the replay stands, or None where the feed is no recording; any thread."""
        return self._source.transport if isinstance(self._source, Replayable) else None

    @property
    def recording(self) -> str | None:
        """Return the tape directory being written, or None."""
        if self._consumer.recorder_fault:
            self._recording = self._recorder = None
        return self._recording

    @property
    def recording_fault(self) -> str:
        """Return why recording stopped by itself, or ``""``."""
        return self._consumer.recorder_fault

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's columns, or None before its first tick; any thread."""
        return self._engine.view(symbol)

    @property
    def views(self) -> Mapping[str, ColumnsView]:
        """Return all columns by symbol; any thread."""
        return self._engine.views

    def call_after_turns(self, told: Callable[[], None]) -> None:
        """Have something called on the consumer's thread after every poll; before `start`."""
        self._consumer.after_turn = told

    def start(self) -> None:
        """Begin to poll."""
        self._consumer.start()

    def refresh(self) -> None:
        """Do nothing: readers see each tick as it is published."""

    @property
    def wanted(self) -> Wanted:
        """Return what opens the same feed again so that it computes the same; any thread."""
        return replace(self._wanted, series=self._series, changes=self._changes, opened_ns=self._opened_ns)

    @property
    def tape(self) -> TapeStart | None:
        """Return the tape that is being written, None where none is; any thread."""
        return None if self._consumer.recorder_fault else self._tape

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return how the rules have changed since the start; any thread."""
        return self._changes

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Put checked rules in force."""
        self._rules = rules

        def obey() -> None:
            self._consumer.keep_all_appointments()  # what is older must not come later
            self._put_in_force(rules)

        self._consumer.post(obey)

    @property
    def is_up_to_date(self) -> bool:
        """Return whether the rules that were set last are in force; any thread."""
        changes = self._changes
        return (changes[-1].rules if changes else self._wanted.rules) == self._rules

    def _appoint(self) -> None:
        """Have rules change, and the tape begin, where they did when the feed was open before."""
        wanted = self._wanted
        due = [(taken, partial(self._put_in_force, rules)) for taken, rules in wanted.changes]
        if wanted.tape is not None:
            due += self._resumed_tape(wanted.tape)
        for taken, command in sorted(due, key=lambda each: each[0]):
            self._consumer.appoint(taken, command)
        if wanted.changes:
            self._rules = wanted.changes[-1].rules

    def _put_in_force(self, rules: tuple[Rule, ...]) -> None:
        """Put rules in force between two ticks, and note between which; the consumer's thread."""
        self._engine.set_rules(rules)
        if self._tape is not None and self._recorder is not None:
            self._recorder.set_rules(rules)
        change = Change(self._consumer.taken, rules)
        before = self._changes
        if (before[-1].rules if before else self._wanted.rules) != rules:
            kept = before[:-1] if before and before[-1].taken == change.taken else before
            self._changes = (*kept, change)

    def add_series(self, spec: SeriesSpec) -> None:
        """Keep one more series."""
        if spec not in self._series:
            self._series = (*self._series, spec)
        both: list[Engine | TapeRecorder] = [self._engine]
        if self._recorder is not None:
            both.append(self._recorder)

        def obey() -> None:
            for each in both:
                each.add_series(spec)

        self._consumer.post(obey)

    def drop_series(self, spec: SeriesSpec) -> None:
        """Keep a series no longer; a tape that is being written goes on with it."""
        self._series = tuple(each for each in self._series if each != spec)
        self._consumer.post(partial(self._engine.drop_series, spec))

    def record(self, directory: str | None) -> None:
        """Write a tape from now on; None ends it. Raises TapeError where it cannot be begun."""
        recorder = None if directory is None else self._recorder_to(directory, self._rules)
        self._consumer.post(lambda: self._begin_tape(directory, recorder))
        self._recording, self._recorder = directory, recorder

    def _recorder_to(self, directory: str, rules: tuple[Rule, ...]) -> TapeRecorder:
        from app.recorder import TapeRecorder  # what is only needed here takes a fifth of a second

        return TapeRecorder(
            Path(directory),
            topic_id=topic_id(self._source, self._opened_ns),
            instruments=self._wanted.instruments,
            series=self._series,
            rules=rules,
            lateness_ns=self._address.lateness_ns,
        )

    def _resumed_tape(self, tape: TapeStart) -> list[tuple[int, partial[None]]]:
        """Return what writes a tape again from where it began; a fault of it is told as that of a recording."""
        directory, taken = tape
        before = [rules for at, rules in self._wanted.changes if at <= taken]
        try:
            recorder = self._recorder_to(directory, before[-1] if before else self._wanted.rules)
        except (TickdeskError, OSError) as error:
            self._consumer.recorder_fault = str(error)
            return []
        self._recording, self._recorder = directory, recorder
        return [(taken, partial(self._begin_tape, directory, recorder))]

    def _begin_tape(self, directory: str | None, recorder: TapeRecorder | None) -> None:
        """Have a tape written between two polls, and note from where on; the consumer's thread."""
        self._consumer.change_recorder(recorder)
        self._tape = None if directory is None else TapeStart(directory, self._consumer.taken)

    def command(self, name: str, *arguments: object) -> None:
        """Have a replay's source obey a command, by name; nothing happens for another feed."""
        if isinstance(self._source, Replayable):
            command = getattr(self._source, name)
            self._consumer.post(lambda: command(*arguments))

    def seek(self, row: int) -> None:
        """Have a replay go to a row."""
        self._consumer.seek(row)

    def try_now(self) -> None:
        """Have a feed that connects again make its next attempt at once."""
        if isinstance(self._source, Reconnecting):
            self._consumer.post(self._source.try_now)

    def stop(self, timeout_s: float | None = None) -> None:
        """Stop, and wait for the thread: so long, or some seconds at most."""
        if timeout_s is None:
            self._consumer.stop()
        else:
            self._consumer.stop(timeout_s)


def open_here(
    address: FeedAddress, wanted: Wanted, opening: Opening, clock: Clock, memory: Memory | None = None
) -> SessionHere:
    """Open a feed for a thread of this process; it is not started yet. Columns lie in `memory`, where it is given.

    Raises what `open_source` does, OpeningCancelled among it.
    """
    reading = _reading(wanted, opening)
    source = open_source(
        address, clock=clock, instruments=wanted.instruments, reading=reading, told=opening.told
    )
    try:
        return SessionHere(address, source, wanted, clock, memory)
    except BaseException:
        source.close()
        raise


def _reading(wanted: Wanted, opening: Opening) -> Reading:
    """Return how files are read for an opening."""
    reading = reading_for(wanted.instruments, wanted.zone)
    return replace(reading, progress=opening.progress, cancelled=opening.cancelled)
