"""A window watched in a process of its own: what is asked of it, and what it saw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import numpy as np

from benchmarks.programs import Program, running, told
from benchmarks.rows import Row
from benchmarks.screen import Screen

BEAT_MS = 5
THREAD, APART = "thread", "apart"
ENGINES = (THREAD, APART)
"""Where a desk can have its engine: both are measured in one run, and take turns."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to open and how long to watch.

    Watching begins `warm_s` after the first tick and ends when `watched_s` have passed and `expected` ticks are
    accounted for, when a feed that ends has ended, and after `most_s` in any case. `shift_ns` is what the ticks'
    times are behind the clock.
    """

    feed: str
    engine: str = "thread"
    symbol: str = "NIFTY-FUT"
    warm_s: float = 3.0
    watched_s: float = 20.0
    most_s: float = 120.0
    expected: int = 0
    shift_ns: int = 0

    @property
    def text(self) -> str:
        """Return the order as the program takes it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen. Lists that belong together have one length.

    - `platform`: Qt's; `place`: where the desk says that its engine is.
    - `complete`: whether all was seen that the order asked for.
    - `first_ns`: when ticks were first there, `began_ns` and `ended_ns`: when watching began and ended.
    - `beat_ns`, `late_ms`: each heartbeat; `seen`: the ticks that the desk had accounted for by then.
    - `frame_ns`, `frame_ms`: each frame of the chart; `ages_ms`: each charted tick's age when it was painted.
    - `held_ns`, `held_bytes`: what the columns held, once a second.
    - `counts`: the guard's, at the end; `taken`: ticks computed while it was watched.
    """

    platform: str
    place: str
    complete: bool
    first_ns: int
    began_ns: int
    ended_ns: int
    taken: int
    counts: Mapping[str, int]
    beat_ns: list[int]
    late_ms: list[float]
    seen: list[int]
    frame_ns: list[int]
    frame_ms: list[float]
    ages_ms: list[float]
    held_ns: list[int]
    held_bytes: list[int]

    @property
    def seconds(self) -> float:
        """Return for how long it was watched."""
        return (self.ended_ns - self.began_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Watching:
    """A window that is being watched, with its feed open."""

    program: Program

    def result(self) -> Watched:
        """Return what it saw, once it has seen all."""
        return Watched(**told(self.program))


@contextmanager
def watching(order: Order, screen: Screen) -> Iterator[Watching]:
    """Show a window on a screen, and go on once its feed is open. Raises SystemExit where it does not open."""
    with running("benchmarks.desk_window", order.text, environment=screen.environment) as program:
        if "open" not in told(program):
            raise SystemExit(f"the window did not open {order.feed} in {order.most_s:g} s")
        yield Watching(program)


def titled(load: str, engine: str, screen: Screen, runs: Sequence[Watched]) -> str:
    """Return what a row's name begins with: the load, where the engine was, and what was painted on."""
    short = "" if all(each.complete for each in runs) else ", cut short"
    if engine == APART and not all(each.place.startswith("process") for each in runs):
        short += ", but fell back to a thread"
    return f"{load}, engine {'on a thread' if engine == THREAD else engine}, {screen.name}{short}"


def beside(rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Return the rows of each engine, those of the other ones beside the thread's: above 1 is better than it."""
    first, *others = rows.values()
    return [*first, *(_against(row, its) for some in others for row, its in zip(some, first, strict=True))]


def _against(row: Row, thread: Row) -> Row:
    least = min(row.value, thread.value)
    if row.against or row.unit not in ("ms", "s", "MB", "ticks/s", "M ticks/s") or least <= 0.0:
        return row
    ratio = row.value / thread.value if row.unit.endswith("ticks/s") else thread.value / row.value
    return replace(row, against="engine on a thread", ratio=ratio)


def pooled(runs: Sequence[Watched]) -> list[float]:
    """Return how late each heartbeat of some runs came, in ms."""
    return [ms for each in runs for ms in each.late_ms]


def percentile(values: Sequence[float], q: float) -> float:
    """Return a percentile, NaN of nothing."""
    return float(np.percentile(values, q)) if len(values) else float("nan")


def heartbeat_rows(title: str, late_ms: Sequence[float], p99_ms: float) -> list[Row]:
    """Return the rows of a heartbeat, with the goal of its p99."""
    p50, p99, worst = (percentile(late_ms, q) for q in (50, 99, 100))
    return [
        Row(f"{title}: heartbeat late, p50", p50, "ms"),
        Row(f"{title}: heartbeat late, p99", p99, "ms", goal=f"below {p99_ms:g} ms", met=p99 < p99_ms),
        Row(f"{title}: heartbeat late, worst", worst, "ms"),
    ]
