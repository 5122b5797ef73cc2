"""An open feed whose engine runs in a process of its own: commands go there, news come back, columns are shared.

A process that ends by itself is started anew. It opens the feed where the first one began, so that it computes
the same, and what is shown stays as it was until the new one has come as far.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from analytics.columns import ColumnsView
from analytics.errors import TapeError
from analytics.events import DataEvent, GuardCounts
from analytics.instruments import InstrumentTable
from analytics.log import AppendLog
from analytics.rules.rule import Firing, Rule
from analytics.series import SeriesSpec
from app.sessions.engine_process import START
from app.sessions.mirror import Mirror, Reach
from app.sessions.news import Answer, Message, News, Opened, Refused, Setup
from app.sessions.process import END_S, EngineEnded, EngineProcess
from app.sessions.replay_wish import AS_IT_WAS, ReplayWish
from app.sessions.session import Change, TapeStart
from feeds.address import FeedAddress
from feeds.clock import Clock
from feeds.source import FeedInfo, FeedState, FeedStatus, Transport
from feeds.stages import Passage

PAUSES_S = (0.0, 1.0, 2.0, 5.0)
"""Pauses before the process is started anew; after so many that did not catch up it is given up."""
_NS = 1_000_000_000
LISTEN_S = 0.05
CLOSE_S = 2.0
"""A process with no tape to seal that has not ended by then is killed."""
_ANSWER_S = 10.0
_MOST_MESSAGES = 64
"""News taken in at one refresh at most: after a stall the rest comes with the next frame."""
_SETTLED_NS = 3 * _NS
"""A topic that has lost the past for good is caught up with once nothing of it has come for so long."""


class SessionApart:
    """What the desk has of a feed that another process serves; all for the desk's thread."""

    def __init__(self, setup: Setup, clock: Clock, process: EngineProcess, opened: Opened) -> None:
        self._address = setup.address
        self._setup = setup._replace(address=opened.origin)
        self._rules = setup.wanted.changes[-1].rules if setup.wanted.changes else setup.wanted.rules
        self._clock = clock
        self._process = process
        self._mirror = Mirror(opened.info)
        self._mirror.take(opened.news)
        self._coming: Mirror | None = None  # of a process that was started anew and has not caught up
        self._came_ns = 0
        self._reach = Reach()
        self._attempts = 0
        self._retry_mono_ns: int | None = None
        self._retry_at_ns: int | None = None
        self._cause = ""
        self._given_up = self._stopped = False
        self._seeks = 0
        self._asked = 0  # requests whose answer is awaited
        self._answers: dict[int, str] = {}
        self._recording: str | None = None
        self._replay = ReplayWish()
        self._is_resumed = True
        self.restarts = 0

    # What is known

    @property
    def address(self) -> FeedAddress:
        """Return what was opened."""
        return self._address

    @property
    def instruments(self) -> InstrumentTable:
        """Return the instruments in force for this feed."""
        return self._setup.wanted.instruments

    @property
    def place(self) -> str:
        """Return that a process computes, and its number."""
        return f"process {self._process.number}"

    @property
    def info(self) -> FeedInfo:
        """Return what is known of the feed."""
        return self._mirror.info

    @property
    def status(self) -> FeedStatus:
        """Return the feed's state; while a process is started anew, that."""
        if self._stopped:
            return FeedStatus(FeedState.ENDED, self._mirror.figures.status.cause)
        if self._given_up:
            return FeedStatus(FeedState.FAILED, self._cause)
        if self._is_restarting:
            return FeedStatus(FeedState.RECONNECTING, self._cause, self._attempts, self._retry_at_ns)
        return self._mirror.figures.status

    @property
    def now_ns(self) -> int:
        """Return market time, ns UTC."""
        return self._mirror.figures.now_ns

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far."""
        return self._mirror.figures.counts

    @property
    def lag_ticks(self) -> int:
        """Return how many ticks are published and not yet polled."""
        return self._mirror.figures.lag_ticks

    @property
    def last_poll_ns(self) -> int:
        """Return the monotonic time at which ticks last came."""
        return self._mirror.figures.last_poll_ns or self._clock.monotonic_ns()

    @property
    def firings(self) -> AppendLog[Firing]:
        """Return the log of firings."""
        return self._mirror.firings

    @property
    def events(self) -> AppendLog[DataEvent]:
        """Return the log of data events."""
        return self._mirror.events

    @property
    def passages(self) -> AppendLog[Passage]:
        """Return when the ticks of each poll passed each stage."""
        return self._mirror.passages

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have ticks, in order of the first."""
        return self._mirror.symbols

    @property
    def settling(self) -> bool:
        """Return whether a seek is being played through."""
        if self._stopped or self._given_up:
            return False
        figures = (self._coming or self._mirror).figures
        return self._seeks != figures.seeks or figures.settling

    @property
    def finished(self) -> bool:
        """Return whether the feed has ended and every tick of it is taken and computed."""
        return self._mirror.figures.finished and not self.settling and not self._is_restarting

    @property
    def transport(self) -> Transport | None:
        """Return where the replay stands, or None where the feed is no recording."""
        return self._mirror.transport

    @property
    def recording(self) -> str | None:
        """Return the tape directory being written, or None."""
        return None if self._mirror.figures.recording_fault else self._recording

    @property
    def recording_fault(self) -> str:
        """Return why recording stopped by itself, or ``""``."""
        return self._mirror.figures.recording_fault

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's columns, or None before its first tick."""
        return self._mirror.view(symbol)

    @property
    def views(self) -> Mapping[str, ColumnsView]:
        """Return all columns by symbol."""
        return self._mirror.views

    # Commands

    def start(self) -> None:
        """Begin to poll."""
        self._process.send(START)

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Put checked rules in force; while a process catches up, once it has."""
        self._rules = rules
        if not self._is_restarting:
            self._process.send("set_rules", rules)

    def add_series(self, spec: SeriesSpec) -> None:
        """Keep one more series."""
        wanted = self._setup.wanted
        if spec not in wanted.series:
            self._setup = self._setup._replace(wanted=replace(wanted, series=(*wanted.series, spec)))
        if not self._is_restarting:
            self._process.send("add_series", spec)

    def drop_series(self, spec: SeriesSpec) -> None:
        """Keep a series no longer."""
        wanted = self._setup.wanted
        series = tuple(each for each in wanted.series if each != spec)
        self._setup = self._setup._replace(wanted=replace(wanted, series=series))
        if not self._is_restarting:
            self._process.send("drop_series", spec)

    def record(self, directory: str | None) -> None:
        """Write a tape from now on; None ends it. Raises TapeError where it cannot be begun."""
        if self._is_restarting:
            raise TapeError("the engine's process is started anew; record again once it has caught up")
        fault = self._ask("record", directory)
        if fault:
            raise TapeError(fault)
        self._recording = directory

    def command(self, name: str, *arguments: object) -> None:
        """Have a replay's source obey a command, by name; nothing happens for another feed."""
        self._replay.note(name, arguments)
        if self._is_resumed:
            self._process.send("command", name, *arguments)

    def seek(self, row: int) -> None:
        """Have a replay go to a row."""
        self._replay.row = row
        if self._is_resumed:
            self._seeks += 1
            self._process.send("seek", row)

    def try_now(self) -> None:
        """Have a feed that connects again, or a process that is to be started anew, do so at once."""
        if self._retry_mono_ns is not None:
            self._retry_mono_ns = self._clock.monotonic_ns()
        else:
            self._process.send("try_now")

    def stop(self, timeout_s: float | None = None) -> None:
        """End the process and wait for it: so long, or some seconds at most."""
        self._stopped = True
        if timeout_s is None:
            self._process.end(END_S if self._recording else CLOSE_S)
        else:  # nobody waits: it may be in the middle of connecting
            threading.Thread(target=self._process.end, args=(CLOSE_S,), name="tickdesk-ending").start()

    def follow(self, before: Reach, firings: AppendLog[Firing]) -> None:
        """Take the place of another engine, whose firings are told up to where it had come; before `start`."""
        self._mirror.follow(before, firings)

    def has_come(self, far: Reach) -> bool:
        """Return whether this engine has come as far as another."""
        return self._mirror.has_come(far)

    # News

    def refresh(self) -> None:
        """Take in what is new, and start a process that is gone anew."""
        if self._stopped or self._given_up:
            return
        if self._retry_mono_ns is not None:
            if self._clock.monotonic_ns() < self._retry_mono_ns:
                return
            self._start_anew()
        try:
            for _ in range(_MOST_MESSAGES):
                message = self._process.receive()
                if message is None:
                    break
                self._take(message)
                if self._given_up or self._retry_mono_ns is not None:
                    return
        except EngineEnded as error:
            self._lose(f"the engine's process ended ({error})")
        except OSError as error:
            self._process.kill()
            self._lose(f"the engine's columns cannot be read ({error})")
        self._promote()

    def _take(self, message: Message) -> None:
        if isinstance(message, News):
            self._take_news(message)
        elif isinstance(message, Opened):
            self._resume(message)
        elif isinstance(message, Answer):
            self._answers[message.number] = message.fault
        elif isinstance(message, Refused):
            self._process.kill()
            self._lose(f"the engine's process could not open the feed: {message.cause}")

    def _take_news(self, news: News) -> None:
        (self._coming or self._mirror).take(news)
        if self._mirror.transport is not None and not self.settling:
            self._replay.row = None

    def _promote(self) -> None:
        """Show the columns of a new process once it has come as far, or has played its seek through."""
        coming = self._coming
        if coming is None or not self._is_resumed or self.settling:
            return
        figures = coming.figures
        quiet_ns = self._clock.monotonic_ns() - max(self._came_ns, figures.last_poll_ns)
        lost_past = figures.lag_ticks == 0 and quiet_ns > _SETTLED_NS
        if coming.transport is None and not coming.has_come(self._reach) and not lost_past:
            return
        self._mirror, self._coming = coming, None
        self._attempts = 0
        self.restarts += 1
        for spec in self._setup.wanted.series:  # what was changed meanwhile
            self.add_series(spec)
        self.set_rules(self._rules)

    # Starting anew

    @property
    def _is_restarting(self) -> bool:
        return self._coming is not None or self._retry_mono_ns is not None

    def _lose(self, cause: str) -> None:
        """Note that the process is gone, and when the next is started."""
        if not self._is_restarting:
            self._reach = Reach()
            self._keep_changes()
            self._keep_tape()
        for mirror in (self._mirror, self._coming):
            if mirror is not None:
                self._reach = self._reach.and_as_far_as(mirror.reach)
        self._coming, self._is_resumed = None, False
        self._cause = cause
        if self._attempts >= len(PAUSES_S):
            self._given_up = True
            self._cause = f"{cause}, {self._attempts + 1} times over; open the feed again"
            self._retry_mono_ns = None
            return
        pause_ns = round(PAUSES_S[self._attempts] * _NS)
        self._attempts += 1
        self._retry_mono_ns = self._clock.monotonic_ns() + pause_ns
        self._retry_at_ns = self._clock.now_ns() + pause_ns if pause_ns else None

    def _keep_changes(self) -> None:
        """Have the next process change the rules where this one did; a replay is played through with those of now."""
        wanted, changes = self._setup.wanted, self._mirror.changes
        if self._mirror.transport is not None:
            self._setup = self._setup._replace(wanted=replace(wanted, rules=self._rules, changes=()))
            return
        last = changes[-1].rules if changes else wanted.rules
        if last != self._rules:
            changes = (*changes, Change(self.counts.sent, self._rules))
        self._setup = self._setup._replace(wanted=replace(wanted, changes=changes))

    def _keep_tape(self) -> None:
        """Have the next process write the tape from where it began: what this one wrote last may be lost.

        That of a replay goes on from the row where it is resumed.
        """
        tape = self._mirror.figures.tape
        if tape is None or tape.directory != self._recording:
            tape = None if self.recording is None else TapeStart(str(self._recording), self.counts.sent)
        if self.recording is None or self._mirror.transport is not None:
            tape = None
        self._setup = self._setup._replace(wanted=replace(self._setup.wanted, tape=tape))

    def _start_anew(self) -> None:
        self._retry_mono_ns = self._retry_at_ns = None
        self._coming = Mirror(self._mirror.info, self._mirror.firings, self._reach)
        self._seeks = 0
        self._came_ns = self._clock.monotonic_ns()
        try:
            self._process = EngineProcess(self._setup)
        except OSError as error:
            self._lose(f"the engine's process cannot be started ({error})")

    def _resume(self, opened: Opened) -> None:
        """Have a new process go on where the one before stood."""
        self._setup = self._setup._replace(address=opened.origin)
        if self._coming is not None:
            self._coming.take(opened.news)
        transport = self._mirror.transport
        self._came_ns = self._clock.monotonic_ns()
        self._is_resumed = True
        if transport is not None:
            wanted = self._replay
            self.command("set_speed", transport.speed if wanted.speed is AS_IT_WAS else wanted.speed)
            paused = transport.paused if wanted.paused is None else wanted.paused
            self.command("pause" if paused else "play")
            self.seek(transport.row if wanted.row is None else wanted.row)
            if self.recording is not None:
                self._process.send("record", self._recording)
        self.start()

    def _ask(self, name: str, *arguments: object) -> str:
        """Ask for something and wait for what comes of it; return why it cannot be, or ``""``."""
        self._asked += 1
        number = self._asked
        self._process.send(name, *arguments, awaited=number)
        until_ns = self._clock.monotonic_ns() + round(_ANSWER_S * _NS)
        while number not in self._answers:
            if self._is_restarting or self._given_up or self._clock.monotonic_ns() > until_ns:
                return self._cause or "the engine's process did not answer"
            try:
                message = self._process.receive(LISTEN_S)
            except EngineEnded as error:
                self._lose(f"the engine's process ended ({error})")
                continue
            if message is not None:
                self._take(message)
        return self._answers.pop(number)
