"""A rule tried on the ticks that are held: what it would have done, had it been in force from the first of them.

A fresh engine is fed what the columns of the rule's symbols hold. For a rule of one symbol, and one over ANY of several,
the firings are those that a rule armed at the first tick would have had live, tick for tick, shown and hidden alike.
A rule that looks at several symbols at once may differ where ticks of two symbols came in another order than
their times say; one that waits for silence goes here by the ticks' own time, live by that of their arrival; both are told
in `Outcome.notes`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from analytics.columns import ColumnsView
from analytics.engine import Engine
from analytics.errors import TickdeskError
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules import Gap, ParsedRule, Silence, SymbolSeries, Watching, parse_rule
from analytics.rules.misses import Miss, MissSeeker
from analytics.rules.rule import Firing, Hidden, Rule
from analytics.rules.terms import Extreme, Move, Spike
from analytics.series import SeriesSpec, wide_calculator
from analytics.ticks import NO_TIME
from analytics.windows import AnchoredWindow, SessionWindow
from app.held_ticks import HeldPart, HeldTicks

MOST_MOMENTS = 20_000
"""Firings that are told one by one, the newest; all are counted."""
_FOREVER_NS = 2**63 - 1
_LEAST_TICKS, _LEAST_OF_SYMBOL, _MOST_TICKS = 1_024, 160, 16_384
_BRISK_NS, _SLOW_NS = 5_000_000, 12_000_000
_MOST_PAUSE_NS = 25_000_000
_MERGED = "ticks of several symbols are taken in the order of their times; live, as they came"
_JOIN_S = 0.5
_BROKE_OFF = "trying it broke off for a reason of our own; the log tells it"
_log = logging.getLogger(__name__)
_BY_TICK_TIME = "silence is measured by the ticks' own time; live, by their arrival"


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be tried: a rule, on the columns of the symbols that it looks at.

    `views` are those that have ticks, by symbol. Firings from `day_ns` on are today's; time passes until `now_ns`.
    """

    rule: Rule
    views: Mapping[str, ColumnsView]
    instruments: InstrumentTable
    day_ns: int = NO_TIME
    now_ns: int = NO_TIME


class Moment(NamedTuple):
    """One firing: the tick's row in its symbol's columns, its time as received, and why it was hidden, if it was.

    Of a silence the row and price are those of the tick before it, the time its deadline.
    """

    symbol: str
    row: int
    ts_ns: int
    price: float
    hidden: Hidden | None

    @property
    def shown(self) -> bool:
        """Return whether a person would have seen it."""
        return self.hidden is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial stands, or ended.

    `shown` and `today` count firings that a person would have seen, `today` those of the day; `hidden` counts the
    others of the day by why. `miss` is the nearest miss of the day, where nothing fired in it. Ticks from `first_ns` to `last_ns`
    were looked at; `cut` says that older ones are no longer held. `notes` say what may be otherwise live, `refused` why
    the rule could not be tried.
    """

    rule: Rule
    part: float = 0.0
    finished: bool = False
    moments: tuple[Moment, ...] = ()
    shown: int = 0
    today: int = 0
    hidden: Mapping[Hidden, int] = field(default_factory=dict)
    miss: Miss | None = None
    first_ns: int = NO_TIME
    last_ns: int = NO_TIME
    cut: bool = False
    notes: tuple[str, ...] = ()
    refused: str = ""


def symbols_for(rule: Rule, instruments: InstrumentTable, known: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols whose ticks a rule looks at, its own first. Raises RuleError for a rule that is wrong."""
    parsed = parse_rule(rule)
    own = tuple(known) if parsed.watch.symbols is None else parsed.watch.symbols
    found = dict.fromkeys((*own, *parsed.named_series))
    for symbol in (*own, *parsed.named_series):
        specs = parsed.series if symbol in own else ()
        for spec in (*specs, *parsed.named_series.get(symbol, ())):
            wide = wide_calculator(spec)
            if wide is not None:
                found.update(dict.fromkeys(wide.needs(symbol, instruments)))
    return tuple(found)


