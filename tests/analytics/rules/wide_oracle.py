"""Rules over several symbols, gaps and silence, event by event in fractions and plain loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from analytics.calendar import NO_SESSION
from analytics.rules import (
    Compare,
    Extreme,
    Gap,
    Hidden,
    Move,
    ParsedRule,
    Range,
    Repeat,
    Silence,
    Spike,
    SymbolSeries,
    Unit,
    Watching,
)
from analytics.rules.schedule import instant_ns
from analytics.rules.terms import symbols_of
from analytics.series import SeriesSpec
from analytics.windows import SessionWindow, TickWindow, TimeWindow
from tests.analytics.rules.feed import SECOND, Feed, Tick
from tests.analytics.rules.machines import Band, Level, machines_of

Told = tuple[int, str, int, float, Hidden | None]
"""Place, symbol, row of the feed, value, and why it is hidden."""


class Symbol:
    """What is known of one symbol so far."""

    def __init__(self, feed: Feed, name: str, floats: dict[tuple[str, str], list[float]]) -> None:
        self.name = name
        self.calendar = feed.instruments.calendar_of(name)
        self.bands = feed.instruments[name].bands
        self.scales = feed.scale(name)
        self.floats = floats
        self.price: list[Fraction] = []
        self.size: list[Fraction] = []
        self.time: list[int] = []
        self.session: list[int] = []
        self.feed_row = -1
        self.last_clock: int | None = None
        self.told: set[int] = set()
        self.gap = False

    def take(self, tick: Tick, row: int, clock_ns: int) -> None:
        self.price.append(Fraction(tick.price, 10 ** self.scales[0]))
        self.size.append(Fraction(tick.size, 10 ** self.scales[1]))
        self.time.append(max([tick.ts_ns, *self.time[-1:]]))
        self.session.append(self.calendar.session_bounds(self.time[-1])[0])
        self.feed_row, self.last_clock, self.gap = row, clock_ns, tick.gap
        self.told.clear()

    def exact(self, spec: SeriesSpec) -> Fraction | None:
        if not self.price:
            return None
        if spec.is_column:
            return (self.price if spec.name == "price" else self.size)[-1]
        rows = self.window(spec.window)
        weight = sum(self.size[row] for row in rows)
        return sum(self.price[row] * self.size[row] for row in rows) / weight if weight else None

    def window(self, window) -> list[int]:
        last = len(self.price) - 1
        if isinstance(window, SessionWindow):
            if self.session[last] == NO_SESSION:
                return []
            return [row for row in range(last + 1) if self.session[row] == self.session[last]]
        if isinstance(window, TickWindow):
            return list(range(max(0, last + 1 - window.ticks), last + 1))
        assert isinstance(window, TimeWindow)
        return [row for row in range(last + 1) if self.time[row] > self.time[last] - window.length_ns]

    def value(self, spec: SeriesSpec) -> float:
        if not self.price:
            return math.nan
        if spec.is_column:
            return float((self.price if spec.name == "price" else self.size)[-1])
        return self.floats[self.name, spec.text][len(self.price) - 1]

    def row_before(self, length_ns: int) -> int | None:
        """Return the last row of this session as old as that, or None."""
        rows = [row for row, at in enumerate(self.time) if at <= self.time[-1] - length_ns]
        if not rows or self.session[-1] == NO_SESSION or self.session[rows[-1]] != self.session[-1]:
            return None
        return rows[-1]


class WideOracle:
    """One rule over a feed; `floats` are the values of computed series by symbol and text."""

    def __init__(self, parsed: ParsedRule, feed: Feed, floats: dict[tuple[str, str], list[float]]) -> None:
        self.parsed = parsed
        self.feed = feed
        names = dict.fromkeys(each.symbol for each in feed.events if isinstance(each, Tick))
        watched = names if parsed.watch.symbols is None else parsed.watch.symbols
        named = [each for own in watched for term in parsed.terms for each in symbols_of(term, own)]
        everyone = dict.fromkeys([*names, *watched, *named])
        self.symbols = {name: Symbol(feed, name, floats) for name in everyone}
        together = parsed.watch.how is Watching.ALL
        self.conditions = [
            OneCondition(self, views)
            for views in ([tuple(watched)] if together else [(each,) for each in watched])
        ]

    def firings(self) -> list[Told]:
        found: list[Told] = []
        place, clock_ns = 0, None
        for each in self.feed.events:
            now = each.arrival_ns if isinstance(each, Tick) else each.clock_ns
            clock_ns = now if clock_ns is None else max(clock_ns, now)
            for condition in self.conditions:
                found += condition.pass_time(place, clock_ns)
            if isinstance(each, Tick):
                self.symbols[each.symbol].take(each, place, clock_ns)
                for condition in self.conditions:
                    found += condition.take(place, each)
                place += 1
        return found


class OneCondition:
    def __init__(self, oracle: WideOracle, views: tuple[str, ...]) -> None:
        self.oracle = oracle
        self.views = views
        self.parsed = oracle.parsed
        self.symbols = {each for own in views for term in self.parsed.terms for each in symbols_of(term, own)}
        self.steps = {
            own: [[self.machine(term, own) for term in group] for group in self.parsed.any_of]
            for own in views
        }
        self.silences = [
            (own, term) for own in views for term in self.parsed.terms if isinstance(term, Silence)
        ]
        self.silent: set[tuple[str, int]] = set()
        self.was = False
        self.shown_at: int | None = None
        self.shown_in = None
        self.calendar = oracle.feed.instruments.calendar_of(views[0])

    def pass_time(self, place: int, clock_ns: int) -> list[Told]:
        fresh = []
        for own, term in self.silences:
            symbol = self.oracle.symbols[own]
            if symbol.last_clock is None or term.length_ns in symbol.told:
                continue
            deadline = symbol.last_clock + term.length_ns
            if clock_ns >= deadline:
                symbol.told.add(term.length_ns)
                if symbol.calendar.session_bounds(deadline)[0] != NO_SESSION:
                    self.silent.add((own, term.length_ns))
                    fresh.append((symbol, deadline))
        if not fresh:
            return []
        symbol, deadline = fresh[0]
        return self.judge(place, symbol.name, symbol.feed_row, deadline, None)

    def take(self, place: int, tick: Tick) -> list[Told]:
        self.silent = {each for each in self.silent if each[0] != tick.symbol}
        if tick.symbol not in self.symbols:
            return []
        return self.judge(place, tick.symbol, place, self.oracle.symbols[tick.symbol].time[-1], tick.symbol)

    def judge(self, place: int, name: str, row: int, at_ns: int, ticked: str | None) -> list[Told]:
        first_right = {}
        truths = []
        for own, groups in self.steps.items():
            told = [[step(ticked) for step in group] for group in groups]
            first_right[own] = told[0][0][1]
            truths.append(any([all([each[0] for each in group]) for group in told]))
        now = all(truths)
        terms = self.parsed.terms
        lone = len(terms) == 1 and len(self.views) == 1 and terms[0].op.is_crossing
        fires = now and (lone or not self.was)
        self.was = now
        expires = self.parsed.expires
        if self.parsed.watch.how is Watching.ANY and not self.oracle.symbols[self.views[0]].price:
            return []  # of a group a symbol counts from its first tick on
        if not fires or (expires is not None and at_ns >= instant_ns(expires, self.calendar.zone)):
            return []
        value = first_right[name if name in first_right else self.views[0]]
        return [(place, name, row, value, self.hides(at_ns))]

    def hides(self, at_ns: int) -> Hidden | None:
        parsed, zone = self.parsed, self.calendar.zone
        if parsed.active is not None and not parsed.active.hold(at_ns, zone):
            return Hidden.ACTIVE
        if parsed.snooze_until is not None and at_ns < instant_ns(parsed.snooze_until, zone):
            return Hidden.SNOOZE
        stretch = self.calendar.session_bounds(at_ns)[:2]
        repeat = parsed.rule.repeat
        if self.shown_at is not None:
            if repeat is Repeat.ONCE or (repeat is Repeat.SESSION and stretch == self.shown_in):
                return Hidden.REPEAT
            if parsed.cooldown_ns and at_ns - self.shown_at < parsed.cooldown_ns:
                return Hidden.COOLDOWN
        self.shown_at, self.shown_in = at_ns, stretch
        return None

    def machine(self, term, own: str) -> Callable[[str | None], tuple[bool, float]]:
        symbol = self.oracle.symbols[own]
        if isinstance(term, Gap):
            return lambda ticked: (ticked == own and symbol.gap, math.nan)
        if isinstance(term, Silence):
            return lambda ticked: ((own, term.length_ns) in self.silent, term.length_ns / SECOND)
        if isinstance(term, Move):
            return self.move(term, symbol)
        if isinstance(term, Spike):
            return self.spike(term, symbol)
        if isinstance(term, Extreme):
            return self.extreme(term, symbol)
        return self.compare(term, own)

    def move(self, term: Move, symbol: Symbol):
        state = Level(up=True)

        def step(ticked):
            if not symbol.price:
                return False, math.nan
            row = symbol.row_before(term.window.length_ns)
            if row is None:
                return state.on, math.nan
            base = symbol.price[row]
            state.on = abs(symbol.price[-1] - base) >= term.percent / 100 * base
            return state.on, float(base)

        return step

    def spike(self, term: Spike, symbol: Symbol):
        state = Level(up=True)

        def step(ticked):
            if not symbol.price:
                return False, math.nan
            w, p = term.window.length_ns, term.past.length_ns
            now_ns = symbol.time[-1]
            now = sum(v for v, at in zip(symbol.size, symbol.time, strict=True) if at > now_ns - w)
            past = sum(
                v for v, at in zip(symbol.size, symbol.time, strict=True) if now_ns - w - p < at <= now_ns - w
            )
            if symbol.row_before(w + p) is None or past == 0:
                return state.on, math.nan
            state.on = Fraction(now, w) >= term.times * Fraction(past, p)
            return state.on, float(past / Fraction(p, SECOND))

        return step

    def extreme(self, term: Extreme, symbol: Symbol):
        sign = 1 if term.text == "new session high" else -1
        armed, session, seen = True, NO_SESSION, 0

        def step(ticked):
            nonlocal armed, session, seen
            rows = [row for row, each in enumerate(symbol.session) if each == symbol.session[-1]]
            if not rows or symbol.session[-1] == NO_SESSION:
                return False, math.nan
            earlier = [sign * symbol.price[row] for row in rows[:-1]]
            right = float(sign * max(earlier)) if earlier else math.nan
            if seen == len(symbol.price):
                return False, right
            seen = len(symbol.price)
            if symbol.session[-1] != session:
                session, armed = symbol.session[-1], True
            price = sign * symbol.price[-1]
            fires = bool(earlier) and price > max(earlier) and armed
            top = max([price, *earlier])
            if fires:
                armed = False
            if top - price >= self.hysteresis(symbol, top):
                armed = True
            return fires, right

        return step

    def hysteresis(self, symbol: Symbol, right: Fraction) -> Fraction:
        amount = self.parsed.hysteresis.amount
        unit = self.parsed.hysteresis.unit
        if unit is Unit.PERCENT:
            return amount / 100 * abs(right)
        if unit is Unit.TICKS:
            band = next(each for each in symbol.bands if each.below is None or abs(right) < each.below)
            return amount * band.tick
        return amount

    def compare(self, term: Compare | Range, own: str):
        if isinstance(term, Range):
            band = Band(term.op.value == "enters")

            def step(ticked):
                end = band.step(*self.d(term.left, term.low, own), *self.d(term.left, term.high, own))
                left, low, high = (self.value(side, own) for side in term.sides)
                near = high if abs(left - high) < abs(left - low) else low
                return end is not None, {"low": low, "high": high, None: near}[end]

            return step
        machines = machines_of(term.op.value)

        def step(ticked):
            d, h = self.d(term.left, term.right, own)
            return any([each.step(d, h) for each in machines]), self.value(term.right, own)

        return step

    def side(self, side, own: str) -> tuple[Symbol, SeriesSpec]:
        if isinstance(side, SymbolSeries):
            return self.oracle.symbols[side.symbol], side.spec
        return self.oracle.symbols[own], side

    def value(self, side, own: str) -> float:
        if isinstance(side, Fraction):
            return float(side)
        symbol, spec = self.side(side, own)
        return symbol.value(spec)

    def d(self, left, right, own: str):
        kinds = [side if isinstance(side, Fraction) else self.side(side, own)[1] for side in (left, right)]
        exact = all(isinstance(each, Fraction) or each.is_column or each.name == "vwap" for each in kinds)
        exact &= not all(not isinstance(each, Fraction) and each.name == "vwap" for each in kinds)
        if exact:
            a, b = (side if isinstance(side, Fraction) else self.exact(side, own) for side in (left, right))
        else:
            a, b = self.value(left, own), self.value(right, own)
        if a is None or b is None or math.isnan(a) or math.isnan(b):
            return None, None
        symbol, _ = self.side(left if isinstance(right, Fraction) else right, own)
        h = self.hysteresis(symbol, Fraction(b))
        if not exact and self.parsed.hysteresis.unit is Unit.PERCENT:
            h = float(self.parsed.hysteresis.amount / 100) * abs(b)
        return a - b, h if exact else float(h)

    def exact(self, side, own: str) -> Fraction | None:
        symbol, spec = self.side(side, own)
        return symbol.exact(spec)
