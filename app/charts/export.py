"""The ticks of a chart as a file that this program, and any other, reads back: CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.columns import ColumnsView
from analytics.ticks import NO_SEQ, Int64
from app.charts.written import written_aside

SUFFIXES = (".csv", ".parquet")
_ROWS_TOGETHER = 262_144
_DIGITS = 19

Progress = Callable[[float], object]
"""Told which share of the rows is written, 0 to 1."""
FirstHeld = Callable[[], int]
"""Returns the first row that is still held: what a view shows below it may be gone meanwhile."""


def write_ticks(
    view: ColumnsView,
    start: int,
    stop: int,
    path: Path,
    series: Sequence[str],
    progress: Progress | None = None,
    first_held: FirstHeld = lambda: 0,
) -> None:
    """Write rows [start, stop) with their series; what was at `path` stays until all is written. In any thread.

    Columns are ``symbol``, ``ts_ns``, ``seq``, ``price``, ``size`` and each series by its text, empty where it has no
    value. Price and size are decimals, to the last digit of what came. `seq` is written where numbers ascend
    throughout; where they do not, rows keep their order by their times, which are those that windows use.

    Raises OSError naming the path, also for a suffix that is neither ``.csv`` nor ``.parquet``; KeyError for a series
    that is not kept; ValueError for rows that are not held, or not any more when they are read. A `progress` that raises ends it: nothing is written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise OSError(f"{path}: expected a name that ends in {' or '.join(SUFFIXES)}, found {suffix!r}")
    if not view.first <= start < stop <= view.count:
        raise ValueError(f"expected rows within {view.first} to {view.count}, found {start} to {stop}")
    columns = {text: view.series[text] for text in series}
    write = _write_csv if suffix == ".csv" else _write_parquet
    with written_aside(path) as aside:
        write(aside, _parts(view, (start, stop), columns, progress, first_held))


def _parts(
    view: ColumnsView,
    rows: tuple[int, int],
    columns: dict[str, np.ndarray],
    progress: Progress | None,
    first_held: FirstHeld,
) -> Iterator[pa.Table]:
    """Yield tables of so many rows together; the first has rows."""
    start, stop = rows
    numbered = _is_numbered(view.seq[start:stop])
    for at in range(start, stop, _ROWS_TOGETHER):
        end = min(at + _ROWS_TOGETHER, stop)
        table = {
            "symbol": pa.array([view.symbol], pa.string()).take(pa.array(np.zeros(end - at, np.int32))),
            "ts_ns": pa.array((view.ts_ns if numbered else view.time_ns)[at:end]),
        }
        if numbered:
            table["seq"] = pa.array(view.seq[at:end])
        table["price"] = _decimals(view.price[at:end], view.price_scale)
        table["size"] = _decimals(view.size[at:end], view.size_scale)
        for text, column in columns.items():
            values = column[at:end]
            table[text] = pa.array(values, mask=np.isnan(values))
        made = pa.table(table)
        if first_held() > at:
            raise ValueError("these ticks are no longer held; export again what is in sight now")
        yield made
        if progress is not None:
            progress((end - start) / (stop - start))


def _is_numbered(seq: Int64) -> bool:
    """Return whether numbers tell the order: each there, and above the one before."""
    return bool(np.all(seq != NO_SEQ) and np.all(seq[1:] > seq[:-1]))


def _decimals(values: Int64, scale: int) -> pa.Array:
    """Return integers at a scale as decimals, without a detour by floats; whole numbers where the scale is 0."""
    if scale == 0:
        return pa.array(values)
    halves = np.empty((len(values), 2), np.int64)  # of 128 bits, the lower first
    halves[:, 0] = values
    halves[:, 1] = values >> 63
    kind = pa.decimal128(_DIGITS, scale)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(halves)])


def _write_csv(path: Path, parts: Iterator[pa.Table]) -> None:
    with path.open("wb") as stream:
        for n, part in enumerate(parts):
            frame = pl.from_arrow(part)
            assert isinstance(frame, pl.DataFrame)
            frame.write_csv(stream, include_header=n == 0)


def _write_parquet(path: Path, parts: Iterator[pa.Table]) -> None:
    first = next(parts)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)
