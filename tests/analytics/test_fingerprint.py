from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.fingerprint import DIGEST_TICKS, Checked, Fingerprint
from analytics.frame import Frame
from analytics.series import parse_series
from analytics.ticks import TickBatch
from feeds.instruments import load_instruments
from tests.builders.batches import Batching, Clean, Scale, random_cuts, slices, walk
from tests.builders.ticks import MORNING, SECOND

SYMBOLS = ("A", "B", "C")
TEXTS = ("vwap(session)", "vwap(60s)", "ema(20)")
ONLY_B = "sma(5)"


@dataclass(frozen=True)
class Fire:
    """A firing, as a rule would tell it."""

    rule: str
    row: int
    ts_ns: int
    value: float = 1.5
    shown: bool = True
    silent: bool = False


@dataclass
class Witnessed:
    """An engine with its fingerprint, and the firings that are said to be at its rows."""

    firings: Sequence[Fire] = ()
    blocks: list[Checked] = field(default_factory=list)
    digest: Callable[[], int] | None = None

    def __post_init__(self) -> None:
        self.fingerprint = Fingerprint(self.blocks.append, digest=self.digest)
        self.fingerprint.watch(TEXTS, [("B", (ONLY_B,))])
        self.engine = Engine(load_instruments(), [parse_series(text) for text in (*TEXTS, ONLY_B)])
        self.engine.witness = self

    def see(self, frame: Frame, _: object) -> None:
        rows = frame.batch.row[frame.start : frame.stop].tolist()
        here = [each for each in self.firings if each.row in rows]
        self.fingerprint.see(frame, here)

    def forget(self) -> None:
        self.fingerprint.forget()

    def taken(self, batches: Sequence[TickBatch]) -> Witnessed:
        for batch in batches:
            self.engine.take(batch)
        return self

    def whole(self) -> np.ndarray:
        return np.concatenate([each.fingerprint for each in self.blocks])

    def values(self, text: str) -> np.ndarray:
        return np.concatenate([each.values[text] for each in self.blocks])


