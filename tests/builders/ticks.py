"""Ticks for tests: as a feed sends them, and as the guard lets them through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, TickBatch, TimeMark

MS = 1_000_000
SECOND = 1_000 * MS
MORNING = 1_757_908_800 * SECOND
"""2025-09-15 04:00 UTC, a Monday: 09:30 in Mumbai."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One tick as a feed sends it. `total` is its cumulative volume; `offset` is its row where None."""

    symbol: str = "A"
    price: float = 100.0
    size: float | None = 1.0
    ts_ns: int | None = MORNING
    seq: int | None = None
    run: str | None = None
    source: str | None = None
    total: float | None = None
    arrival_ns: int | None = None
    partition: int = 0
    offset: int | None = None
    index: int = 0
    defect: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Silence: the clock of a partition is at `at_ns`."""

    at_ns: int
    partition: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """One tick as the guard let it through; price and size as exact numbers."""

    symbol: str
    row: int
    seq: int | None
    ts_ns: int
    arrival_ns: int
    price: Fraction
    size: Fraction
    after_gap: bool
    price_scale: int
    size_scale: int


def _coded(texts: Sequence[str | None]) -> tuple[tuple[str, ...], np.ndarray]:
    table = tuple(dict.fromkeys(text for text in texts if text is not None))
    codes = [NO_CODE if text is None else table.index(text) for text in texts]
    return table, np.array(codes, np.int32)


def _times(times: Iterable[int | None]) -> np.ndarray:
    return np.array([NO_TIME if each is None else each for each in times], np.int64)


def arrivals(feed: Sequence[Sent | Mark], first_row: int = 0) -> Arrivals:
    """Return what a source would hand over in one poll."""
    sent = [each for each in feed if isinstance(each, Sent)]
    marks: list[TimeMark] = []
    row = 0
    for each in feed:
        if isinstance(each, Mark):
            marks.append(TimeMark(row, each.at_ns, each.partition))
        else:
            row += 1
    symbols, symbol = _coded([each.symbol for each in sent])
    runs, run = _coded([each.run for each in sent])
    sources, source = _coded([each.source for each in sent])
    offsets = [first_row + at if each.offset is None else each.offset for at, each in enumerate(sent)]
    totals = [np.nan if each.total is None else each.total for each in sent]
    return Arrivals(
        symbols=symbols,
        symbol=symbol,
        ts_ns=_times(each.ts_ns for each in sent),
        price=np.array([each.price for each in sent], np.float64),
        size=np.array([np.nan if each.size is None else each.size for each in sent], np.float64),
        seq=np.array([NO_SEQ if each.seq is None else each.seq for each in sent], np.int64),
        arrival_ns=_times(each.arrival_ns for each in sent),
        partition=np.array([each.partition for each in sent], np.int32),
        offset=np.array(offsets, np.int64),
        index=np.array([each.index for each in sent], np.int32),
        first_row=first_row,
        volume_total=None if all(each.total is None for each in sent) else np.array(totals, np.float64),
        runs=runs,
        run=run if runs else None,
        sources=sources,
        source=source if sources else None,
        defects={at: each.defect for at, each in enumerate(sent) if each.defect is not None},
        time_marks=tuple(marks),
    )


def polls(feed: Sequence[Sent | Mark], cuts: Iterable[int]) -> list[Arrivals]:
    """Return a feed as a source would hand it over in several polls, cut before the entries `cuts`."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(feed)}), len(feed)]
    pieces = [feed[start:stop] for start, stop in pairwise(bounds)]
    found, row = [], 0
    for each in pieces:
        found.append(arrivals(each, row))
        row += len(found[-1])
    return found


def ticks_of(batches: Iterable[TickBatch]) -> list[Taken]:
    """Return the ticks of some batches, one by one."""
    found = []
    for batch in batches:
        for at in range(len(batch)):
            code = int(batch.symbol[at])
            price_scale, size_scale = batch.price_scale[code], batch.size_scale[code]
            seq = int(batch.seq[at])
            found.append(
                Taken(
                    symbol=batch.symbols[code],
                    row=int(batch.row[at]),
                    seq=None if seq == NO_SEQ else seq,
                    ts_ns=int(batch.ts_ns[at]),
                    arrival_ns=int(batch.arrival_ns[at]),
                    price=Fraction(int(batch.price[at]), 10**price_scale),
                    size=Fraction(int(batch.size[at]), 10**size_scale),
                    after_gap=bool(batch.after_gap[at]),
                    price_scale=price_scale,
                    size_scale=size_scale,
                )
            )
    return found
