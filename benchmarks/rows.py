"""One row a figure, beside its peer and its goal."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a benchmark.

    `against` names the peer that was measured in the same run, `ratio` is this over the peer (or the peer
    over this, where less is better), so that more is always better. `goal` is in words; `met` is None
    where there is no goal.
    """

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def peer(module: str) -> Any:
    """Return a peer's module. Exits saying what to install where it is missing: its goal cannot be told."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SystemExit(f"{module} cannot be loaded ({error}): install the extra `bench`") from None


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some runs: noise only ever adds."""
    return in_turn(runs, work)[0]


def in_turn(runs: int, *works: Callable[[], object]) -> list[float]:
    """Return each one's seconds in its fastest run; they take turns, so that a noisy moment is nobody's alone."""
    fastest = [float("inf")] * len(works)
    for _ in range(runs):
        for each, work in enumerate(works):
            start = perf_counter()
            work()
            fastest[each] = min(fastest[each], perf_counter() - start)
    return fastest


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows as a JSON array."""
    return json.dumps([asdict(row) for row in rows], indent=1)


def as_table(rows: Sequence[Row]) -> str:
    """Return the rows as aligned text."""
    cells = [("figure", "value", "against", "ratio", "goal", "")]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}x"
        mark = {True: "met", False: "MISSED", None: ""}[row.met]
        cells.append((row.name, f"{row.value:,.4g} {row.unit}", row.against, ratio, row.goal, mark))
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