def run(
    trial: Trial,
    tell: Callable[[Outcome], None] = lambda _: None,
    pause: Callable[[float], bool] = lambda _: False,
) -> Outcome:
    """Return what came of a trial.

    It goes in slices of some milliseconds, told to `tell` one by one; between two of them `pause` is asked for as
    many seconds as the slice took, so that others get the other half, and returns True to end it there.
    """
    rule = replace(trial.rule.core, enabled=True)
    try:
        parsed = parse_rule(rule)
        parts = {
            symbol: HeldPart(view, _start(view, parsed)) for symbol, view in trial.views.items() if view.count
        }
        refused = _refusal(parsed, parts)
        if refused:
            return Outcome(trial.rule, 1.0, finished=True, refused=refused)
        return _Run(trial, rule, parsed, parts).go(tell, pause)
    except TickdeskError as error:
        return Outcome(trial.rule, 1.0, finished=True, refused=str(error))


class _Run:
    """One trial under way."""

    def __init__(self, trial: Trial, rule: Rule, parsed: ParsedRule, parts: Mapping[str, HeldPart]) -> None:
        self._trial, self._parsed, self._parts = trial, parsed, parts
        self._ticks = HeldTicks(parts)
        self._engine = Engine(trial.instruments)
        self._engine.set_rules((rule,))
        self._seeker: MissSeeker | None = None
        if not all(isinstance(term, Gap) for term in parsed.terms):  # a gap is there or it is not
            self._seeker = MissSeeker(parsed, trial.instruments, trial.day_ns, _FOREVER_NS)
        self._engine.witness = self
        self._moments: list[Moment] = []
        self._shown = self._today = 0
        self._hidden: Counter[Hidden] = Counter()
        self._notes = _notes(parsed, parts)

    def see(self, frame: Frame, firings: Sequence[Firing]) -> None:
        """Seek the nearest miss as long as nothing has fired today."""
        if any(firing.ts_ns >= self._trial.day_ns for firing in firings):
            self._seeker = None
        if self._seeker is not None:
            try:
                self._seeker.see(frame)
            except TickdeskError:  # of every symbol of the feed, one may have no grid
                self._seeker = None

    def forget(self) -> None:
        """Nothing is asked to begin anew here."""

    def go(self, tell: Callable[[Outcome], None], pause: Callable[[float], bool]) -> Outcome:
        """Go through all ticks, or until `pause` says that this is enough."""
        # Each symbol of a slice costs its own, however few of its ticks are in it.
        least = min(max(_LEAST_TICKS, _LEAST_OF_SYMBOL * len(self._parts)), _MOST_TICKS)
        most = least
        while True:
            since_ns = time.perf_counter_ns()
            batch = self._ticks.next_batch(most)
            if batch is None:
                break
            self._take(self._engine.take(batch))
            tell(self._outcome())
            took_ns = time.perf_counter_ns() - since_ns
            if took_ns > _SLOW_NS:
                most = max(most // 2, least)
            elif took_ns < _BRISK_NS:
                most = min(2 * most, _MOST_TICKS)
            if pause(min(took_ns, _MOST_PAUSE_NS) / 1e9):
                return self._outcome()
        if self._trial.now_ns != NO_TIME and any(isinstance(term, Silence) for term in self._parsed.terms):
            self._take(self._engine.take(self._ticks.silence(self._trial.now_ns)))
        return replace(self._outcome(whole=True), finished=True)

    def _take(self, firings: Sequence[Firing]) -> None:
        for firing in firings:
            today = firing.ts_ns >= self._trial.day_ns
            if firing.shown:
                self._shown += 1
                self._today += today
            elif today:
                self._hidden[firing.hidden or Hidden.COOLDOWN] += 1
            part = self._parts[firing.symbol]
            row = firing.at + part.start
            ts_ns = firing.ts_ns if firing.silent else int(part.view.ts_ns[row])
            hidden = None if firing.shown else (firing.hidden or Hidden.COOLDOWN)
            self._moments.append(Moment(firing.symbol, row, ts_ns, firing.price, hidden))
        if len(self._moments) >= 2 * MOST_MOMENTS:
            del self._moments[:-MOST_MOMENTS]

    def _outcome(self, *, whole: bool = False) -> Outcome:
        views = [part for part in self._parts.values() if part.rows]
        return Outcome(
            rule=self._trial.rule,
            part=self._ticks.given / max(self._ticks.rows, 1),
            moments=tuple(self._moments[-MOST_MOMENTS:]) if whole else (),
            shown=self._shown,
            today=self._today,
            hidden=dict(self._hidden),
            miss=None if self._seeker is None else self._seeker.best,
            first_ns=min(int(part.view.time_ns[part.start]) for part in views),
            last_ns=max(int(part.view.time_ns[part.view.count - 1]) for part in views),
            cut=any(part.start > 0 for part in views),
            notes=self._notes,
        )


def _start(view: ColumnsView, parsed: ParsedRule) -> int:
    """Return the first row to look at.

    Where older rows are gone, a rule that looks at the session as a whole begins with the first session that is
    held whole, where there is one.
    """
    if view.first == 0 or not _looks_at_session(parsed):
        return view.first
    rows = view.sessions()
    at = int(rows.searchsorted(view.first))
    return int(rows[at]) if at < len(rows) else view.first


def _looks_at_session(parsed: ParsedRule) -> bool:
    if any(isinstance(term, Extreme | Move | Spike) for term in parsed.terms):
        return True
    return any(isinstance(spec.window, SessionWindow) for spec in _specs(parsed))


def _specs(parsed: ParsedRule) -> list[SeriesSpec]:
    return [*parsed.series, *(spec for specs in parsed.named_series.values() for spec in specs)]


def _refusal(parsed: ParsedRule, parts: Mapping[str, HeldPart]) -> str:
    """Return why a rule cannot be tried, or an empty text."""
    own = parsed.watch.symbols
    if not parts or (own is not None and not any(symbol in parts for symbol in own)):
        return f"{'the feed' if own is None else ', '.join(own)} has no ticks yet"
    if any(part.start for part in parts.values()):
        for spec in _specs(parsed):
            if isinstance(spec.window, AnchoredWindow) and isinstance(spec.window.anchor, int):
                return f"{spec.text} counts from the first tick, and older ticks are no longer held"
    return ""


def _notes(parsed: ParsedRule, parts: Mapping[str, HeldPart]) -> tuple[str, ...]:
    """Return what may be otherwise live."""
    found = []
    several = parsed.watch.how is Watching.ALL or any(
        wide_calculator(spec) is not None for spec in _specs(parsed)
    )
    named = any(isinstance(side, SymbolSeries) for term in parsed.terms for side in term.sides)
    if several or named:
        found.append(_MERGED)
    if any(isinstance(term, Silence) for term in parsed.terms):
        found.append(_BY_TICK_TIME)
    reaches_back = any(isinstance(spec.window, SessionWindow | AnchoredWindow) for spec in _specs(parsed))
    if reaches_back and any(part.start == part.view.first > 0 for part in parts.values()):
        found.append("series that reach further back begin there too")
    missing = [
        symbol for symbol in (*(parsed.watch.symbols or ()), *parsed.named_series) if symbol not in parts
    ]
    if missing:
        found.append(f"{', '.join(missing)}: no ticks yet")
    return tuple(found)


class DryRunner:
    """Tries rules on the thread ``tickdesk-dry-run``, one at a time; a newer one supersedes the one before.

    `outcome` is read by polling. All methods are for one thread, the one that made the runner. The thread ends once
    nothing is left to try.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: Trial | None = None
        self._over = threading.Event()  # the trial under way is wanted no longer
        self._thread: threading.Thread | None = None
        self._running = False
        self._outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        """Return the last trial as it stands now; None before the first, and after a cancel."""
        return self._outcome

    @property
    def busy(self) -> bool:
        """Return whether a trial is under way."""
        with self._lock:
            return self._running

    def try_rule(self, trial: Trial) -> None:
        """Try a rule; what was tried before ends within a slice, and nobody hears of it."""
        with self._lock:
            self._over.set()
            self._over = threading.Event()
            self._wanted, self._outcome = trial, Outcome(trial.rule)
            if self._running:
                return
            self._running = True
        self._thread = threading.Thread(target=self._work, name="tickdesk-dry-run", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Try nothing any more; what is under way ends within a slice."""
        with self._lock:
            self._over.set()
            self._wanted = self._outcome = None

    def close(self) -> None:
        """Cancel, and wait for the thread; it ends within a slice, which is soon."""
        self.cancel()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_JOIN_S)

    def _work(self) -> None:
        while True:
            with self._lock:
                trial, self._wanted = self._wanted, None
                over = self._over
                if trial is None:
                    self._running = False
                    return
            self._put(self._run(trial, over), over)

    def _run(self, trial: Trial, over: threading.Event) -> Outcome:
        try:
            return run(trial, lambda outcome: self._put(outcome, over), over.wait)
        except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for an outcome for ever
            _log.exception("trying %r broke off", trial.rule.when)
            return Outcome(trial.rule, 1.0, finished=True, refused=_BROKE_OFF)

    def _put(self, outcome: Outcome, over: threading.Event) -> None:
        with self._lock:
            if not over.is_set():
                self._outcome = outcome
