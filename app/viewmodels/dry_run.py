"""The dry run beside the editor: a rule tried a moment after it was last changed, and its outcome in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from analytics.calendar import Calendar
from analytics.columns import ColumnsView
from analytics.errors import TickdeskError
from analytics.rules.rule import Hidden, Rule
from analytics.ticks import NO_TIME
from app.desk import Desk
from app.dry_run import DryRunner, Moment, Outcome, Trial, symbols_for
from app.formatting import date_text, time_text
from app.viewmodels.quotes import Quotes
from app.viewmodels.snooze import leading_symbol
from app.viewmodels.term_words import miss_text, missed_lines

PAUSE_MS, LOOK_MS = 300, 40
MOST_LISTED = 200
"""Firings that are listed and marked one by one, the newest."""
_PATH_POINTS = 240
_FIRSTS_WHOLE, _MOST_AGAIN = 2, 3
_NS = 1_000_000_000
_HIDDEN_WORDS = {
    Hidden.ACTIVE: "outside active hours",
    Hidden.SNOOZE: "snoozed",
    Hidden.REPEAT: "past repeat",
    Hidden.COOLDOWN: "in cool-down",
}


@dataclass(frozen=True, slots=True)
class DryMark:
    """One tick to look at: a firing, or the nearest miss. `time` is HH:MM:SS, with the date where it is another day."""

    symbol: str
    ts_ns: int
    time: str
    price: str
    is_miss: bool = False


@dataclass(frozen=True, slots=True)
class DryFace:
    """What the dry run says now.

    `headline` is one line, `details` more of them; `part` is how much is done, 1 at the end. `marks` are the newest
    first. The timeline reaches over `span_ns`, with the price at some instants of it in `path`, each (ns, price).
    """

    headline: str = ""
    details: tuple[str, ...] = ()
    part: float = 1.0
    marks: tuple[DryMark, ...] = ()
    span_ns: tuple[int, int] = (0, 0)
    path: tuple[tuple[int, float], ...] = ()
    refused: bool = False


class DryRunModel(QObject):
    """Tries the rule that it was last given once PAUSE_MS have passed without another. `changed` tells of news."""

    changed = Signal()

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.face = DryFace()
        """What is to be shown now."""
        self._desk, self._quotes = desk, quotes
        self._runner = DryRunner()
        self._rule: Rule | None = None
        self._views: dict[str, ColumnsView] = {}
        self._firsts: dict[str, list[int]] = {}  # by symbol the first rows held since the trial began
        self._generation = desk.generation
        self._again = 0
        self._day_ns = NO_TIME
        self._shown: Outcome | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._begin)
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._poll)

    def try_rule(self, rule: Rule | None, *, at_once: bool = False) -> None:
        """Have a rule tried soon; None, a rule that is wrong, ends what is under way and says nothing."""
        if rule is not None and self._rule is not None and _same_meaning(rule, self._rule):
            self._rule = rule
            return
        self._rule, self._again = rule, 0
        self._runner.cancel()
        self._look.stop()
        if rule is None:
            self._pause.stop()
            self._show(DryFace())
        elif at_once:
            self._begin()
        else:
            self._pause.start()

    def close(self) -> None:
        """End what is under way and wait for it."""
        self._pause.stop()
        self._look.stop()
        self._runner.close()
        self._views = {}

    @property
    def zone_symbol(self) -> str:
        """Return the symbol whose calendar tells the times."""
        leading = "" if self._rule is None else leading_symbol(self._rule.symbol)
        return leading or next(iter(self._desk.symbols), "")

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which times are told."""
        return self._calendar().zone

    def _calendar(self) -> Calendar:
        return self._quotes.calendar(self.zone_symbol)

    def _begin(self) -> None:
        self._pause.stop()
        rule = self._rule
        if rule is None:
            return
        try:
            names = symbols_for(rule, self._desk.instruments, self._desk.symbols)
        except TickdeskError as error:
            self._show(DryFace(str(error), refused=True))
            return
        self._views = {name: view for name in names if (view := self._desk.view(name)) is not None}
        self._firsts = {name: [view.first] for name, view in self._views.items()}
        self._generation = self._desk.generation
        self._day_ns = self._day_start_ns()
        self._shown = None
        trial = Trial(rule, self._views, self._desk.instruments, self._day_ns, self._desk.now_ns)
        self._runner.try_rule(trial)
        self._look.start()
        self._show(DryFace("Trying it on the ticks held…", part=0.0))

    def _day_start_ns(self) -> int:
        """Return the midnight before the newest tick."""
        newest = [int(view.time_ns[view.count - 1]) for view in self._views.values() if view.count]
        if not newest:
            return NO_TIME
        zone = self._calendar().zone
        day = datetime.fromtimestamp(max(newest) // _NS, zone).date()
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * _NS

    def _poll(self) -> None:
        outcome = self._runner.outcome
        if outcome is None or outcome is self._shown:
            return
        if self._lost_ticks() and self._again < _MOST_AGAIN:
            self._again += 1
            self._begin()
            return
        self._shown = outcome
        if outcome.finished:
            self._look.stop()
            self._show(self._face(outcome))
            self._views = {}
        else:
            self._show(
                DryFace(f"Trying it on the ticks held… {outcome.part:.0%}", part=min(outcome.part, 0.99))
            )

    def _lost_ticks(self) -> bool:
        """Return whether ticks that are being tried may be gone: another feed is open, or columns let go of them.

        What columns let go of is there until they let go of more.
        """
        for name, firsts in self._firsts.items():
            view = self._desk.view(name)
            if view is not None and view.first != firsts[-1]:
                firsts.append(view.first)
        gone = any(len(firsts) > _FIRSTS_WHOLE for firsts in self._firsts.values())
        return gone or self._desk.generation != self._generation

    def _show(self, face: DryFace) -> None:
        if face != self.face:
            self.face = face
            self.changed.emit()

    def _face(self, outcome: Outcome) -> DryFace:
        if outcome.refused:
            return DryFace(f"Cannot be tried: {outcome.refused}", refused=True)
        shown = [moment for moment in outcome.moments if moment.shown][-MOST_LISTED:]
        marks = tuple(self._mark(moment) for moment in reversed(shown))
        if outcome.miss is not None and outcome.today == 0:
            miss = Moment(outcome.miss.symbol, 0, outcome.miss.ts_ns, outcome.miss.price, None)
            marks = (self._mark(miss, is_miss=True), *marks)
        first_ns = max(outcome.first_ns, self._day_ns)
        span = first_ns, max(outcome.last_ns, first_ns + 1)
        return DryFace(
            self._headline(outcome),
            tuple(self._details(outcome)),
            marks=marks,
            span_ns=span,
            path=self._path(*span),
        )

    def _day_word(self) -> str:
        zone = self._calendar().zone
        day = date_text(self._day_ns, zone)
        return "today" if day == date_text(self._desk.now_ns, zone) else f"on {_day_text(day)}"

    def _headline(self, outcome: Outcome) -> str:
        day = self._day_word()
        if outcome.today:
            count = f"{outcome.today:,} times" if outcome.today > 2 else ("once", "twice")[outcome.today - 1]
            return f"Would have fired {count} {day}"
        if outcome.hidden:
            return f"Would have shown nothing {day}"
        if outcome.miss is None:
            return f"Never {day}; no tick came near it"
        at = time_text(outcome.miss.ts_ns, self.zone)
        near = miss_text(outcome.miss, self._quotes.style(outcome.miss.symbol))
        if not near:
            return f"Never {day}: true already at {at}, and not anew"
        return f"Never {day}; nearest: {near} at {at}"

    def _details(self, outcome: Outcome) -> list[str]:
        found = []
        if outcome.miss is not None and not outcome.today and not outcome.hidden:
            found += [
                f"{text}: {told}"
                for text, told in missed_lines(outcome.miss.terms, self._quotes.style(outcome.miss.symbol))
            ]
        if outcome.hidden:
            parts = [f"{count:,} {_HIDDEN_WORDS[why]}" for why, count in outcome.hidden.items()]
            found.append(f"hidden: {', '.join(parts)}")
        first_ns, zone = outcome.first_ns, self.zone
        if outcome.shown > outcome.today:
            since = f"{_day_text(date_text(first_ns, zone))} {time_text(first_ns, zone)}"
            found.append(f"{outcome.shown:,} times since {since}")
        if outcome.cut:
            found.append(f"since {time_text(first_ns, zone)}, older ticks are no longer held")
        return [*found, *outcome.notes]

    def _mark(self, moment: Moment, *, is_miss: bool = False) -> DryMark:
        zone = self._quotes.calendar(moment.symbol).zone
        time = time_text(moment.ts_ns, zone)
        if moment.ts_ns < self._day_ns:
            time = f"{_day_text(date_text(moment.ts_ns, zone))} {time}"
        price = self._quotes.style(moment.symbol).price(moment.price)
        return DryMark(moment.symbol, moment.ts_ns, time, price, is_miss)

    def _path(self, start_ns: int, stop_ns: int) -> tuple[tuple[int, float], ...]:
        """Return the price of the rule's first symbol at instants of a span: enough for a line of a few fingers' width."""
        view = None if self._rule is None else self._views.get(leading_symbol(self._rule.symbol))
        if view is None:
            return ()
        held = view.time_ns[view.first : view.count]
        at_ns = np.linspace(start_ns, stop_ns, _PATH_POINTS).astype(np.int64)
        rows = held.searchsorted(at_ns, side="right") - 1
        told = rows >= 0
        rows = rows[told] + view.first
        prices = view.price[rows] / 10.0**view.price_scale
        return tuple(zip(at_ns[told].tolist(), prices.tolist(), strict=True))


def _same_meaning(rule: Rule, other: Rule) -> bool:
    """Return whether two rules fire alike: name, switch and snooze make no difference."""
    keys = ("symbol", "when", "hysteresis", "repeat", "cooldown", "expires", "active")
    return all(getattr(rule, key) == getattr(other, key) for key in keys)


def _day_text(day: str) -> str:
    """Return a date as a person says it: ``20 Nov``."""
    return f"{datetime.fromisoformat(day):%d %b}".lstrip("0")
