"""The vocabulary of ticks: what a source hands over, and what the guard lets through.

`Arrivals` is raw: any value may be wrong. `TickBatch` is clean: in order, each tick once, integers at
its symbol's scale. Both are structs of numpy arrays of one length and must not be changed once made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.grouping import Groups

Int64: TypeAlias = NDArray[np.int64]
Int32: TypeAlias = NDArray[np.int32]
Float64: TypeAlias = NDArray[np.float64]
Bool: TypeAlias = NDArray[np.bool_]

NO_SEQ = int(np.iinfo(np.int64).min)
"""Stands in an int64 `seq` column where a tick has none."""
NO_TIME = int(np.iinfo(np.int64).min)
"""Stands in an int64 time column where a tick has none."""
NO_CODE = -1
"""Stands in a dictionary-coded column (`run`, `source`) where a tick has none."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a tick stood: partition, offset, and index inside the message. In a file: 0, row, 0."""

    partition: int
    offset: int
    index: int = 0

    def __str__(self) -> str:
        inside = f"[{self.index}]" if self.index else ""
        return f"p{self.partition}:{self.offset}{inside}"


@dataclass(frozen=True, slots=True)
class TimeMark:
    """Time that passed in silence: before row `row` of the arrivals, a partition's clock was at `at_ns`.

    With `idle` the clock does not move: the partition was found idle then, and counts no more until its
    next tick.
    """

    row: int
    at_ns: int
    partition: int = 0
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Ticks as a source handed them over, in arrival order; any of them may be bad.

    Every array has the same length n. `symbol`, `run` and `source` are codes into the tuples
    `symbols`, `runs` and `sources`; NO_CODE says there is none.

    - `ts_ns`: event time, int64 ns UTC, NO_TIME where the tick has none (it takes its arrival time).
    - `price`, `size`: float64. `size` is NaN where the tick brings a `volume_total` instead.
    - `volume_total`: cumulative traded quantity, NaN where absent; None where no tick has one.
    - `seq`: int64, NO_SEQ where absent.
    - `arrival_ns`: int64 ns UTC, NO_TIME where unknown (the guard takes `ts_ns`).
    - `partition`, `offset`, `index`: the place of each tick in its topic; in a file 0, row, 0.
    - `first_row`: reading order of the first tick; tick i has row `first_row + i`.
    - `defects`: reason by index for ticks that could not be read whole (their other fields may be
      filler, but symbol and seq are given where they could be read).
    - `raw`: returns the bytes of tick i as they were received, where the source can tell.
    - `time_marks`: clock readings that stand between these ticks, ascending by row.
    """

    symbols: tuple[str, ...]
    symbol: Int32
    ts_ns: Int64
    price: Float64
    size: Float64
    seq: Int64
    arrival_ns: Int64
    partition: Int32
    offset: Int64
    index: Int32
    first_row: int = 0
    volume_total: Float64 | None = None
    runs: tuple[str, ...] = ()
    run: Int32 | None = None
    sources: tuple[str, ...] = ()
    source: Int32 | None = None
    bid: Float64 | None = None
    ask: Float64 | None = None
    defects: Mapping[int, str] = field(default_factory=dict)
    raw: Callable[[int], bytes] | None = None
    time_marks: tuple[TimeMark, ...] = ()

    def __len__(self) -> int:
        return len(self.ts_ns)


@dataclass(frozen=True, slots=True)
class TickBatch:
    """Clean ticks of any number of symbols, in the order in which the engine takes them.

    `symbol` holds codes into `symbols`, the guard's own growing table, so a code never changes its
    meaning. `price` and `size` are int64 at `price_scale[code]` and `size_scale[code]` decimals;
    within one batch a symbol's scale is constant. `after_gap` marks a tick before which ticks are
    known to be missing. `row` is the reading order in the feed. `arrival_ns` is the clock of the tick's
    partition when it came, `clock_ns` the watermark when it left (None: they are the same). `marks` are
    (index, watermark) of time that passed in silence, before the tick at that index (n: after the last
    one); a batch may have nothing else. `by_symbol` has the ticks grouped by their code, where that is known.
    """

    symbols: tuple[str, ...]
    symbol: Int32
    ts_ns: Int64
    arrival_ns: Int64
    price: Int64
    size: Int64
    seq: Int64
    row: Int64
    after_gap: Bool
    price_scale: tuple[int, ...]
    size_scale: tuple[int, ...]
    clock_ns: Int64 | None = None
    marks: tuple[tuple[int, int], ...] = ()
    by_symbol: Groups | None = None

    def __len__(self) -> int:
        return len(self.ts_ns)
