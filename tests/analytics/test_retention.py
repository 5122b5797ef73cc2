"""What is held is bounded, and no number changes: an engine that lets go against one that holds all.

The first one's memory is overwritten as soon as it is given back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.rules import Rule
from analytics.series import CATALOGUE, parse_series
from analytics.store import HIGH
from analytics.ticks import TickBatch
from tests.builders.batches import Batching, Clean
from tests.builders.retained import (
    RETENTION,
    RULES,
    SYMBOLS,
    TEXTS,
    Watched,
    assert_equal_where_held,
    batches,
    market,
)
from tests.builders.ticks import MORNING, SECOND


@pytest.fixture(scope="module")
def taken() -> list[TickBatch]:
    return batches(7, market(7, 12_000), widen_from=7_000)


@pytest.fixture(scope="module")
def whole(taken: list[TickBatch]) -> Watched:
    """Return an engine that computed everything and let go of nothing."""
    return Watched(None).taken(taken)


def test_every_series_of_the_catalogue_is_among_those_compared() -> None:
    assert {parse_series(text).name for text in TEXTS} == set(CATALOGUE) - {"price", "size"}


@pytest.mark.parametrize("text", TEXTS)
def test_a_series_that_is_kept_alone_is_the_same_to_the_bit(
    text: str, taken: list[TickBatch], whole: Watched
) -> None:
    alone = Watched(RETENTION, [text], ()).taken(taken)
    name = parse_series(text).text
    assert alone.values(name).tobytes() == whole.values(name).tobytes()
    assert_equal_where_held(alone.view("A"), whole.view("A"))
    assert alone.memory.poisoned > 10_000


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_that_is_alone_in_force_fires_the_same_with_the_same_readings(
    rule: Rule, taken: list[TickBatch], whole: Watched
) -> None:
    alone = Watched(RETENTION, (), [rule]).taken(taken)
    assert repr(alone.fired) == repr([each for each in whole.fired if each.rule == rule.name])
    assert alone.memory.poisoned > 10_000


@pytest.mark.parametrize("seed", range(2))
def test_retention_changes_no_value_no_firing_and_no_fingerprint(seed: int) -> None:
    ticks = market(seed, 12_000)
    less, more = Watched(RETENTION), Watched(None)
    held = []
    for batch in batches(seed, ticks, widen_from=5_000):
        less.take(batch)
        more.take(batch)
        held.append(less.view("A").count - less.view("A").first if "A" in less.engine.symbols else 0)
    for text in map(str, map(parse_series, TEXTS)):
        assert less.values(text).tobytes() == more.values(text).tobytes(), text
    assert repr(less.fired) == repr(more.fired)
    assert len({each.rule for each in less.fired}) > len(RULES) // 2
    assert np.array_equal(less.fingerprint(), more.fingerprint())
    for symbol in SYMBOLS:
        assert_equal_where_held(less.view(symbol), more.view(symbol))
    assert less.view("A").first > 2_500
    assert max(held) < 3_500
    assert less.memory.poisoned > 100_000
    assert more.memory.poisoned == 0


@pytest.mark.parametrize("symbol", ["A", "ANY of A, B"])
def test_a_new_high_that_is_not_the_first_term_is_read_beside_the_high_before_it(
    symbol: str, taken: list[TickBatch]
) -> None:
    rule = Rule("high", symbol, "price above 1 and new session high")
    found = Watched(RETENTION, (), [rule]).taken(taken).fired
    everything = Watched(None, (), ()).taken(taken).view("A")
    prices, session = everything.prices(0, everything.count), everything.session
    mine = [each for each in found if each.symbol == "A"]
    for each in mine:
        of_session = np.flatnonzero(session[: each.at] == session[each.at])
        before = prices[of_session[0] : each.at].max()
        assert each.readings[1].now == (prices[each.at], before)
        assert prices[each.at] > before
    assert len(mine) > 20
    assert max(each.at for each in mine) > 4_000


def test_sums_past_64_bits_stay_exact_as_scales_widen_and_rows_go(taken: list[TickBatch]) -> None:
    texts = [
        f"{name}({window})"
        for name in ("vwap", "sigma", "volume")
        for window in ("session", "20m", "from tick 400")
    ]
    huge = [replace(batch, size=batch.size * 10**7) for batch in taken]
    less, more = Watched(RETENTION, texts, RULES[:4]).taken(huge), Watched(None, texts, RULES[:4]).taken(huge)
    for text in map(str, map(parse_series, texts)):
        assert less.values(text).tobytes() == more.values(text).tobytes(), text
        assert not np.isnan(less.values(text)).all()
    assert repr(less.fired) == repr(more.fired)
    limbs = [each._symbols["A"].columns.column(HIGH["sum_vdd"]) for each in (less.engine, more.engine)]
    held = slice(less.view("A").first, less.view("A").count)
    assert np.array_equal(limbs[0][held], limbs[1][held])
    assert np.count_nonzero(limbs[0][held])


def test_the_volume_of_a_bar_that_began_long_ago_is_whole() -> None:
    alone = Watched(RETENTION, ["bar_volume(2000 volume)"], ())
    ticks = [Clean(MORNING + row * SECOND, 100_000) for row in range(6_000)]
    alone.taken(Batching(SYMBOLS).split(ticks, range(0, 6_000, 100)))
    assert alone.values("bar_volume(2000 volume)").tolist() == [row % 2_000 + 1.0 for row in range(6_000)]
