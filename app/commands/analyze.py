"""``tickdesk analyze``: series over a recording, one row per tick that the engine took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.engine import Engine
from analytics.errors import ConfigError
from analytics.series import SeriesSpec, parse_series
from analytics.ticks import NO_SEQ, Float64, TickBatch
from app.commands.output import RowGroups, written_aside
from app.commands.recording import Passage

_BASE = [
    pa.field("symbol", pa.string(), nullable=False),
    pa.field("ts_ns", pa.int64(), nullable=False),
    pa.field("seq", pa.int64()),
    pa.field("price", pa.float64(), nullable=False),
    pa.field("size", pa.float64(), nullable=False),
]


def run(file: str, series: Sequence[str], out: Path, tz: str | None, calendar: str | None) -> int:
    """Write `out`; the counts of all ticks that are not in it go to stderr.

    Raises ConfigError for a bad series, address, zone or calendar, TapeError or OSError for the files.
    """
    columns = series_columns(series)
    passage = Passage(file, tz, calendar, columns.values())
    if out.exists() and passage.path.exists() and out.samefile(passage.path):
        raise ConfigError(f"--out {out} is the file to be read; name another")
    schema = pa.schema([*_BASE, *(pa.field(name, pa.float64()) for name in columns)])
    with written_aside(out) as aside, RowGroups(aside, schema) as groups:
        for taken in passage.taken():
            groups.write(_table(taken.batch, passage.engine, columns, schema))
    passage.tell_counts()
    return 0


def series_columns(texts: Sequence[str]) -> dict[str, SeriesSpec]:
    """Return the series to write by their texts as given, each once, without price and size.

    Raises ConfigError naming a text that is no series.
    """
    specs = {text: parse_series(text) for text in texts}
    return {text: spec for text, spec in specs.items() if not spec.is_column}


def _table(batch: TickBatch, engine: Engine, columns: dict[str, SeriesSpec], schema: pa.Schema) -> pa.Table:
    """Return a batch that the engine has just taken, with the series' values at its ticks."""
    price, size = np.empty(len(batch)), np.empty(len(batch))
    values = {text: np.empty(len(batch)) for text in columns}
    for name, rows in _rows_by_symbol(batch):
        view = engine.view(name)
        assert view is not None
        start, stop = view.count - len(rows), view.count
        price[rows], size[rows] = view.prices(start, stop), view.sizes(start, stop)
        for text, spec in columns.items():
            values[text][rows] = view.values(spec.text, start, stop)
    symbols = pa.DictionaryArray.from_arrays(batch.symbol, pa.array(batch.symbols, pa.string()))
    arrays = [
        symbols.cast(pa.string()),
        pa.array(batch.ts_ns),
        pa.array(batch.seq, mask=batch.seq == NO_SEQ),
        pa.array(price),
        pa.array(size),
        *(_nulls_for_nan(each) for each in values.values()),
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _rows_by_symbol(batch: TickBatch) -> list[tuple[str, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    """Return each symbol of a batch with its rows, ascending."""
    order = np.argsort(batch.symbol, kind="stable")
    codes, starts = np.unique(batch.symbol[order], return_index=True)
    parts = np.split(order, starts[1:])
    return [(batch.symbols[code], part) for code, part in zip(codes.tolist(), parts, strict=True)]


def _nulls_for_nan(values: Float64) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
