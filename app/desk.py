"""The desk: the only place that builds the parts and wires them, and the window's one way to command them.

Reading goes through append-only things: `view(symbol)`, `firings`, `events`. Commands go into the
consumer's inbox and take effect between two polls. All methods are for the GUI thread; a feed is opened
on a thread of its own, and the one before goes on until the new one is ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from analytics.columns import ColumnsView
from analytics.events import DataEvent, GuardCounts
from analytics.instruments import InstrumentTable
from analytics.log import AppendLog
from analytics.retention import Retention
from analytics.rules import distance
from analytics.rules.rule import Firing, Rule
from analytics.series import SeriesSpec, parse_series
from app.open_feed import OpenFeed
from app.opener import LoadProgress
from app.rulebook import Rulebook
from app.sessions import EngineChoice, Held, Session, Wanted
from app.sessions.held import held_by
from app.sessions.session import INDEX_SERIES
from app.topic_finder import TopicFinder
from app.user_series import load_user_series
from feeds.address import parse_address
from feeds.clock import Clock
from feeds.opening import find_topics
from feeds.source import FeedInfo, FeedState, FeedStatus, Transport
from feeds.stages import Passage

__all__ = ["KEPT_ANYWAY", "WINDOW_SERIES", "Desk", "LoadProgress"]

WINDOW_SERIES = ("vwap(session)", "vwap_upper(session, 2)", "vwap_lower(session, 2)", "vwap(60s)")
"""What the charts draw over the price, kept for every symbol."""
KEPT_ANYWAY = frozenset({*WINDOW_SERIES, *(spec.text for spec in INDEX_SERIES)})
"""What need not be asked for where it has a value: an index has its future's VWAP from its first tick on."""
_NOTHING_OPEN = FeedStatus(FeedState.ENDED, "no feed is open")


