"""From the program's start to the first painted tick: `tickdesk desk` on the demo market, each time anew.

The time is that from just before the process is made until the event loop is back after the first painting
with ticks in it. One start is made beforehand, so that the others are warm.
"""

from __future__ import annotations

import tempfile
from statistics import median
from time import monotonic_ns

from benchmarks.programs import running, told
from benchmarks.rows import Row
from benchmarks.screen import Screen, screen
from benchmarks.watched import percentile

FEED = "sim:"
RUNS = 7
GOAL_S = 2.0
_PATIENCE_S = 60.0


def run() -> list[Row]:
    """Return the rows: a warm start's time, in the middle and at worst."""
    with tempfile.TemporaryDirectory() as home, screen() as shown:
        first_s, *warm_s = [start_s(shown, home) for _ in range(1 + RUNS)]
    title = f"tickdesk desk --feed {FEED}, {shown.name}: start to first painted tick"
    middle = median(warm_s)
    return [
        Row(f"{title}, first of all", first_s, "s"),
        Row(f"{title}, warm", middle, "s", goal=f"at most {GOAL_S:g} s", met=middle <= GOAL_S),
        Row(f"{title}, warm, worst of {RUNS}", percentile(warm_s, 100), "s"),
    ]


def start_s(shown: Screen, home: str) -> float:
    """Return the seconds of one start; the program keeps what it keeps in a folder of its own."""
    environment = {**shown.environment, "TICKDESK_HOME": home}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began_ns = monotonic_ns()
    with running("benchmarks.first_paint", "desk", "--feed", FEED, environment=environment) as program:
        painted_ns: int = told(program, _PATIENCE_S)["painted_ns"]
        program.wait(_PATIENCE_S)
    return (painted_ns - began_ns) / 1e9
