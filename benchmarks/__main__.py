"""``python -m benchmarks [NAME …] [--json] [--seconds S]``: each figure beside its peer, in one run.

Exit 1 where a goal is missed, 2 for an unknown name.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.rows import Row, as_json, as_table

NAMES = (
    "series", "arriving", "indicators", "engine", "alerts", "kafka", "frames", "heartbeat", "window", "soak", "start",
)  # fmt: skip
"""Each is a module here with ``run() -> list[Row]``; ``kafka`` and ``heartbeat`` need Java and Maven."""
_TIMED = ("heartbeat", "window", "soak")
"""Those that are watched for some seconds."""


def main() -> int:
    """Run the benchmarks that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all where none is given"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    parser.add_argument("--seconds", type=float, help=f"how long {', '.join(_TIMED)} are watched")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in NAMES]
    if unknown:
        print(f"no benchmark is called {unknown[0]!r}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in asked.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        seconds = {"seconds": asked.seconds} if name in _TIMED and asked.seconds is not None else {}
        rows += module.run(**seconds)
    print(as_json(rows) if asked.json else as_table(rows))
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
