"""Bars against a plain loop, tick by tick; the same wherever batches end, and at wider scales."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.bars import BAR_COLUMNS, BarKind, BarRule, Bars, parse_bar_rule
from analytics.calendar import ALWAYS, NO_SESSION, NSE, US, Calendar
from analytics.engine import Engine
from analytics.errors import ConfigError
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.kernels.bars import volume_ends
from analytics.series import parse_series
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
SECOND = 10**9
CALENDARS = {"always": ALWAYS, "nse": NSE, "us": US}
RULES = (
    *("1s", "7s", "15m", "36h", "1 tick", "2 ticks", "50 ticks", "1000 ticks"),
    *("1 volume", "2500 volume", "1000000 volume", "0.0001 range", "0.01 range", "0.0205 range", "3 range"),
)
MONEY = Scale(4, 1)


@dataclass
class Bar:
    first_row: int
    stop_row: int
    start_ns: int
    last_ns: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    ticks: int
    traded: int


def at(zone: str, text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


OPENINGS = {
    "always": (0, at("UTC", "2024-12-31T23:59:30")),
    "nse": (at("Asia/Kolkata", "2025-09-15T08:59:40"), at("Asia/Kolkata", "2025-09-15T15:29:50")),
    "us": (
        at("America/New_York", "2025-03-10T09:29:40"),  # the first trading day of summer time
        at("America/New_York", "2025-07-01T23:59:40"),
    ),
}


def nominal_start(time_ns: int, length_ns: int, calendar: Calendar) -> int:
    """Return the start of a time bar by the wall clock."""
    moment = datetime.fromtimestamp(time_ns // SECOND, UTC).astimezone(calendar.zone)
    midnight = moment.replace(hour=0, minute=0, second=0, tzinfo=None)
    since_ns = (moment.replace(tzinfo=None) - midnight) // timedelta(seconds=1) * SECOND + time_ns % SECOND
    return time_ns - since_ns % length_ns


def expected(
    rule: BarRule, ticks: Sequence[Clean], calendar: Calendar, scale: Scale = MONEY
) -> tuple[list[Bar], bool]:
    """Return the bars of some ticks, and whether the last one has closed."""
    bars: list[Bar] = []
    newest, session_before, closed = -(2**63), None, True
    for row, tick in enumerate(ticks):
        newest = max(newest, tick.ts_ns)
        session = int(calendar.session_of(np.array([newest]))[0])
        start_ns = newest
        if rule.kind is BarKind.TIME:
            start_ns = nominal_start(newest, int(rule.amount), calendar)
            closed = closed or start_ns != bars[-1].start_ns
        if closed or session != session_before:
            bars.append(Bar(row, row, start_ns, 0, tick.price, tick.price, tick.price, 0, 0, 0, 0))
        bar, session_before = bars[-1], session
        bar.stop_row, bar.last_ns, bar.close = row + 1, newest, tick.price
        bar.high, bar.low = max(bar.high, tick.price), min(bar.low, tick.price)
        bar.ticks, bar.volume = bar.ticks + 1, bar.volume + tick.size
        bar.traded += tick.size * (tick.price - bar.open)
        reached = {
            BarKind.TIME: Fraction(-1),
            BarKind.TICKS: Fraction(bar.ticks),
            BarKind.VOLUME: Fraction(bar.volume, 10**scale.size),
            BarKind.RANGE: Fraction(bar.high - bar.low, 10**scale.price),
        }
        closed = reached[rule.kind] >= rule.amount
    return bars, closed


def columns_of(ticks: Sequence[Clean], calendar: Calendar) -> tuple[np.ndarray, ...]:
    time_ns = np.maximum.accumulate(np.array([each.ts_ns for each in ticks], np.int64))
    price, size = (np.array([getattr(each, name) for each in ticks], np.int64) for name in ("price", "size"))
    return time_ns, price, size, calendar.session_of(time_ns).astype(np.int32)


def built(rule: BarRule, ticks: Sequence[Clean], calendar: Calendar, cuts: Sequence[int] = ()) -> Bars:
    bars = Bars(rule, calendar, MONEY.price, MONEY.size)
    columns = columns_of(ticks, calendar)
    for start, stop in pairwise([0, *sorted({cut for cut in cuts if cut}), len(ticks)]):
        bars.extend(*(column[start:stop] for column in columns))
    return bars


def rows_of(bars: Bars) -> list[Bar]:
    return [Bar(*each) for each in bars.view.every().T.tolist()]


@settings(max_examples=120, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(RULES), st.sampled_from(sorted(CALENDARS)))
def test_bars_equal_a_plain_loop_wherever_batches_end(seed: int, text: str, name: str) -> None:
    rng, rule, calendar = random.Random(seed), parse_bar_rule(text), CALENDARS[name]
    count = rng.choice((1, 2, 40, 700))
    step_ns = rng.choice((10**6, SECOND, 600 * SECOND))
    ticks = walk(rng, count, start_ns=rng.choice(OPENINGS[name]), step_ns=step_ns)
    bars, closed = expected(rule, ticks, calendar)
    found = built(rule, ticks, calendar, random_cuts(rng, count))
    assert rows_of(found) == bars
    assert (found.view.in_progress is None) == closed
    assert found.view.count == len(bars) - (not closed)
    assert rows_of(built(rule, ticks, calendar)) == bars


@pytest.mark.parametrize("text", ["30 ticks", "90000 volume", "0.0100 range", "0.02 range"])
def test_long_bars_equal_a_plain_loop(text: str) -> None:
    rng, rule = random.Random(5), parse_bar_rule(text)
    ticks = walk(rng, 9_000, start_ns=10**15, step_ns=10**6)
    still = [Clean(ticks[-1].ts_ns, ticks[-1].price, 1)] * 6_000  # a range bar that goes on for long
    ticks = [*ticks, *still, *walk(rng, 500, start_ns=ticks[-1].ts_ns, step_ns=10**6)]
    bars, _ = expected(rule, ticks, ALWAYS)
    assert rows_of(built(rule, ticks, ALWAYS)) == bars
    assert rows_of(built(rule, ticks, ALWAYS, random_cuts(rng, len(ticks)))) == bars


def test_fifteen_minute_bars_begin_with_continuous_trading() -> None:
    times = ("09:07:30", "09:14:59", "09:15:00", "09:29:59", "09:30:00", "10:00:00")
    ticks = [Clean(at("Asia/Kolkata", f"2025-09-15T{time}"), 100) for time in times]
    starts = built(parse_bar_rule("15m"), ticks, NSE).view.every()[BAR_COLUMNS.index("start_ns")]
    wanted = ("09:00:00", "09:15:00", "09:30:00", "10:00:00")
    assert starts.tolist() == [at("Asia/Kolkata", f"2025-09-15T{time}") for time in wanted]


def test_hours_follow_the_wall_clock_on_the_day_it_changes() -> None:
    zone = "America/New_York"
    ticks = [Clean(at(zone, f"2025-03-09T{time}:00"), 100) for time in ("09:30", "11:59", "12:00", "23:59")]
    starts = built(parse_bar_rule("4h"), ticks, US).view.every()[BAR_COLUMNS.index("start_ns")]
    # the session's end, 16:00, and the end of trading hours each close a bar
    assert starts.tolist() == [at(zone, f"2025-03-09T{time}:00") for time in ("08:00", "12:00", "20:00")]


def test_a_session_closes_the_bar_and_so_does_its_end() -> None:
    times = ("08:00:00", "08:30:00", "09:00:00", "15:30:00", "15:30:01")
    ticks = [Clean(at("Asia/Kolkata", f"2025-09-15T{time}"), 100) for time in times]
    assert columns_of(ticks, NSE)[3].tolist().count(NO_SESSION) == 3
    assert [(bar.first_row, bar.stop_row) for bar in rows_of(built(parse_bar_rule("50 ticks"), ticks, NSE))] == [
        (0, 2), (2, 4), (4, 5),
    ]  # fmt: skip


def test_closed_bars_that_were_published_never_change() -> None:
    rng = random.Random(9)
    ticks = walk(rng, 3_000, start_ns=10**15, step_ns=SECOND)
    columns, bars = columns_of(ticks, ALWAYS), Bars(parse_bar_rule("3 ticks"), ALWAYS, 4, 1)
    seen = []
    for start in range(0, 3_000, 100):
        bars.extend(*(column[start : start + 100] for column in columns))
        in_progress = bars.view.in_progress
        seen.append((bars.view, bars.view.column("close").tolist(), in_progress, np.copy(in_progress)))
    for view, closes, in_progress, copied in seen:
        assert view.column("close").tolist() == closes
        assert in_progress is None or in_progress.tolist() == copied.tolist()
        assert bars.view.column("close")[: view.count].tolist() == closes


@settings(max_examples=40, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(RULES))
def test_bars_follow_wider_scales(seed: int, text: str) -> None:
    rng, rule = random.Random(seed), parse_bar_rule(text)
    ticks = walk(rng, 300, start_ns=10**15, step_ns=SECOND)
    wide = [Clean(each.ts_ns, each.price * 100, each.size * 10) for each in ticks]
    cut = rng.randrange(1, 300)
    bars = Bars(rule, ALWAYS, MONEY.price, MONEY.size)
    bars.extend(*(column[:cut] for column in columns_of(ticks, ALWAYS)))
    before, closes = bars.view, bars.view.column("close").tolist()
    bars.rescale(6, 2)
    bars.extend(*(column[cut:] for column in columns_of(wide, ALWAYS)))
    assert rows_of(bars) == expected(rule, wide, ALWAYS, Scale(6, 2))[0]
    assert bars.view.generation == before.generation + 1
    assert before.column("close").tolist() == closes


def test_a_bars_vwap_is_exact_and_absent_without_volume() -> None:
    rng = random.Random(3)
    ticks = walk(rng, 2_000, start_ns=10**15, step_ns=SECOND)
    view = built(parse_bar_rule("3 ticks"), ticks, ALWAYS).view
    bars = view.every()
    for value, first, stop in zip(view.vwaps(bars).tolist(), *bars[:2].tolist(), strict=True):
        volume = sum(each.size for each in ticks[first:stop])
        if not volume:
            assert np.isnan(value)
            continue
        exact = Fraction(sum(each.size * each.price for each in ticks[first:stop]), volume * 10**4)
        assert abs(Fraction(value) - exact) <= Fraction(1, 10**15) * exact


def test_a_bar_whose_sums_may_pass_64_bits_has_no_vwap() -> None:
    ticks = [Clean(0, 1, 2**40), Clean(1, 1 + 2**22, 1), Clean(2, 1, 2**40), Clean(3, 1 + 2**21, 1)]
    view = built(parse_bar_rule("2 ticks"), ticks, ALWAYS).view
    assert np.isfinite(view.vwaps(view.every())).tolist() == [False, True]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=60), st.integers(1, 2**70), st.data())
def test_volume_bars_hold_any_sizes(sizes: list[int], amount: int, data: st.DataObject) -> None:
    exact, held = [], 0
    for row, size in enumerate(sizes):
        held += size
        if held >= amount:
            exact.append(row + 1)
            held = 0
    cut = data.draw(st.integers(0, len(sizes)))
    found, carried = [], 0
    for start, stop in ((0, cut), (cut, len(sizes))):
        if start < stop:
            ends, carried = volume_ends(np.array(sizes[start:stop], np.int64), carried, amount)
            found += (ends + start).tolist()
    assert found == exact


# The bar in progress


@settings(max_examples=60, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(RULES), st.sampled_from(sorted(CALENDARS)))
def test_series_tell_of_the_bar_in_progress(seed: int, text: str, name: str) -> None:
    rng, rule, calendar = random.Random(seed), parse_bar_rule(text), CALENDARS[name]
    ticks = walk(rng, 300, start_ns=rng.choice(OPENINGS[name]), step_ns=rng.choice((10**6, SECOND)))
    specs = {part: parse_series(f"bar_{part}({text})") for part in ("open", "high", "low", "close", "volume")}
    engine = Engine(InstrumentTable([Instrument("A", Kind.UNKNOWN, calendar)]), specs.values())
    for batch in Batching(scales={"A": MONEY}).split(ticks, random_cuts(rng, 300)):
        engine.take(batch)
    view = engine.view("A")
    assert view is not None
    for bar in expected(rule, ticks, calendar)[0]:
        for row in range(bar.first_row, bar.stop_row):
            so_far = ticks[bar.first_row : row + 1]
            prices = [each.price / 10**4 for each in so_far]
            found = [float(view.values(spec.text, row, row + 1)[0]) for spec in specs.values()]
            volume = sum(each.size for each in so_far) / 10
            assert found == [prices[0], max(prices), min(prices), prices[-1], volume], row


def test_series_of_bars_follow_wider_scales() -> None:
    rng = random.Random(8)
    ticks = walk(rng, 200, start_ns=10**15, step_ns=SECOND)
    wide = [Clean(each.ts_ns, each.price * 100, each.size * 10) for each in ticks]
    for rule in ("7 ticks", "100000 volume", "0.01 range", "30s"):
        specs = [parse_series(f"bar_{part}({rule})") for part in ("open", "high", "low", "volume")]
        plain, widened = (Engine(InstrumentTable(), specs) for _ in range(2))
        plain.take(Batching(scales={"A": MONEY}).batch(ticks))
        widened.take(Batching(scales={"A": MONEY}).batch(ticks[:90]))
        widened.take(Batching(scales={"A": Scale(6, 2)}).batch(wide[90:], 90))
        for spec in specs:
            one, other = (each.views["A"].values(spec.text, 0, 200).tolist() for each in (plain, widened))
            assert one == other, spec.text


# What a bar is


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("1m", BarKind.TIME, 60 * SECOND),
        (" 500 ticks ", BarKind.TICKS, 500),
        ("1 tick", BarKind.TICKS, 1),
        ("0.1 volume", BarKind.VOLUME, Fraction(1, 10)),
        ("123456789012345678.12345678 range", BarKind.RANGE, Fraction("123456789012345678.12345678")),
        ("2.5 range", BarKind.RANGE, Fraction(5, 2)),
    ],
)
def test_a_rule_is_read_and_written_alike(text: str, kind: BarKind, amount: Fraction) -> None:
    rule = parse_bar_rule(text)
    assert rule == BarRule(kind, Fraction(amount))
    assert parse_bar_rule(str(rule)) == rule


def test_a_decimal_amount_is_written_as_it_was() -> None:
    for text in ("0.1 range", "2.5 volume", "123456789012345678.12345678 range"):
        assert str(parse_bar_rule(text)) == text


@pytest.mark.parametrize(
    "text", ["", "5", "0 ticks", "1.5 ticks", "0s", "0.0 range", "-1 volume", "5 bars", "1e3 volume"]
)
def test_what_is_no_bar_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected bars such as 1m"):
        parse_bar_rule(text)
