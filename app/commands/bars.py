"""``tickdesk bars``: a recording put together to bars, one row a bar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.bars import BAR_COLUMNS, BarRule, Bars, BarsView, parse_bar_rule
from analytics.columns import ColumnsView
from analytics.errors import ConfigError
from analytics.ticks import Int64
from app.commands.output import GROUP_ROWS, RowGroups, written_aside
from app.commands.recording import Passage

_SCHEMA = pa.schema(
    [
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("start_ns", pa.int64(), nullable=False),
        pa.field("last_ns", pa.int64(), nullable=False),
        *(
            pa.field(name, pa.float64(), nullable=False)
            for name in ("open", "high", "low", "close", "volume")
        ),
        pa.field("ticks", pa.int64(), nullable=False),
        pa.field("vwap", pa.float64()),
        pa.field("closed", pa.bool_(), nullable=False),
    ]
)


def run(file: str, by: str, out: Path, tz: str | None, calendar: str | None) -> int:
    """Write the bars of all ticks that the engine took to `out`, symbol after symbol; counts go to stderr.

    Raises ConfigError for a bad bar, address, zone or calendar, TapeError or OSError for the files.
    """
    rule = parse_bar_rule(by)
    passage = Passage(file, tz, calendar)
    if out.exists() and passage.path.exists() and out.samefile(passage.path):
        raise ConfigError(f"--out {out} is the file to be read; name another")
    with written_aside(out) as aside, RowGroups(aside, _SCHEMA) as groups:
        bars: dict[str, Bars] = {}
        for _ in passage.taken():
            for symbol, view in passage.engine.views.items():
                if symbol not in bars:
                    bars[symbol] = _begun(rule, symbol, view, passage)
                _extend(bars[symbol], view)
        for symbol, each in bars.items():
            _write(groups, symbol, each.view)
    passage.tell_counts()
    return 0


def _begun(rule: BarRule, symbol: str, view: ColumnsView, passage: Passage) -> Bars:
    calendar = passage.instruments.calendar_of(symbol)
    return Bars(rule, calendar, view.price_scale, view.size_scale)


def _extend(bars: Bars, view: ColumnsView) -> None:
    """Take the ticks that came since."""
    if (view.price_scale, view.size_scale) != (bars.view.price_scale, bars.view.size_scale):
        bars.rescale(view.price_scale, view.size_scale)
    rows = slice(bars.rows, view.count)
    bars.extend(view.time_ns[rows], view.price[rows], view.size[rows], view.session[rows])


def _write(groups: RowGroups, symbol: str, view: BarsView) -> None:
    every = view.every()
    for start in range(0, every.shape[1], GROUP_ROWS):
        groups.write(_table(symbol, view, every[:, start : start + GROUP_ROWS], first=start))


def _table(symbol: str, view: BarsView, bars: Int64, first: int) -> pa.Table:
    """Return some bars, the first of which is number `first`."""
    count = bars.shape[1]
    columns = dict(zip(BAR_COLUMNS, bars, strict=True))
    vwaps = view.vwaps(bars)
    arrays = [
        pa.array([symbol], pa.string()).take(pa.array(np.zeros(count, np.int64))),
        pa.array(columns["start_ns"]),
        pa.array(columns["last_ns"]),
        *(pa.array(view.prices(name, bars)) for name in ("open", "high", "low", "close")),
        pa.array(view.volumes(bars)),
        pa.array(columns["ticks"]),
        pa.array(vwaps, mask=np.isnan(vwaps)),
        pa.array(np.arange(first, first + count) < view.count),
    ]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)
