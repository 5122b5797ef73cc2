"""What columns hold, and what a tick of them costs."""

from __future__ import annotations

import random

from analytics.engine import Engine
from analytics.instruments import InstrumentTable
from analytics.retention import Retention
from analytics.series import parse_series
from app.sessions.held import Held, bytes_a_tick, held_by
from tests.builders.batches import Batching, walk
from tests.builders.memories import PoisonMemory

TEXTS = ("vwap(session)", "vwap(50ms)")


def taken(count: int, retention: Retention | None = None) -> Engine:
    engine = Engine(
        InstrumentTable(), [parse_series(text) for text in TEXTS], memory=PoisonMemory(), retention=retention
    )
    ticks = walk(random.Random(2), count, start_ns=10**18, step_ns=10**6, symbols=("A", "B"))
    for batch in Batching().split(ticks, range(0, count, 997)):
        engine.take(batch)
    return engine


def test_a_tick_costs_what_its_arrays_grow_by() -> None:
    view = taken(200).view("A")
    assert view is not None
    arrays = (view.ts_ns, view.time_ns, view.price, view.size, view.seq, view.session)
    sums = (view.sum_v, view.sum_vd, view.sum_vdd)
    per_tick = sum(each.itemsize for each in (*arrays, *sums, *view.series.values()))
    assert bytes_a_tick(view) == per_tick


def test_nodes_cost_a_tick_a_hundredth_more() -> None:
    view = taken(30_000).view("A")
    assert view is not None
    assert view.nodes
    base = 68 + 8 * len(TEXTS)
    assert base < bytes_a_tick(view) < base * 1.02


def test_what_was_let_go_of_is_not_held() -> None:
    engine = taken(40_000, Retention(ticks=2_000, bytes=10**9))
    held = held_by(engine.views.values())
    assert held.symbols == 2
    assert 2 * 2_000 <= held.ticks < 2 * 2_000 * 1.5
    assert held.megabytes == held.bytes / 1e6
    assert held_by(()) == Held()
