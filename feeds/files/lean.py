"""Trade ticks as the Lean engine stores them: a zip of CSV files without a header.

A row is ``milliseconds since local midnight, price, size, exchange, condition, suspicious``. The inner
names carry the date and the symbol, as in ``20131007_spy_Trade_Tick.csv``, and for a future its month:
``20131007_gc_tick_trade_201312_20131227.csv``. Prices are ten thousandfold where all in the zip are
whole numbers. Source: https://github.com/QuantConnect/Lean, the readme of each kind under ``Data``.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import polars as pl

from analytics.errors import TapeError
from analytics.ticks import NO_TIME, Arrivals, Float64, Int64
from feeds.files.fields import Fields
from feeds.files.lines import Block, read_blocks
from feeds.files.picking import rows_at
from feeds.files.rows import Rows
from feeds.files.table import text_columns
from feeds.files.times import TimeColumn, Times
from feeds.reading import Reading

PRICE_UNIT = 10_000
_COLUMNS = {"ts": 0, "price": 1, "size": 2}
_SHOWN = {"ts": "milliseconds", "price": "price", "size": "size", "symbol": "symbol"}
_FEWEST_COLUMNS = 3
_BAR_COLUMNS = 6
_BAR_WORDS = frozenset(("minute", "second", "hour", "daily"))
_OTHER_WORDS = frozenset(("quote", "openinterest"))
_WORDS = _BAR_WORDS | _OTHER_WORDS | {"tick", "trade"}
_MS_NS = 1_000_000
_DAY_NS = 86_400_000 * _MS_NS
_EPOCH = date(1970, 1, 1)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class _Inner:
    """One file of the zip: its name there, the symbol and the days from 1970 to its date."""

    name: str
    symbol: str
    day: int
    length: int


def read_lean_zip(path: Path, reading: Reading, most_rows: int | None = None) -> Arrivals:
    """Return every trade of a Lean zip, its files merged by time; of no more files than bring `most_rows`.

    Files keep their own order; of two with one time the file that stands first in the zip leads. Times
    are in the reading's zone, else in that of the symbol's calendar.

    Raises TapeError for what is no zip, holds no trades, or holds bars.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            inners = _trade_files(path, archive)
            total = sum(inner.length for inner in inners)
            rows = Rows(Fields({**_COLUMNS, "symbol": -1}, _SHOWN), reading, "")
            sizes, done = [], 0
            for inner in inners:
                before = rows.count
                _add_file(path, archive, inner, rows, reading, (done, total))
                sizes.append(rows.count - before)
                done += inner.length
                if most_rows is not None and rows.count >= most_rows:
                    break
    except zipfile.BadZipFile as error:
        raise TapeError(f"{path}: expected a Lean trade zip, found no whole zip: {error}") from error
    except _DAMAGED as error:
        raise TapeError(f"{path}: the zip is damaged: {error}") from error
    found = rows.arrivals(_InnerLines(path, inners, sizes).line)
    return _merged(replace(found, price=_unscaled(found.price)), sizes)


def _trade_files(path: Path, archive: zipfile.ZipFile) -> list[_Inner]:
    inners = []
    for entry in archive.infolist():
        words = _words(entry.filename)
        if not entry.filename.lower().endswith(".csv") or _OTHER_WORDS.intersection(words):
            continue
        if _BAR_WORDS.intersection(words):
            raise _bars(path, entry.filename)
        inners.append(_Inner(entry.filename, _symbol(words), _day(path, entry.filename), entry.file_size))
    if not inners:
        held = ", ".join(entry.filename for entry in archive.infolist()[:3]) or "nothing"
        raise TapeError(
            f"{path}: expected files of trades such as 20131007_spy_Trade_Tick.csv in the zip, found {held}"
        )
    return inners


def _words(name: str) -> list[str]:
    return Path(name).stem.lower().split("_")


def _symbol(words: list[str]) -> str:
    """Return the symbol of an inner name's words, a future's with its month behind a dash."""
    after = words[1:]
    marks = [place for place, word in enumerate(after) if word in _WORDS]
    name = "_".join(after[: marks[0]] if marks else after)
    rest = [word for word in after[marks[0] :] if word not in _WORDS] if marks else []
    if rest and all(word.isdigit() for word in rest):
        rest = [rest[0][:6]]  # the contract month; the day of expiry may follow
    return "-".join([name, *rest]).upper()


