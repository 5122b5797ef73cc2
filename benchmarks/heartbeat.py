"""The GUI thread's heartbeat while a topic loads the window, and how long a tick takes to be painted.

Starts a broker of its own, so Java and Maven are needed, and the client of librdkafka for the load. Window,
broker and load are processes of their own. The engine on a thread and the engine apart take turns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time_ns
from typing import Any

import numpy as np

from benchmarks.loads import Phase, plan_text, session_start_ns
from benchmarks.programs import running, told
from benchmarks.rows import Row
from benchmarks.screen import Screen, screen
from benchmarks.watched import (
    ENGINES,
    Order,
    Watched,
    beside,
    heartbeat_rows,
    percentile,
    pooled,
    titled,
    watching,
)
from feeds.address import KafkaAddress, parse_address
from feeds.kafka.topics import create_topic
from tests.builders.broker import Broker, broker_fault

WATCHED_S = 15.0
STEADY_RATE, STEADY_MS = 20_000, 20.0
CATCH_UP_TICKS, CATCH_UP_MS, CATCH_UP_RATE, CATCH_UP_RUNS = 6_000_000, 33.0, 1e6, 2
BURST_TICKS, BURST_MS, CAUGHT_UP_S, _BURST_S = 100_000, 250.0, 5.0, 1.1
PIXEL_RATE, PIXEL_P50_MS, PIXEL_P99_MS = 5_000, 25.0, 60.0
_WARM_S = 3.0
_AROUND = (Phase(1_000, 5.0), Phase(1_000, 6.0))  # before the burst and after it
_INTO_SESSION_NS = 2_700 * 10**9  # ticks are of 10:00


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a load did: ticks, and when each of its phases began and was with the broker, monotonic ns."""

    ticks: int
    spans_ns: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where all of it happens."""

    server: str
    screen: Screen
    engines: Sequence[str]

    def topic(self, name: str, options: str = "") -> KafkaAddress:
        """Return a new topic's address."""
        address = parse_address(f"kafka://{self.server}/bench.{name}.{time_ns()}{options}")
        assert isinstance(address, KafkaAddress)
        create_topic(address.servers, address.topic)
        return address

    def live(self, name: str, engine: str, phases: Sequence[Phase], **order: Any) -> tuple[Watched, _Sent]:
        """Watch a window that reads a topic while phases of JSON ticks are published to it."""
        address = self.topic(name)
        shift_ns = time_ns() - session_start_ns() - _INTO_SESSION_NS
        seconds = sum(each.seconds for each in phases)
        wanted = Order(
            address.text,
            engine,
            expected=sum(each.ticks for each in phases),
            most_s=2 * seconds + 30.0,
            shift_ns=shift_ns,
            **order,
        )
        load = ("paced", address.text, plan_text(phases), str(shift_ns))
        with watching(wanted, self.screen) as window, running("benchmarks.loads", *load) as program:
            sent = told(program)
            return window.result(), _Sent(sent["acknowledged"], sent["spans_ns"])


def run(seconds: float = WATCHED_S) -> list[Row]:
    """Return the rows of every load; `seconds` is how long each steady one is watched."""
    fault = broker_fault()
    if fault is not None:
        raise SystemExit(f"heartbeat: {fault}")
    with ExitStack() as stack:
        shown = stack.enter_context(screen())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        broker = stack.enter_context(Broker(Path(folder)))
        place = _Place(broker.server, shown, ENGINES)
        loads = (partial(steady, seconds=seconds), catch_up, burst, partial(to_pixel, seconds=seconds))
        return [row for load in loads for row in load(place)]


# A steady load


def steady(place: _Place, seconds: float) -> list[Row]:
    """Watch the heartbeat at 20,000 JSON ticks a second."""
    phases = [Phase(STEADY_RATE, seconds + 2 * _WARM_S)]
    rows = {}
    for engine in place.engines:
        seen, sent = place.live("steady", engine, phases, warm_s=_WARM_S, watched_s=seconds)
        title = titled(f"kafka, json, {STEADY_RATE:,} ticks/s", engine, place.screen, [seen])
        late_ms = [ms for at, ms in zip(seen.beat_ns, seen.late_ms, strict=True) if at < sent.spans_ns[0][1]]
        rows[engine] = [
            Row(f"{title}: ticks a second computed", seen.taken / seen.seconds, "ticks/s"),
            *heartbeat_rows(title, late_ms, STEADY_MS),
        ]
    return beside(rows)


# Catching up


def catch_up(place: _Place) -> list[Row]:
    """Watch the heartbeat while a whole topic of Arrow messages is read as fast as it can be."""
    address = place.topic("catchup", "?from=earliest&tune=throughput&form=arrow")
    with running("benchmarks.loads", "fill", address.text, str(CATCH_UP_TICKS)) as program:
        told(program)
    runs: dict[str, list[Watched]] = {each: [] for each in place.engines}
    for _ in range(CATCH_UP_RUNS):  # in turn, so that a noisy moment is nobody's alone
        for engine, seen in runs.items():
            order = Order(address.text, engine, warm_s=0.0, watched_s=0.0, expected=CATCH_UP_TICKS)
            with watching(order, place.screen) as window:
                seen.append(window.result())
    return beside({engine: list(_catch_up_rows(engine, place, seen)) for engine, seen in runs.items()})


