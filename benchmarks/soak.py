"""A whole session of 6 h 15 min played at speed: memory, handles and frames of its last tenth beside its first.

The session is simulated into a file once; the window replays it, with the engine on a thread and with it apart.
It is watched from when the chart shows its 30 minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from app.commands import simulate
from benchmarks.rows import Row
from benchmarks.screen import Screen, screen
from benchmarks.usage import Usage, between, watch_usage
from benchmarks.watched import ENGINES, Order, Watched, beside, percentile, titled, watching

SESSION_S = 22_500.0
DEFAULT_S = 110.0
RATE = 140.0
"""Ticks a second of market time over 13 symbols: some 3.2 million in the session."""
FULL_S = 2_000.0
"""After so much market time the chart shows its 30 minutes; before, a frame has less to paint."""
GROWTH_MB, _SLOWER = 20.0, 1.2
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Tenth:
    """One tenth of the play: means of memory and of what the columns hold, in bytes; most handles and threads;
    frames and heartbeats in ms.
    """

    memory: float
    held: float
    handles: int
    threads: int
    frame_ms: Sequence[float]
    late_ms: Sequence[float]


def run(seconds: float = DEFAULT_S) -> list[Row]:
    """Return the rows; the session is played in so many seconds, once for each place of the engine."""
    with tempfile.TemporaryDirectory() as folder, screen() as shown:
        file = Path(folder) / "session.parquet"
        simulate.run(str(file), None, RATE, None, None, None)
        rows = {}
        for engine in ENGINES:
            speed = SESSION_S / seconds
            order = Order(
                f"file:{file}?speed={speed:g}",
                engine,
                warm_s=FULL_S / speed,
                watched_s=10 * seconds,
                most_s=3 * seconds + 60.0,
            )
            with watching(order, shown) as window:
                seen, used = watch_usage(window)
            rows[engine] = soak_rows(_title(speed, engine, shown, seen), seen, *tenths(seen, used))
        return beside(rows)


def _title(speed: float, engine: str, shown: Screen, seen: Watched) -> str:
    return titled(f"session of 6 h 15 min at {speed:.0f}x", engine, shown, [seen])


def tenths(seen: Watched, used: Sequence[Usage]) -> tuple[Tenth, Tenth]:
    """Return the first tenth of the time that was watched, and the last."""
    length_ns = (seen.ended_ns - seen.began_ns) // 10
    first = _tenth(seen, used, seen.began_ns, seen.began_ns + length_ns)
    return first, _tenth(seen, used, seen.ended_ns - length_ns, seen.ended_ns)


def _tenth(seen: Watched, used: Sequence[Usage], began_ns: int, ended_ns: int) -> Tenth:
    def inside(times_ns: Sequence[int], values: Sequence[float]) -> list[float]:
        return [value for at, value in zip(times_ns, values, strict=True) if began_ns <= at <= ended_ns]

    samples = between(used, began_ns, ended_ns)
    return Tenth(
        memory=fmean(each.memory for each in samples),
        held=fmean(inside(seen.held_ns, seen.held_bytes)),
        handles=max(each.handles for each in samples),
        threads=max(each.threads for each in samples),
        frame_ms=inside(seen.frame_ns, seen.frame_ms),
        late_ms=inside(seen.beat_ns, seen.late_ms),
    )


def soak_rows(title: str, seen: Watched, first: Tenth, last: Tenth) -> list[Row]:
    """Return the rows of two tenths."""
    held = (last.held - first.held) / _MB
    beyond = (last.memory - first.memory) / _MB - held
    handles, threads = last.handles - first.handles, last.threads - first.threads
    return [
        Row(f"{title}: ticks played", seen.counts["taken"], "ticks"),
        Row(f"{title}: memory at the end", last.memory / _MB, "MB"),
        Row(f"{title}: growth of what the columns hold", held, "MB"),
        Row(
            f"{title}: growth beyond that",
            beyond,
            "MB",
            goal=f"below {GROWTH_MB:g} MB",
            met=beyond < GROWTH_MB,
        ),
        Row(f"{title}: more handles", handles, "handles", goal="none", met=handles <= 0),
        Row(f"{title}: more threads", threads, "threads", goal="none", met=threads <= 0),
        *_compared(title, "frame, p50", first.frame_ms, last.frame_ms, 50, _SLOWER),
        *_compared(title, "frame, p99", first.frame_ms, last.frame_ms, 99, _SLOWER),
        *_compared(title, "heartbeat late, p99", first.late_ms, last.late_ms, 99, None),
    ]


def _compared(
    title: str, what: str, first: Sequence[float], last: Sequence[float], q: float, most: float | None
) -> list[Row]:
    before, after = percentile(first, q), percentile(last, q)
    goal = "" if most is None else f"at most {most:g}x of the first"
    met = None if most is None else after <= most * before
    return [
        Row(f"{title}: {what} of the first tenth", before, "ms"),
        Row(f"{title}: {what} of the last tenth", after, "ms", "first tenth", before / after, goal, met),
    ]
