"""Windows anchored at a time or a tick: all ticks from there on, none before, across sessions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, NSE_DERIVATIVES, US, Calendar
from analytics.engine import Engine
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.series import parse_series
from analytics.windows import AnchoredWindow, parse_window
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is no simpler
SECOND = 10**9
CALENDARS = {"always": ALWAYS, "nse": NSE_DERIVATIVES, "us": US}
NAMES = ("vwap({})", "sigma({})", "vwap_upper({}, 2)", "vwap_lower({}, 2)", "zscore({})", "twap({})")


def engine_of(calendar: Calendar, texts: Sequence[str] = ()) -> Engine:
    table = InstrumentTable([Instrument("A", Kind.UNKNOWN, calendar)])
    return Engine(table, [parse_series(text) for text in texts])


def values(engine: Engine, text: str) -> np.ndarray:
    view = engine.view("A")
    assert view is not None
    return view.values(parse_series(text).text, 0, view.count)


def computed(
    ticks: Sequence[Clean], texts: Sequence[str], cuts: Sequence[int] = (), calendar: Calendar = ALWAYS
) -> dict[str, np.ndarray]:
    engine = engine_of(calendar, texts)
    for batch in Batching().split(ticks, cuts):
        engine.take(batch)
    return {text: values(engine, text) for text in texts}


def at(zone: str, text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def seen_from(
    tape: Sequence[slow.Trade], row: int, anchor_ns: int | None, tick: int | None
) -> list[slow.Trade]:
    """Return the trades of an anchored window of one row."""
    if tick is not None:
        return list(tape[tick : row + 1])
    return [each for each in tape[: row + 1] if anchor_ns is not None and each.time_ns >= anchor_ns]


@settings(max_examples=20, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(sorted(CALENDARS)))
def test_a_vwap_holds_all_ticks_from_its_anchor_on_wherever_batches_end(seed: int, name: str) -> None:
    rng = random.Random(seed)
    zone = CALENDARS[name].zone
    start_ns = at(str(zone), "2025-11-01T15:29:40" if name == "nse" else "2025-11-01T15:59:40")
    ticks = walk(rng, 70, start_ns=start_ns, step_ns=rng.choice((SECOND // 2, 3 * SECOND)))
    tape = slow.trades(ticks, Scale())
    instant = datetime.fromtimestamp(rng.choice(tape).time_ns // SECOND + rng.choice((0, 1)), UTC)
    finer_ns = rng.choice(tape).time_ns // 1_000 * 1_000
    finer = datetime.fromtimestamp(finer_ns // SECOND, UTC) + timedelta(
        microseconds=finer_ns % SECOND // 1_000
    )
    tick = rng.choice((0, 1, 40, 69, 70, 10**9))
    wall = instant.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    windows = {
        f"from {wall}": (int(instant.timestamp()) * SECOND, None),
        f"from {instant:%Y-%m-%d %H:%M:%S}Z": (int(instant.timestamp()) * SECOND, None),
        f"from {finer:%Y-%m-%dT%H:%M:%S.%f}Z": (finer_ns, None),
        f"from tick {tick}": (None, tick),
    }
    texts = [f"{each}({window})" for each in ("vwap", "sigma") for window in windows]
    found = computed(ticks, texts, random_cuts(rng, 70), CALENDARS[name])
    for window, (anchor_ns, from_tick) in windows.items():
        for row in range(len(tape)):
            exact = slow.mean_and_variance(seen_from(tape, row, anchor_ns, from_tick))
            mean, deviation = found[f"vwap({window})"][row], found[f"sigma({window})"][row]
            if exact is None:
                assert np.isnan([mean, deviation]).all(), (window, row)
                continue
            assert abs(Fraction(mean) - exact[0]) <= Fraction(1, 10**15) * exact[0]
            assert abs(Decimal(deviation) - slow.root(exact[1])) <= Decimal("1e-12") * slow.root(exact[1])


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_anchored_series_are_the_same_to_the_bit_in_parts_and_added_late(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.choice((5, 300, 2_000))
    ticks = walk(rng, count, start_ns=0, step_ns=10**7)
    second = ticks[rng.randrange(count)].ts_ns // SECOND % 60
    windows = (f"from 1970-01-01T00:00:{second:02}", f"from tick {rng.randrange(count)}")
    texts = [each.format(window) for each in NAMES for window in windows]
    whole = computed(ticks, texts)
    parts = computed(ticks, texts, random_cuts(rng, count))
    late = engine_of(ALWAYS)
    batches = Batching().split(ticks, [count // 2])
    for batch in batches:
        late.take(batch)
        for text in texts:
            late.add_series(parse_series(text))
    for text in texts:
        assert parts[text].tobytes() == whole[text].tobytes(), text
        assert values(late, text).tobytes() == whole[text].tobytes(), text


@pytest.mark.parametrize("late", [False, True])
def test_an_anchor_stays_at_its_tick_as_scales_widen(late: bool) -> None:
    ticks = [Clean(at * SECOND, 100 + 10 * at, 1 + at) for at in range(6)]
    finer = [replace(each, price=each.price * 1_000 + 5, size=each.size * 10) for each in ticks]
    texts = ["vwap(from tick 2)", "vwap(from 1970-01-01T00:00:04Z)", "twap(from tick 2)"]
    engine = engine_of(ALWAYS, () if late else texts)
    engine.take(Batching(scales={"A": Scale(1, 0)}).batch(ticks[:3]))
    engine.take(Batching(scales={"A": Scale(4, 1)}).batch(finer[3:], 3))
    for text in texts:
        engine.add_series(parse_series(text))
    exact = [Fraction(each.price, 10) for each in ticks[:3]]
    exact += [Fraction(each.price, 10_000) for each in finer[3:]]
    for text, first in ((texts[0], 2), (texts[1], 4)):
        found = values(engine, text)
        assert np.isnan(found[:first]).all()
        for row in range(first, 6):
            rows = range(first, row + 1)
            mean = sum(exact[k] * (1 + k) for k in rows) / sum(1 + k for k in rows)
            assert abs(Fraction(found[row]) - mean) <= Fraction(1, 10**15) * mean
    by_time = values(engine, texts[2])
    assert np.isnan(by_time[:2]).all()
    assert by_time[2] == 12.0
    assert by_time[5] == pytest.approx(float(sum(exact[2:5]) / 3), rel=1e-15)


def test_the_anchor_is_wall_time_of_the_symbols_calendar_and_crosses_sessions() -> None:
    zone = "America/New_York"
    times = [
        at(zone, f"2025-03-{each}") for each in ("07T15:59:59", "07T16:00:00", "10T09:29:00", "10T09:30:00")
    ]
    ticks = [Clean(ts_ns, price * 10_000) for ts_ns, price in zip(times, (10, 20, 30, 40), strict=True)]
    texts = [
        "vwap(from 2025-03-07T16:00)",
        "vwap(from 2025-03-07T21:00Z)",  # the same, by winter time
        "vwap(from 2025-03-10 09:29:01)",
        "vwap(from 2025-03-10T13:30Z)",  # the same opening, by summer time
        "vwap(from 2026-01-01T00:00)",
        "vwap(from 1970-01-01T00:00)",
    ]
    found = [str(column.tolist()) for column in computed(ticks, texts, calendar=US).values()]
    assert found == [
        "[nan, 20.0, 25.0, 30.0]",
        "[nan, 20.0, 25.0, 30.0]",
        "[nan, nan, nan, 40.0]",
        "[nan, nan, nan, 40.0]",
        "[nan, nan, nan, nan]",
        "[10.0, 15.0, 20.0, 25.0]",
    ]


def test_a_tick_whose_time_runs_back_counts_by_the_newest_time() -> None:
    ticks = [Clean(SECOND, 10_0000), Clean(5 * SECOND, 20_0000), Clean(2 * SECOND, 40_0000)]
    found = computed(ticks, ["vwap(from 1970-01-01T00:00:05Z)"])
    assert str(found.popitem()[1].tolist()) == "[nan, 20.0, 30.0]"


def test_equal_windows_have_one_text_by_which_columns_name_them() -> None:
    texts = ("vwap(from 2026-11-20T10:15+05:30)", "vwap( from 2026-11-20 04:45:00Z )")
    assert len({parse_series(text) for text in texts}) == 1
    assert {parse_series(text).text for text in texts} == {"vwap(from 2026-11-20T04:45Z)"}
    assert parse_window("from tick 007") == AnchoredWindow(7)


def test_an_anchored_vwap_is_exact_beside_a_price_that_equals_it() -> None:
    ticks = [Clean(0, 1), Clean(1, 99), Clean(2, 100), Clean(3, 101), Clean(4, 100)]
    engine = engine_of(ALWAYS, ["vwap(from tick 1)", "zscore(from tick 1)"])
    for batch in Batching(scales={"A": Scale(2, 0)}).split(ticks, [1, 3]):
        engine.take(batch)
    assert str(values(engine, "vwap(from tick 1)").tolist()) == "[nan, 0.99, 0.995, 1.0, 1.0]"
    assert str(values(engine, "zscore(from tick 1)")[[0, 1, 4]].tolist()) == "[nan, nan, 0.0]"