def _catch_up_rows(engine: str, place: _Place, runs: Sequence[Watched]) -> Iterator[Row]:
    title = titled("kafka, arrow, catching up", engine, place.screen, runs)
    rate = sum(each.taken for each in runs) / sum(each.seconds for each in runs)
    goal, met = f"at least {CATCH_UP_RATE / 1e6:g} M/s", rate >= CATCH_UP_RATE
    yield Row(f"{title}: ticks a second computed", rate / 1e6, "M ticks/s", goal=goal, met=met)
    yield from heartbeat_rows(title, pooled(runs), CATCH_UP_MS)


# A burst


def burst(place: _Place) -> list[Row]:
    """Watch the heartbeat while 100,000 JSON ticks arrive within a second, and count what became of each."""
    before, after = _AROUND
    phases = [before, Phase(BURST_TICKS, 1.0), after]
    rows = {}
    for engine in place.engines:
        watched_s = sum(each.seconds for each in phases) - 2 * _WARM_S
        seen, sent = place.live("burst", engine, phases, warm_s=_WARM_S, watched_s=watched_s)
        title = titled(f"kafka, json, {BURST_TICKS:,} ticks in a second", engine, place.screen, [seen])
        rows[engine] = burst_rows(title, seen, sent.ticks, sent.spans_ns[1], before.ticks + BURST_TICKS)
    return beside(rows)


def burst_rows(title: str, seen: Watched, sent: int, span_ns: tuple[int, int], by_then: int) -> list[Row]:
    """Return the rows of a burst that lasted a span, monotonic ns, at whose end `by_then` ticks had been sent."""
    began_ns, ended_ns = span_ns
    beats, late_ms = np.array(seen.beat_ns), np.array(seen.late_ms)
    reached = np.flatnonzero(np.array(seen.seen) >= by_then)
    caught_up_ns = int(beats[reached[0]]) if len(reached) else seen.ended_ns
    during = (beats >= began_ns) & (beats <= max(caught_up_ns, ended_ns))
    worst, arriving_s = percentile(late_ms[during].tolist(), 100), (ended_ns - began_ns) / 1e9
    caught_up_s = (caught_up_ns - began_ns) / 1e9 if len(reached) else float("nan")
    astray = sent - accounted(seen.counts)
    within = arriving_s <= _BURST_S
    return [
        Row(f"{title}: with the broker after", arriving_s, "s", goal="1 s", met=within),
        Row(f"{title}: heartbeat late, p99", percentile(late_ms[during].tolist(), 99), "ms"),
        Row(
            f"{title}: heartbeat late, worst",
            worst,
            "ms",
            goal=f"at most {BURST_MS:g} ms",
            met=worst <= BURST_MS,
        ),
        Row(
            f"{title}: caught up, from the first tick on",
            caught_up_s,
            "s",
            goal=f"at most {CAUGHT_UP_S:g} s",
            met=caught_up_s <= CAUGHT_UP_S,
        ),
        Row(f"{title}: ticks of {sent:,} unaccounted for", astray, "ticks", goal="none", met=astray == 0),
    ]


def accounted(counts: Mapping[str, int]) -> int:
    """Return how many ticks the guard took, set aside, found late, or found to have come before."""
    return sum(counts[name] for name in ("taken", "quarantined", "late", "duplicate"))


# From tick to pixel


def to_pixel(place: _Place, seconds: float) -> list[Row]:
    """Watch how old each tick of the chart is when it is painted: from the producer's stamp on."""
    phases = [Phase(PIXEL_RATE, seconds + 2 * _WARM_S)]
    rows = {}
    for engine in place.engines:
        seen, _ = place.live("pixel", engine, phases, warm_s=_WARM_S, watched_s=seconds)
        title = titled(f"kafka, json, {PIXEL_RATE:,} ticks/s, tick to pixel", engine, place.screen, [seen])
        p50, p99, worst = (percentile(seen.ages_ms, q) for q in (50, 99, 100))
        rows[engine] = [
            Row(f"{title}: ticks painted", len(seen.ages_ms), "ticks"),
            Row(f"{title}: p50", p50, "ms", goal=f"at most {PIXEL_P50_MS:g} ms", met=p50 <= PIXEL_P50_MS),
            Row(f"{title}: p99", p99, "ms", goal=f"at most {PIXEL_P99_MS:g} ms", met=p99 <= PIXEL_P99_MS),
            Row(f"{title}: worst", worst, "ms"),
        ]
    return beside(rows)
