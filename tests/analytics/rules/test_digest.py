"""What rules hold between two ticks is told in 64 bits, alike wherever frames ended."""

from __future__ import annotations

import random

import pytest

from analytics.engine import Engine
from analytics.fingerprint import DIGEST_TICKS
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules.rule import Repeat, Rule
from tests.builders.batches import Batching, Clean, random_cuts, walk

SECOND = 1_000_000_000
RULES = (
    Rule("level", "A", "price crosses above 100.0010", hysteresis="0.01"),
    Rule("range", "A", "price enters 99.9990..100.0005", cooldown="5s"),
    Rule("both", "B", "price above ema(3) and size above 10", repeat=Repeat.SESSION),
    Rule("other", "B", "price above A:price"),
    Rule("any", "ANY of *", "new session high"),
    Rule("quiet", "ANY of A, B", "no tick for 2s"),
)


def engine(rules: tuple[Rule, ...] = RULES) -> Engine:
    made = Engine(InstrumentTable())
    made.set_rules(rules)
    return made


def digest_after(ticks: list[Clean], cuts: list[int], rules: tuple[Rule, ...] = RULES) -> int:
    made = engine(rules)
    for batch in Batching().split(ticks, cuts):
        made.take(batch)
    return made.state_digest()


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_same_wherever_frames_ended(seed: int) -> None:
    rng = random.Random(seed)
    ticks = walk(rng, 300, start_ns=0, step_ns=SECOND // 3, symbols=("A", "B"))
    assert digest_after(ticks, random_cuts(rng, 300)) == digest_after(ticks, [])


def test_it_tells_armed_from_disarmed_and_one_last_firing_from_another() -> None:
    lone = (Rule("level", "A", "price crosses above 100", cooldown="1s"),)
    below, above, far = (
        Clean(at * SECOND, price) for at, price in ((0, 999_000), (1, 1_000_100), (2, 1_000_200))
    )
    later = Clean(3 * SECOND, 1_000_100)
    seen = [
        digest_after(ticks, [], lone)
        for ticks in ([below], [below, above], [below, later], [below, above, Clean(2 * SECOND, 999_000)])
    ]
    assert len(set(seen)) == 4
    assert digest_after([below, above, far], [], lone) == seen[1]


def test_it_tells_apart_what_rules_over_more_than_one_symbols_rows_hold() -> None:
    for when in ("price above 100 and gap in feed", "price above B:price", "no tick for 5s"):
        rules = (Rule("wide", "A", when),)
        ticks = [Clean(0, 990_000, symbol="B"), Clean(SECOND, 980_000)]
        seen = {
            digest_after([*ticks, *more], [], rules)
            for more in (
                [Clean(2 * SECOND, 980_000)],
                [Clean(2 * SECOND, 1_000_100)],
                [Clean(9 * SECOND, 1, symbol="C")],
            )
        }
        assert len(seen) > 1, when


class Ends:
    """Notes how many ticks there were at the end of each frame."""

    def __init__(self) -> None:
        self.at: list[int] = []

    def see(self, frame: Frame, firings: object) -> None:
        self.at.append((self.at[-1] if self.at else 0) + frame.size)

    def forget(self) -> None:
        self.at.clear()


def test_a_frame_ends_where_a_digest_is_taken() -> None:
    made = engine(())
    made.witness = ends = Ends()
    ticks = [Clean(at, 1_000_000) for at in range(1, 50_001)]
    for _ in range(3):
        made.take(Batching().batch(ticks))
    assert ends.at[-1] == 150_000
    assert {DIGEST_TICKS, 2 * DIGEST_TICKS} <= set(ends.at)