class Desk:
    """Feed, consumer, engine and rules of one window.

    `generation` rises whenever the columns start anew (another feed, a backward seek); a reader that
    sees it change forgets what it drew.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        instruments: InstrumentTable,
        alerts_file: Path | None = None,
        series_folder: Path | None = None,
        zone: str | None = None,
        series: tuple[str, ...] = WINDOW_SERIES,
        engine: EngineChoice = EngineChoice.THREAD,
        retention: Retention | None = None,
    ) -> None:
        self._instruments = instruments
        self.series_faults = () if series_folder is None else load_user_series(series_folder)
        """What is wrong with the user's own series, a line each; rules may name those that work."""
        self._clock = clock
        self._rulebook = Rulebook(instruments, alerts_file)
        self._series = self._always = tuple(parse_series(text) for text in series)
        self._zone, self._series_folder = zone, series_folder
        self.retention = retention
        """How much of each symbol is held at most; None holds all of it."""
        self._feed = OpenFeed(clock, engine, self._wanted)
        self._generation = 0
        self._seen = self._feed.columns_anew
        self._frozen: Mapping[str, ColumnsView] | None = None
        self._frame: dict[str, ColumnsView | None] | None = None
        self._no_firings: AppendLog[Firing] = AppendLog()
        self._no_events: AppendLog[DataEvent] = AppendLog()
        self._no_passages: AppendLog[Passage] = AppendLog()

    # What is known

    @property
    def _session(self) -> Session | None:
        return self._feed.session

    def _current(self) -> Session | None:
        """Return the open session, as new as it can be told; within frames, as it was at the frame's begin."""
        if self._frame is None:
            self._feed.refresh()
        return self._feed.session

    def _wanted(self) -> Wanted:
        """Return what a feed is opened with now."""
        return Wanted(
            self._instruments, self._series, self.rules, self._zone, self._series_folder, self.retention
        )

    @property
    def generation(self) -> int:
        """Return a number that rises whenever the columns start anew."""
        self._thaw()
        return self._generation

    @property
    def settling(self) -> bool:
        """Return whether a seek is being played through: firings meanwhile are history, not news."""
        session = self._current()
        return session is not None and session.settling

    @property
    def finished(self) -> bool:
        """Return whether the feed has ended and every tick of it is taken and computed."""
        session = self._current()
        return session is not None and session.finished

    @property
    def instruments(self) -> InstrumentTable:
        """Return the instruments in force: a file may be opened with one calendar for all of them."""
        session = self._current()
        return self._instruments if session is None else session.instruments

    @property
    def info(self) -> FeedInfo | None:
        """Return what is known of the open feed; None where none is open."""
        session = self._current()
        return None if session is None else session.info

    @property
    def address(self) -> str | None:
        """Return the open feed's address."""
        session = self._current()
        return None if session is None else session.address.text

    @property
    def status(self) -> FeedStatus:
        """Return the open feed's state; while the first is opening, or failed to, that."""
        session = self._current()
        if session is not None:
            return session.status
        opening = self._feed.loading
        if opening is not None:
            return opening.status
        return self._feed.fault or _NOTHING_OPEN

    @property
    def open_fault(self) -> FeedStatus | None:
        """Return why the last feed asked for could not be opened, until another is asked for."""
        return self._feed.fault

    @property
    def loading(self) -> LoadProgress | None:
        """Return how far the opening of a feed is, or None."""
        return self._feed.loading

    @property
    def now_ns(self) -> int:
        """Return market time: simulated, replayed or real, ns UTC."""
        session = self._current()
        return self._clock.now_ns() if session is None else session.now_ns

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far."""
        session = self._current()
        return GuardCounts() if session is None else session.counts

    @property
    def lag_ticks(self) -> int:
        """Return how many ticks are published and not yet polled."""
        session = self._current()
        return 0 if session is None else session.lag_ticks

    @property
    def idle_s(self) -> float:
        """Return for how long no tick has come, in seconds of the machine's clock."""
        session = self._current()
        since_ns = 0 if session is None else self._clock.monotonic_ns() - session.last_poll_ns
        return max(0.0, since_ns / 1e9)

    @property
    def firings(self) -> AppendLog[Firing]:
        """Return the log of firings of the open feed."""
        session = self._current()
        return self._no_firings if session is None else session.firings

    @property
    def events(self) -> AppendLog[DataEvent]:
        """Return the log of data events of the open feed."""
        session = self._current()
        return self._no_events if session is None else session.events

    @property
    def passages(self) -> AppendLog[Passage]:
        """Return when the newest ticks passed each stage on their way to the columns."""
        session = self._current()
        return self._no_passages if session is None else session.passages

    @property
    def engine_place(self) -> str:
        """Return where the engine runs: ``thread``, ``process`` with its number, or ``""`` where none does."""
        session = self._current()
        return "" if session is None else session.place

    @property
    def held(self) -> Held:
        """Return how many ticks are held, and what they cost."""
        session = self._current()
        return Held() if session is None else held_by(session.views.values())

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols known beforehand, then others in order of their first tick."""
        session = self._current()
        if session is None:
            return ()
        return tuple(dict.fromkeys((*session.info.symbols, *session.symbols)))

    def begin_frame(self) -> None:
        """From now until the next call, everything is told as it is now, each symbol as when first asked for.

        So everything in one frame of the window shows one moment; who never calls this sees each tick.
        """
        self._frame = {}
        self._feed.refresh()

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's columns, or None before its first tick."""
        self._thaw()
        if self._frame is None:
            return self._view_now(symbol)
        if symbol not in self._frame:
            self._frame[symbol] = self._view_now(symbol)
        return self._frame[symbol]

    def _view_now(self, symbol: str) -> ColumnsView | None:
        if self._frozen is not None:
            return self._frozen.get(symbol)
        session = self._current()
        return None if session is None else session.view(symbol)

    # The feed

    def open(self, address: str) -> None:
        """Open a feed in the background; the one before goes on until the new one is ready.

        Failure shows in `open_fault`. Raises ConfigError at once for a bad address.
        """
        self._feed.open(parse_address(address))

    def cancel_open(self) -> None:
        """Give up opening; the feed before goes on. Where none is opened, give up connecting again."""
        self._feed.cancel()

    def try_now(self) -> None:
        """Have a feed that connects again make its next attempt at once."""
        session = self._session
        if session is not None:
            session.try_now()

    def dismiss_fault(self) -> None:
        """Forget why the last feed could not be opened."""
        self._feed.dismiss_fault()

    def weigh(self, ticks_s: float, late_ms: float) -> None:
        """Take a load: the ticks a second, and how late the window's heart beats at the 99th percentile."""
        self._feed.weigh(ticks_s, late_ms)

    def close(self) -> None:
        """Stop everything and wait for the threads; not for a broker that does not answer an opener."""
        self._feed.close()

    def topic_finder(self) -> TopicFinder:
        """Return what looks up the topics of a broker in the background; to be closed by the caller."""
        return TopicFinder(find_topics)

    # Rules

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules in their order; they are saved at each change."""
        return self._rulebook.rules

    @property
    def rules_fault(self) -> str:
        """Return why the saved rules could not be read, or ``""``; the file is then left alone."""
        return self._rulebook.fault

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Put these rules in force and save them; one that stays equal keeps its state.

        Raises RuleError naming the rule that is wrong, and OSError where they cannot be saved; then those before stay.
        """
        self._rulebook.check(rules)
        self._rulebook.keep(rules)
        self._feed.change(lambda session: session.set_rules(rules))

    def rule_fault(self, rule: Rule) -> str | None:
        """Return why a rule cannot be used, in one line, or None."""
        return self._rulebook.fault_of(rule)

    def distance(self, rule: Rule) -> float | None:
        """Return left minus right of the rule's first term now, in points; None where unknown."""
        view, parsed = self.view(rule.symbol), self._rulebook.parsed(rule)
        return None if view is None or parsed is None else distance(parsed, view, self.view)

    # The transport; nothing happens for a feed without one

    @property
    def transport(self) -> Transport | None:
        """Return where the replay stands, or None where the feed is no recording."""
        session = self._current()
        return None if session is None else session.transport

    def play(self) -> None:
        """Go on; at the end, from the start."""
        transport = self.transport
        if transport is not None and transport.row >= transport.rows:
            self.seek(0)
        self._command("play")

    def pause(self) -> None:
        """Hold the replay."""
        self._command("pause")

    def step(self, ticks: int = 1) -> None:
        """Go on by some ticks, or back by a negative number, and hold there."""
        transport = self.transport
        if transport is None:
            return
        if not transport.paused:
            self._command("pause")
        if ticks > 0:
            self._command("step", ticks)
        else:
            self.seek(transport.row + ticks)

    def set_speed(self, speed: float | None) -> None:
        """Replay at a speed; None is as fast as possible."""
        self._command("set_speed", speed)

    def seek(self, row: int) -> None:
        """Go to a row of the recording, forward or back, with all series as if played through."""
        session, transport = self._session, self.transport
        if session is None or transport is None:
            return
        row = min(max(row, 0), transport.rows)
        if row < transport.row:
            self._frozen = dict(session.views) if self._frozen is None else self._frozen
        session.seek(row)

    def _command(self, name: str, *arguments: object) -> None:
        session = self._session
        if session is not None:
            session.command(name, *arguments)

    def _thaw(self) -> None:
        """Show new columns in place of the old: another feed's, or those that a backward seek has played through."""
        self._current()
        seen = self._feed.columns_anew
        thawed = self._frozen is not None and not self.settling
        if seen != self._seen or thawed:
            self._seen, self._frozen = seen, None
            self._frame = None if self._frame is None else {}
            self._generation += 1

    # Recording

    @property
    def recording(self) -> str | None:
        """Return the tape directory being written, or None."""
        session = self._current()
        return None if session is None else session.recording

    @property
    def recording_fault(self) -> str:
        """Return why recording stopped by itself, or ``""``."""
        session = self._current()
        return "" if session is None else session.recording_fault

    def record(self, directory: str | None) -> None:
        """Write a tape from now on; None ends it. Raises TapeError where it cannot be begun."""
        session = self._session
        if session is not None:
            session.record(directory)

    def keep_series(self, text: str) -> SeriesSpec:
        """Have a series kept for every symbol from now on. Raises ConfigError for a bad text."""
        spec = parse_series(text)
        if spec not in self._series and not spec.is_column:
            self._series = (*self._series, spec)
            self._feed.change(lambda session: session.add_series(spec))
        return spec

    def drop_series(self, text: str) -> None:
        """Have a series kept no longer, unless the desk was made with it or a rule looks at it.

        Raises ConfigError for a bad text.
        """
        spec = parse_series(text)
        if spec in self._series and spec not in self._always:
            self._series = tuple(each for each in self._series if each != spec)
            self._feed.change(lambda session: session.drop_series(spec))
