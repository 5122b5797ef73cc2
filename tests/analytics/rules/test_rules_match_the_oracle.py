"""The rules by the letter, tick by tick in fractions, against the vectorised ones, wherever spans end."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, NO_SESSION, NSE
from analytics.instruments import TickBand
from analytics.rules import Move, ParsedRule, Range, Repeat, Rule, Unit, parse_rule
from analytics.series import SeriesSpec
from analytics.windows import SessionWindow, TickWindow, TimeWindow
from tests.analytics.rules.machines import Band, Level, machines_of

SECOND = 1_000_000_000


class Oracle:
    """One rule over a market, with the float64 values of all series given by text."""

    def __init__(self, parsed: ParsedRule, market, floats: dict[str, list[float]]) -> None:
        self.parsed = parsed
        self.bands: tuple[TickBand, ...] = market.bands
        self.floats = floats
        self.ticks = market.ticks
        self.scales = {"price": market.price_scale, "size": market.size_scale}
        self.price = [Fraction(tick.price, 10**market.price_scale) for tick in market.ticks]
        self.size = [Fraction(tick.size, 10**market.size_scale) for tick in market.ticks]
        self.time = [max(tick.ts_ns for tick in market.ticks[: k + 1]) for k in range(len(market.ticks))]
        self.session = [_session(market.calendar, at) for at in self.time]

    def firings(self) -> list[tuple[int, float, bool]]:
        machines = {id(term): self._machine(term) for term in self.parsed.terms}
        found: list[tuple[int, float, bool]] = []
        lone_crossing = len(self.parsed.terms) == 1 and self.parsed.terms[0].op.is_crossing
        was = False
        shown_at, shown_in = None, None
        stretch = 0
        for k in range(len(self.price)):
            stretch += k > 0 and self.session[k] != self.session[k - 1]
            truths = {key: step(k) for key, step in machines.items()}
            now = any(all(truths[id(term)][0] for term in group) for group in self.parsed.any_of)
            if now and (lone_crossing or not was):
                hidden = shown_at is not None and self.time[k] - shown_at < self.parsed.cooldown_ns
                repeat = self.parsed.rule.repeat
                hidden |= repeat is Repeat.ONCE and shown_at is not None
                hidden |= repeat is Repeat.SESSION and shown_in == stretch
                if not hidden:
                    shown_at, shown_in = self.time[k], stretch
                found.append((k, truths[id(self.parsed.terms[0])][1], not hidden))
            was = now
        return found

    def _machine(self, term):
        if isinstance(term, Move):
            state = Level(up=True)

            def step(k):
                row = self._base(term, k)
                if row is None:
                    return state.on, math.nan
                base = self.price[row]
                state.on = abs(self.price[k] - base) >= term.percent / 100 * base
                return state.on, self._float(SeriesSpec("price"), row)
        elif isinstance(term, Range):
            band = Band(term.op.value == "enters")

            def step(k):
                end = band.step(*self._d(term.left, term.low, k), *self._d(term.left, term.high, k))
                low, high = self._float(term.low, k), self._float(term.high, k)
                left = self._float(term.left, k)
                near = high if abs(left - high) < abs(left - low) else low
                return end is not None, {"low": low, "high": high, None: near}[end]
        else:
            machines = machines_of(term.op.value)

            def step(k):
                d, h = self._d(term.left, term.right, k)
                return any([each.step(d, h) for each in machines]), self._float(term.right, k)

        return step

    def _base(self, term: Move, k: int) -> int | None:
        if self.session[k] == NO_SESSION:
            return None
        for j in range(k, -1, -1):
            if self.session[j] != self.session[k]:
                return None
            if self.time[j] <= self.time[k] - term.window.length_ns:
                return j
        return None

    def _d(self, left, right, k):
        exact = _exact(left, right)
        a, b = (self._exact(side, k) if exact else self._float(side, k) for side in (left, right))
        if a is None or b is None or math.isnan(a) or math.isnan(b):
            return None, None
        hysteresis = self.parsed.hysteresis
        h = hysteresis.amount
        if hysteresis.unit is Unit.PERCENT:
            share = hysteresis.amount / 100
            h = share * abs(b) if exact else float(share) * abs(b)
        elif hysteresis.unit is Unit.TICKS:
            h *= next(band.tick for band in self.bands if band.below is None or abs(b) < band.below)
        return a - b, h if exact else float(h)

    def _float(self, side, k) -> float:
        if isinstance(side, SeriesSpec) and not side.is_column:
            return self.floats[side.text][k]
        if isinstance(side, Fraction):
            return float(side)
        units = self.ticks[k].price if side.name == "price" else self.ticks[k].size
        return units / 10.0 ** self.scales[side.name]

    def _exact(self, side, k) -> Fraction | None:
        if isinstance(side, Fraction):
            return side
        if side.is_column:
            return (self.price if side.name == "price" else self.size)[k]
        assert side.name == "vwap"
        if isinstance(side.window, SessionWindow):
            if self.session[k] == NO_SESSION:
                return None
            rows = [j for j in range(k + 1) if self.session[j] == self.session[k]]
        elif isinstance(side.window, TimeWindow):
            rows = [j for j in range(k + 1) if self.time[j] > self.time[k] - side.window.length_ns]
        else:
            assert isinstance(side.window, TickWindow)
            rows = list(range(max(k + 1 - side.window.ticks, 0), k + 1))
        volume = sum(self.size[j] for j in rows)
        return sum(self.size[j] * self.price[j] for j in rows) / volume if volume else None


def _exact(left, right) -> bool:
    plain = [isinstance(side, Fraction) or side.is_column for side in (left, right)]
    vwaps = [isinstance(side, SeriesSpec) and side.name == "vwap" for side in (left, right)]
    return all(plain) or (any(plain) and any(vwaps))


def _session(calendar, at_ns: int) -> int:
    if calendar is ALWAYS:
        return at_ns // (86_400 * SECOND)
    day = datetime.fromtimestamp(at_ns // SECOND, calendar.zone).date()
    hours = calendar.hours(day)
    return day.toordinal() if hours.open_ns <= at_ns < hours.end_ns else NO_SESSION


SERIES = [
    "price",
    "price",
    "price",
    "size",
    "vwap(3s)",
    "vwap(session)",
    "vwap(4 ticks)",
    "ema(2)",
    "sigma(5s)",
    "vwap_upper(5s, 1)",
    "vwap_lower(session, 0.5)",
]
NUMBERS = ["9.8", "9.9", "10", "10.0", "10.05", "10.1", "10.123", "1", "2", "0"]
HYSTERESIS = ["0", "0", "0.1", "0.2", "0.15", "1 tick", "2 ticks", "1.5 ticks", "1 %", "2 %", "0.7 %"]
CLOSE_NS = int(datetime(2026, 7, 30, 9, 59, 58, tzinfo=UTC).timestamp()) * SECOND  # 15:29:58 in Mumbai
MIDNIGHT_NS = int(datetime(2026, 7, 31, tzinfo=UTC).timestamp()) * SECOND - 3 * SECOND

sides = st.sampled_from(SERIES + NUMBERS)
compares = st.builds(
    "{} {} {}".format,
    st.sampled_from(SERIES),
    st.sampled_from(["crosses above", "crosses below", "crosses", "above", "below"]),
    sides,
)
number_ranges = st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=2).map(
    lambda ends: "..".join(sorted(ends, key=Fraction))
)
series_ranges = st.builds("{}..{}".format, st.sampled_from(SERIES), sides)
ranges = st.builds(
    "{} {} {}".format,
    st.sampled_from(SERIES),
    st.sampled_from(["enters", "leaves"]),
    number_ranges | series_ranges | st.just("vwap_lower(5s, 1)..vwap_upper(5s, 1)"),
)
moves = st.sampled_from(["price moves 1 % in 2s", "price moves 2 % in 3s", "price moves 0.99 % in 1s"])
terms = compares | ranges | moves
groups = st.lists(terms, min_size=1, max_size=3).map(" and ".join)
whens = terms | st.lists(groups, min_size=1, max_size=2).map(" or ".join)
rules = st.builds(
    Rule,
    name=st.just("r"),
    symbol=st.just("X"),
    when=whens,
    hysteresis=st.sampled_from(HYSTERESIS),
    repeat=st.sampled_from(Repeat),
    cooldown=st.sampled_from(["0s", "0s", "1s", "3s"]),
)
steps = st.tuples(
    st.sampled_from([0, 0, 1, 1, 1, 2, 4, -1]),  # seconds
    st.sampled_from([-3, -2, -1, -1, 0, 0, 1, 1, 2, 3]),  # price units
    st.sampled_from([0, 0, 1, 1, 2, 3, 10]),  # size
)


@st.composite
def walks(draw, make_tick):
    at_ns = draw(st.sampled_from([0, CLOSE_NS, MIDNIGHT_NS]))
    price = 100
    ticks = []
    for seconds, points, size in draw(st.lists(steps, min_size=1, max_size=40)):
        at_ns += seconds * SECOND
        if draw(st.integers(0, 60)) == 60:
            at_ns += 18 * 3600 * SECOND  # into the next morning
        price += points
        ticks.append(make_tick(at_ns, price, size))
    return ticks


def series_values(market, specs) -> dict[str, list[float]]:
    """Return the float64 values of series, computed over the whole market at once."""
    found: dict[str, list[float]] = {spec.text: [] for spec in specs}

    def read(span, values) -> None:
        for spec in specs:
            found[spec.text].extend(values(spec).tolist())

    market.run(specs, read)
    return found


def firings_by_the_letter(market, rule: Rule) -> list[tuple[int, float, bool]]:
    parsed = parse_rule(rule)
    return Oracle(parsed, market, series_values(market, parsed.series)).firings()


def same(found, expected) -> bool:
    return len(found) == len(expected) and all(
        a[0] == b[0] and a[2] == b[2] and (a[1] == b[1] or (math.isnan(a[1]) and math.isnan(b[1])))
        for a, b in zip(found, expected, strict=True)
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=st.data())
def test_any_rule_fires_as_the_letter_says_wherever_spans_end(values, market, tick) -> None:
    ticks = values.draw(walks(tick))
    calendar = values.draw(st.sampled_from([ALWAYS, NSE]))
    here = market(ticks, calendar=calendar)
    rule = values.draw(rules)
    expected = firings_by_the_letter(here, rule)
    cuts = values.draw(st.lists(st.integers(1, 40), max_size=8))
    assert same(here.fired(rule), expected)
    assert same(here.fired(rule, cuts), expected)
    assert same(here.fired(rule, range(len(ticks))), expected)


@dataclass(frozen=True)
class Scene:
    """A price level to walk about, as integer units at a scale, and how large sizes are."""

    name: str
    units: int
    scale: int
    sizes: tuple[int, ...]
    percents: tuple[str, ...]

    def number(self, offset: float) -> str:
        """Return the decimal that lies `offset` units away from the level; offsets are multiples of 0.25."""
        quarters = 4 * self.units + int(offset * 4)
        digits = quarters * 25  # units of 10 ** -(scale + 2)
        places = self.scale + 2
        return f"{digits // 10**places}.{digits % 10**places:0{places}d}"

    @property
    def bands(self) -> tuple[TickBand, ...]:
        step = Fraction(1, 10**self.scale)
        return (TickBand(self.units // 10**self.scale, step), TickBand(None, 2 * step))


SCENES = [
    Scene("small", 100, 1, (0, 1, 1, 2, 3, 10), ("1 %", "0.5 %", "2.5 %")),
    Scene("index", 2_500_000, 2, (0, 1, 75, 75, 150, 1_800), ("0.00004 %", "0.0001 %")),
    Scene(
        "eight decimals", 2_500_000_000_000, 8, (0, 1, 3, 999_999_937), ("0.00000000004 %", "0.0000000001 %")
    ),
    Scene("wide", 25 * 10**15, 3, (0, 1, 2, 7), ("0.000000000000004 %",)),
]


def random_rule(rng: random.Random, scene: Scene) -> Rule:
    def number() -> str:
        return scene.number(rng.choice([-2, -1, -1, 0, 0, 0, 0.25, 0.5, 1, 1, 2]))

    def series() -> str:
        return rng.choice([*SERIES, "price", "vwap(3s)", "vwap(2 ticks)", "vwap(4 ticks)"])

    def ends() -> str:
        kind = rng.randrange(3)
        if kind == 0:
            return "..".join(sorted([number(), number()], key=Fraction))
        if kind == 1:
            return f"vwap(4 ticks)..{number()}"
        return rng.choice(["vwap_lower(5s, 1)..vwap_upper(5s, 1)", "vwap(3s)..price", "price..vwap(session)"])

    def term() -> str:
        kind = rng.randrange(10)
        if kind == 0:
            unit = Fraction(100, scene.units or 100)
            percent = rng.choice([2 * unit, unit, 3 * unit])
            decimals = 18
            amount = f"{round(percent * 10**decimals)}".rjust(decimals + 1, "0")
            return (
                f"price moves {amount[:-decimals]}.{amount[-decimals:]} % in {rng.choice(['1s', '2s', '3s'])}"
            )
        if kind < 4:
            return f"{series()} {rng.choice(['enters', 'leaves'])} {ends()}"
        op = rng.choice(["crosses above", "crosses below", "crosses", "above", "below"])
        return f"{series()} {op} {rng.choice([number(), number(), series()])}"

    when = term()
    while rng.random() < 0.4:
        when += f" {rng.choice(['and', 'or'])} {term()}"
    unit = Fraction(1, 10**scene.scale)
    points = [f"{float(unit * k):.12f}" for k in (1, 2, 3)]
    return Rule(
        "r",
        "X",
        when,
        rng.choice(["0", "0", *points, "1 tick", "2 ticks", "1.5 ticks", *scene.percents]),
        rng.choice(list(Repeat)),
        rng.choice(["0s", "0s", "1s", "3s"]),
    )


def random_ticks(rng: random.Random, scene: Scene, make_tick):
    at_ns = rng.choice([0, CLOSE_NS - 20 * SECOND, MIDNIGHT_NS])
    price = scene.units
    ticks = []
    for _ in range(rng.randint(1, 70)):
        at_ns += rng.choice([0, 0, 1, 1, 1, 2, 4, -1]) * SECOND
        if rng.random() < 0.02:
            at_ns += 18 * 3600 * SECOND
        price += (
            rng.choice([-2, -1, -1, 0, 0, 0, 1, 1, 2]) - (price > scene.units + 3) + (price < scene.units - 3)
        )
        ticks.append(make_tick(at_ns, price, rng.choice(scene.sizes)))
    return ticks


def all_exact(parsed: ParsedRule) -> bool:
    pairs = []
    for term in parsed.terms:
        if not isinstance(term, Move):
            ends = (term.low, term.high) if isinstance(term, Range) else (term.right,)
            pairs += [(term.left, end) for end in ends]
    return all(_exact(left, right) for left, right in pairs)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_walks_about_a_level_fire_as_the_letter_says(scene: Scene, market, tick) -> None:
    rng = random.Random(scene.units)
    rounds, firings = 12, 0
    for _ in range(rounds):
        ticks = random_ticks(rng, scene, tick)
        here = market(ticks, calendar=rng.choice([ALWAYS, NSE]), price_scale=scene.scale, bands=scene.bands)
        row = rng.randrange(1, len(ticks) + 1)
        wider = market(ticks, calendar=here.calendar, price_scale=scene.scale, bands=scene.bands)
        wider.widen = (row, min(scene.scale + 2, 8), 1)
        cuts = rng.sample(range(len(ticks) + 1), min(len(ticks), 5))
        for _ in range(4):
            rule = random_rule(rng, scene)
            expected = firings_by_the_letter(here, rule)
            firings += len(expected)
            assert same(here.fired(rule), expected), rule
            assert same(here.fired(rule, cuts), expected), rule
            assert same(here.fired(rule, range(len(ticks))), expected), rule
            if all_exact(parse_rule(rule)):  # other series may differ in their last bit at another scale
                found = [(row, shown) for row, _, shown in wider.fired(rule, cuts)]
                assert found == [(row, shown) for row, _, shown in expected], rule
    assert firings > 2 * rounds
