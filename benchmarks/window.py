"""The whole window on a simulated market of 2,000 ticks a second: the GUI thread's heartbeat, and memory.

Runs the real desk and window, in a process of its own, on the screen that there is. The heartbeat is a timer of
5 ms on the GUI thread; what is measured is how much later than asked it comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.rows import Row
from benchmarks.screen import screen
from benchmarks.usage import Usage, between, watch_usage
from benchmarks.watched import ENGINES, Order, Watched, beside, heartbeat_rows, titled, watching

RATE = 2_000
DEFAULT_S = 600.0
HEARTBEAT_MS, TICK_BYTES, GROWTH_MB = 20.0, 160.0, 20.0
_WARM_UP_S = 20.0
_LOOK_NS = 3_000_000_000


def run(seconds: float = DEFAULT_S) -> list[Row]:
    """Return the rows: heartbeat p50 and p99, growth of memory, and ticks that are not there.

    The engine on a thread and the engine apart are watched for half of the seconds each.
    """
    each_s, rows = seconds / len(ENGINES), {}
    with screen() as shown:
        for engine in ENGINES:
            most_s = each_s + 2 * _WARM_UP_S + 30.0
            order = Order(f"sim:?rate={RATE}", engine, warm_s=_WARM_UP_S, watched_s=each_s, most_s=most_s)
            with watching(order, shown) as window:
                seen, used = watch_usage(window)
            load = titled(f"window at {RATE:,} ticks/s for {each_s:.0f} s", engine, shown, [seen])
            rows[engine] = window_rows(load, seen, used)
    return beside(rows)


def window_rows(load: str, seen: Watched, used: Sequence[Usage]) -> list[Row]:
    """Return the rows of one window and of what it used meanwhile."""
    before = between(used, seen.began_ns, seen.began_ns + _LOOK_NS)[0].memory
    after = between(used, seen.ended_ns - _LOOK_NS, seen.ended_ns)[-1].memory
    grown = (after - before) / 1e6
    beyond = grown - TICK_BYTES * seen.taken / 1e6
    dropped = sum(seen.counts[name] for name in ("quarantined", "late", "duplicate", "missing"))
    return [
        Row(f"{load}: ticks a second taken", seen.taken / seen.seconds, "ticks/s"),
        *heartbeat_rows(load, seen.late_ms, HEARTBEAT_MS),
        Row(f"{load}: memory growth", grown, "MB"),
        Row(
            f"{load}: growth beyond {TICK_BYTES:g} bytes a tick",
            beyond,
            "MB",
            goal=f"at most {GROWTH_MB:g} MB",
            met=beyond <= GROWTH_MB,
        ),
        Row(f"{load}: ticks dropped or missing", dropped, "ticks", goal="none", met=dropped == 0),
    ]
