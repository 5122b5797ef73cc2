"""Messages damaged in every way that comes to mind: none may escape, or take another along."""

import json
import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from analytics.ticks import Arrivals
from feeds.codec import ARROW_HEADERS, JSON_HEADERS, TickDecoder
from tests.feeds.codec.damage import HEADERS, damaged, seeds
from tests.feeds.codec.messages import Message, tick

MESSAGES = 20_000
POLL = 50


def check_one_poll(found: Arrivals, messages: Sequence[Message], first_offset: int) -> tuple[int, int]:
    """Check that each damaged message gave ticks or one defect; return how many were which."""
    starts = [*np.flatnonzero(found.index == 0).tolist(), len(found)]
    assert len(starts) == len(messages) + 1
    assert found.raw is not None
    good = bad = 0
    for number, (start, stop) in enumerate(pairwise(starts)):
        assert set(found.offset[start:stop].tolist()) == {first_offset + number}
        assert found.index[start:stop].tolist() == list(range(stop - start))
        defects = [at for at in range(start, stop) if at in found.defects]
        for at in range(start, stop):
            found.raw(at)
        for at in defects:
            assert 0 < len(found.defects[at]) <= 160
            assert found.defects[at].isprintable()
        if number % 2:
            assert not defects
            assert stop - start == 1
            assert (found.symbols[found.symbol[start]], found.price[start], found.size[start]) == (
                "SENTRY",
                101.25,
                7.0,
            )
            assert (found.ts_ns[start], found.seq[start]) == (1_722_500_000_000_000_000 + number, number)
        good += not number % 2 and not defects
        bad += bool(defects)
    return good, bad


def test_damaged_messages_give_ticks_or_a_defect_and_never_touch_the_next() -> None:
    rng = random.Random(20240801)
    sound = seeds()
    decoder = TickDecoder()
    good = bad = row = 0
    for first in range(0, MESSAGES, POLL):
        messages: list[Message] = []
        for number in range(0, 2 * POLL, 2):
            value = damaged(rng, sound)
            own = ARROW_HEADERS if value[:4] == b"\xff" * 4 else JSON_HEADERS
            messages.append(Message(value, rng.choice((own, own, rng.choice(HEADERS))), first + number, 1))
            sentry = tick(
                symbol="SENTRY", price=101.25, volume=7, ts=1_722_500_000_000_000_001 + number, seq=number + 1
            )
            messages.append(
                Message(json.dumps(sentry).encode(), rng.choice((JSON_HEADERS, ())), first + number + 1, 1)
            )
        found = decoder.decode({4: messages}, row)
        assert found.first_row == row
        assert (found.partition == 4).all()
        row += len(found)
        here = check_one_poll(found, messages, first)
        good, bad = good + here[0], bad + here[1]
    assert good + bad == MESSAGES
    assert good > 500
    assert bad > 5_000


def test_damaged_bodies_of_arrow_never_bring_back_anything_but_arrays_of_one_length() -> None:
    rng = random.Random(7)
    decoder = TickDecoder()
    sound = [value for value in seeds() if value[:4] == b"\xff" * 4]
    for at in range(2_000):
        found = decoder.decode({0: [Message(damaged(rng, sound), ARROW_HEADERS, at)]}, 0)
        n = len(found)
        assert n >= 1
        for column in (
            found.symbol,
            found.price,
            found.size,
            found.seq,
            found.offset,
            found.index,
            found.arrival_ns,
        ):
            assert len(column) == n
        assert found.symbol.max() < len(found.symbols)
        assert found.run is None or found.run.max() < len(found.runs)