def ticks(count: int = 600, seed: int = 3) -> list[Clean]:
    return walk(random.Random(seed), count, start_ns=MORNING, step_ns=SECOND // 10, symbols=SYMBOLS)


@pytest.fixture(scope="module")
def batch() -> TickBatch:
    return Batching(SYMBOLS).batch(ticks())


@pytest.mark.parametrize("seed", range(8))
def test_it_does_not_depend_on_where_batches_end(batch: TickBatch, seed: int) -> None:
    rng = random.Random(seed)
    firings = [Fire(f"rule {row}", row, 0, rng.random()) for row in rng.sample(range(len(batch)), 20)]
    whole = Witnessed(firings).taken([batch])
    cut = Witnessed(firings).taken(slices(batch, random_cuts(rng, len(batch))))
    np.testing.assert_array_equal(whole.whole(), cut.whole())
    for text in (*TEXTS, ONLY_B, "price", "size"):
        np.testing.assert_array_equal(whole.values(text), cut.values(text))
    assert [each.first for each in cut.blocks] == list(
        np.cumsum([0, *(len(each.row) for each in cut.blocks)])[:-1]
    )


def changed(batch: TickBatch, **columns: np.ndarray) -> TickBatch:
    return replace(batch, **columns)


def with_other(column: np.ndarray, at: int, by: int) -> np.ndarray:
    found = column.copy()
    found[at] += by
    return found


@pytest.mark.parametrize("name", ["price", "size", "ts_ns"])
@pytest.mark.parametrize("at", [0, 1, 299, 599])
@pytest.mark.parametrize("by", [1, 1 << 20])
def test_the_first_tick_that_differs_is_the_one_that_was_changed_and_all_after_it_differ(
    batch: TickBatch, name: str, at: int, by: int
) -> None:
    live = Witnessed().taken([batch]).whole()
    now = Witnessed().taken([changed(batch, **{name: with_other(getattr(batch, name), at, by)})]).whole()
    np.testing.assert_array_equal(live[:at], now[:at])
    assert (live[at:] != now[at:]).all()


def test_a_symbol_and_a_scale_are_part_of_it() -> None:
    some = [Clean(MORNING + place, 10_000, 1, "A") for place in range(10)]
    live = Witnessed().taken([Batching(SYMBOLS).batch(some)]).whole()
    renamed = Witnessed().taken([Batching(("B", "A", "C")).batch(some)]).whole()
    np.testing.assert_array_equal(live, renamed)  # a code is none
    other = [replace(each, symbol="C") for each in some]
    assert (live != Witnessed().taken([Batching(SYMBOLS).batch(other)]).whole()).all()
    finer = Batching(SYMBOLS, {"A": Scale(price=5)}).batch(some)
    assert (live != Witnessed().taken([finer]).whole()).all()


@pytest.mark.parametrize(
    "other",
    [
        Fire("other", 100, 0),
        Fire("rule", 100, 0, 1.5000000000000002),
        Fire("rule", 100, 0, shown=False),
        Fire("rule", 100, 0, float("nan")),
    ],
)
def test_what_fired_is_part_of_it(batch: TickBatch, other: Fire) -> None:
    live = Witnessed([Fire("rule", 100, 0)]).taken([batch])
    now = Witnessed([other]).taken([batch])
    np.testing.assert_array_equal(live.whole()[:100], now.whole()[:100])
    assert (live.whole()[100:] != now.whole()[100:]).all()
    assert json.loads(live.blocks[0].fired[100]) == [["rule", 1.5, True]]


def test_every_bit_of_every_series_is_part_of_it_and_every_nan_is_one(batch: TickBatch) -> None:
    frames: list[Frame] = []

    class Keep:
        def see(self, frame: Frame, _: object) -> None:
            frames.append(frame)

        def forget(self) -> None:
            raise AssertionError

    engine = Engine(load_instruments(), [parse_series(text) for text in TEXTS])
    engine.witness = Keep()
    engine.take(batch)

    def taken() -> np.ndarray:
        found: list[Checked] = []
        fingerprint = Fingerprint(found.append)
        fingerprint.watch(TEXTS)
        fingerprint.see(frames[0], [])
        return found[0].fingerprint

    live = taken()
    rng = random.Random(5)
    for text in TEXTS:
        for name in SYMBOLS:
            column = frames[0].columns[name].series(text)
            row = rng.randrange(100, 150)
            place = int(frames[0].places[name][row])
            before = column[row]
            column.view(np.uint64)[row] ^= np.uint64(1 << rng.randrange(52))
            now = taken()
            column[row] = before
            np.testing.assert_array_equal(live[:place], now[:place])
            assert (live[place:] != now[place:]).all()
    column = frames[0].columns["A"].series("ema(20)")
    assert np.isnan(column[3])
    column[3] = struct.unpack("<d", (0xFFF8_0000_0000_0001).to_bytes(8, "little"))[0]
    np.testing.assert_array_equal(live, taken())


def test_a_series_counts_only_where_it_is_asked_for(batch: TickBatch) -> None:
    witnessed = Witnessed().taken([batch])
    mine = np.isin(batch.symbol, [SYMBOLS.index("B")])
    assert np.isnan(witnessed.values(ONLY_B)[~mine]).all()
    assert not np.isnan(witnessed.values(ONLY_B)[mine][10:]).any()
    bare = Witnessed()
    bare.fingerprint.watch(TEXTS)
    bare.taken([batch])
    first = int(np.flatnonzero(mine & ~np.isnan(witnessed.values(ONLY_B)))[0])
    np.testing.assert_array_equal(witnessed.whole()[:first], bare.whole()[:first])
    assert (witnessed.whole()[first:] != bare.whole()[first:]).all()


def test_a_series_asked_for_later_counts_from_then_on_at_any_batching(batch: TickBatch) -> None:
    found = []
    for cuts in ((300,), (100, 300, 450), range(0, 600, 7)):
        witnessed = Witnessed()
        first = [each for each in slices(batch, cuts) if each.row[-1] < 300]
        assert first[-1].row[-1] == 299 or cuts == range(0, 600, 7)
        rest = slices(batch, [*cuts, 300])
        witnessed.taken([each for each in rest if each.row[0] < 300])
        witnessed.engine.add_series(parse_series("sma(7)"))
        witnessed.fingerprint.watch((*TEXTS, "sma(7)"), [("B", (ONLY_B,))])
        witnessed.taken([each for each in rest if each.row[0] >= 300])
        found.append(witnessed.whole())
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("seed", range(4))
def test_what_fires_in_silence_is_in_the_first_tick_at_or_past_its_time(batch: TickBatch, seed: int) -> None:
    rng = random.Random(seed)
    clock = np.maximum.accumulate(batch.arrival_ns)
    at_ns = int(clock[200]) + 1
    expected = int(np.searchsorted(clock, at_ns))

    def taken(batches: Sequence[TickBatch]) -> Witnessed:
        witnessed = Witnessed()

        class Silent:
            """Tells the firing with the frame in which the engine would: the last before its time."""

            told = False

            def see(self, frame: Frame, _: object) -> None:
                due = not self.told and (not len(frame.clock_ns) or frame.clock_ns[-1] >= int(clock[200]))
                self.told = self.told or due
                witnessed.fingerprint.see(frame, [Fire("silence", 0, at_ns, silent=True)] if due else [])

            def forget(self) -> None:
                raise AssertionError

        witnessed.engine.witness = Silent()
        return witnessed.taken(batches)

    whole = taken([batch])
    cut = taken(slices(batch, random_cuts(rng, len(batch))))
    np.testing.assert_array_equal(whole.whole(), cut.whole())
    assert list(whole.blocks[0].fired) == [expected]


def test_rules_that_have_not_fired_show_after_a_fixed_number_of_ticks() -> None:
    some = [Clean(MORNING + place, 10_000 + place % 7, 1, "A") for place in range(2 * DIGEST_TICKS)]
    whole = Batching(SYMBOLS).batch(some)
    bare = Witnessed().taken([whole]).whole()
    one = Witnessed(digest=lambda: 17).taken([whole]).whole()
    other = Witnessed(digest=lambda: 18).taken(slices(whole, [5, DIGEST_TICKS - 1, DIGEST_TICKS])).whole()
    np.testing.assert_array_equal(bare[:DIGEST_TICKS], one[:DIGEST_TICKS])
    np.testing.assert_array_equal(bare[:DIGEST_TICKS], other[:DIGEST_TICKS])
    for pair in ((bare, one), (bare, other), (one, other)):
        assert (pair[0][DIGEST_TICKS:] != pair[1][DIGEST_TICKS:]).all()


def test_it_begins_anew_with_the_engine(batch: TickBatch) -> None:
    witnessed = Witnessed().taken([batch])
    first = witnessed.whole()
    witnessed.blocks.clear()
    witnessed.engine.reset()
    np.testing.assert_array_equal(witnessed.taken([batch]).whole(), first)
    assert witnessed.blocks[0].first == 0


def test_it_is_the_chain_that_it_says_it_is(batch: TickBatch) -> None:
    """Of two feeds that differ at one tick the chains' difference grows by the factor at each tick after it."""
    other = changed(batch, ts_ns=with_other(batch.ts_ns, 590, 1))
    bare, again = Witnessed(), Witnessed()
    for each in (bare, again):
        each.fingerprint.watch(())
    live, now = bare.taken([batch]).whole(), again.taken([other]).whole()
    differences = [(int(a) - int(b)) % 2**64 for a, b in zip(live, now, strict=True)][590:]
    factor = 0x9E3779B97F4A7C15
    for before, after in pairwise(differences):
        assert after == before * factor % 2**64