def _day(path: Path, name: str) -> int:
    digits = Path(name).name[:8]
    try:
        return (date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) - _EPOCH).days
    except ValueError:
        raise TapeError(
            f"{path}: expected an inner name that starts with a date, as in 20131007_spy_Trade_Tick.csv, found {name!r}"
        ) from None


def _add_file(
    path: Path,
    archive: zipfile.ZipFile,
    inner: _Inner,
    rows: Rows,
    reading: Reading,
    progress: tuple[int, int],
) -> None:
    done, total = progress
    clock = TimeColumn(_MS_NS)
    with _opened(archive, inner.name) as (width, blocks):
        for block in blocks:
            if width == _BAR_COLUMNS and block.at == 0:
                _refuse_bars(path, inner.name, block)
            split = text_columns(block, Fields(_COLUMNS, _SHOWN), ",", width)
            symbol = pl.repeat(inner.symbol, len(block), dtype=pl.String, eager=True)
            times = _on_day(clock.read(split.columns["ts"]), inner.day)
            rows.add({**split.columns, "symbol": symbol}, len(block), split.spoiled, times)
            reading.report(done + block.at + len(block.text), max(total, 1))


def _on_day(since_midnight: Times, day: int) -> Times:
    """Return local times of milliseconds since midnight; what is outside the day is none."""
    ns = since_midnight.ns
    outside = (ns != NO_TIME) & ((ns < 0) | (ns >= _DAY_NS))
    good = (ns != NO_TIME) & ~outside & ~since_midnight.local
    return Times(
        np.where(good, np.where(good, ns, 0) + day * _DAY_NS, NO_TIME),
        good,
        since_midnight.missing,
        ~good & ~since_midnight.missing,
    )


def _refuse_bars(path: Path, name: str, block: Block) -> None:
    """Refuse a file whose every row is a time and an open, high, low, close and volume."""
    fields = Fields({f"c{place}": place for place in range(_BAR_COLUMNS)}, {})
    columns = text_columns(block, fields, ",", _BAR_COLUMNS).columns
    numbers = [
        columns[f"c{place}"].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        for place in range(1, 5)
    ]
    first, high, low, close = numbers
    tops = (high >= first) & (high >= close) & (low <= first) & (low <= close) & (high >= low)
    if tops.all():
        raise _bars(path, name)


def _bars(path: Path, name: str) -> TapeError:
    return TapeError(
        f"{path}: expected trades, found bars in {name}; bars are no ticks: open the tick trade zip"
    )


def _unscaled(price: Float64) -> Float64:
    """Return prices in currency: divided by `PRICE_UNIT` where all are whole numbers."""
    good = price[np.isfinite(price)]
    return price / PRICE_UNIT if bool((good == np.rint(good)).all()) else price


def _merged(found: Arrivals, sizes: list[int]) -> Arrivals:
    """Return the files' rows merged by time; a file's own rows keep their order, whatever their times."""
    if len(sizes) == 1:
        return found
    keys: list[Int64] = []
    start = 0
    for size in sizes:
        keys.append(np.maximum.accumulate(found.ts_ns[start : start + size]))
        start += size
    order = np.argsort(np.concatenate(keys), kind="stable")
    merged = rows_at(found, order)
    return replace(merged, offset=np.arange(len(merged), dtype=np.int64))


class _InnerLines:
    """Gives back a row's line out of the zip; the file asked for last is kept in memory."""

    def __init__(self, path: Path, inners: list[_Inner], sizes: list[int]) -> None:
        self._path = path
        self._names = [inner.name for inner in inners]
        self._stops = np.cumsum(np.array(sizes, np.int64))
        self._blocks = lru_cache(maxsize=1)(self._read)

    def line(self, row: int) -> bytes:
        """Return the bytes of row `row`, counted file after file; none where the zip is gone."""
        place = int(np.searchsorted(self._stops, row, side="right"))
        inside = row - (int(self._stops[place - 1]) if place else 0)
        try:
            blocks = self._blocks(self._names[place])
        except _DAMAGED:
            return b""
        for block in blocks:
            if inside < len(block):
                return block.record(inside)
            inside -= len(block)
        return b""

    def _read(self, name: str) -> list[Block]:
        with zipfile.ZipFile(self._path) as archive, _opened(archive, name) as (_, blocks):
            return list(blocks)


@contextmanager
def _opened(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, Iterator[Block]]]:
    """Give a file's number of columns and its records."""
    with archive.open(name) as stream:
        width = max(stream.readline().count(b",") + 1, _FEWEST_COLUMNS)
    with archive.open(name) as stream:
        yield width, read_blocks(cast("BinaryIO", stream), 0, ",", width)
