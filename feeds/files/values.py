"""Numbers and names as files write them: text of a CSV file, or the types of a columnar one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from analytics.ticks import NO_CODE, Bool, Float64, Int32, Int64
from feeds.buffers import numbers

Number = TypeVar("Number", np.float64, np.int64)
_EXACT_INTEGERS = 2**53
_UNDECODED = "\ufffd"  # what stands where bytes were not UTF-8


@dataclass(frozen=True, slots=True)
class Values(Generic[Number]):
    """A column of numbers, every array of shape (n,): `missing` marks empty ones, `bad` the unreadable.

    `values` holds filler (NaN or 0) where either is set.
    """

    values: NDArray[Number]
    missing: Bool
    bad: Bool


def read_floats(column: pl.Series) -> Values[np.float64]:
    """Return float64 exactly as Python's ``float`` reads each text; NaN is missing, infinity is bad."""
    kind = column.dtype
    if kind == pl.Boolean or not (kind.is_numeric() or kind in (pl.String, pl.Null)):
        return Values(np.full(len(column), np.nan), *_all_bad(column))
    if kind == pl.String:
        text = column.str.strip_chars()
        missing = (text.is_null() | (text == "")).to_numpy()
        parsed = text.cast(pl.Float64, strict=False)
        unparsed = parsed.is_null().to_numpy() & ~missing
    else:
        text = column
        parsed = column.cast(pl.Float64, strict=False)
        missing = column.is_null().to_numpy()
        unparsed = parsed.is_null().to_numpy() & ~missing
    values: Float64 = np.array(parsed.fill_null(np.nan).to_numpy())
    if kind == pl.String:
        for place in np.flatnonzero(unparsed).tolist():
            try:
                values[place] = float(text[place])
            except ValueError:
                continue
            unparsed[place] = False
    bad = unparsed | np.isinf(values)
    values[bad] = np.nan
    return Values(values, missing | (np.isnan(values) & ~bad), bad)


def read_integers(column: pl.Series) -> Values[np.int64]:
    """Return int64; a float that is whole and below 2**53 is one, and NaN is missing."""
    kind = column.dtype
    if kind == pl.Boolean or not (kind.is_numeric() or kind in (pl.String, pl.Null)):
        return Values(np.zeros(len(column), np.int64), *_all_bad(column))
    text = column.str.strip_chars() if kind == pl.String else column
    missing = (text.is_null() | (text == "")).to_numpy() if kind == pl.String else text.is_null().to_numpy()
    if kind.is_float():
        whole = pl.Series([None] * len(text), dtype=pl.Int64)
    else:
        whole = text.cast(pl.Int64, strict=False)
    values: Int64 = np.array(whole.fill_null(0).to_numpy())
    unread = whole.is_null().to_numpy() & ~missing
    if not unread.any():
        return Values(values, missing, unread)
    missing = np.array(missing)
    as_float = text.cast(pl.Float64, strict=False).fill_null(np.inf).to_numpy()
    missing |= unread & np.isnan(as_float)
    fits = unread & (np.abs(np.where(np.isfinite(as_float), as_float, np.inf)) < _EXACT_INTEGERS)
    fits[fits] = as_float[fits] == np.rint(as_float[fits])
    values[fits] = as_float[fits].astype(np.int64)
    return Values(values, missing, unread & ~fits & ~missing)


class NameColumn:
    """Reads one column of names block by block into codes; it remembers the names it has seen."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names by code, in order of first sight."""
        return tuple(self._codes)

    def code_of(self, name: str) -> int:
        """Return the code of a name, a new one at first sight."""
        return self._codes.setdefault(name, len(self._codes))

    def read(self, column: pl.Series) -> tuple[Int32, Bool]:
        """Return codes, NO_CODE where empty, and which names are no text (bytes that are not UTF-8)."""
        text = column.cast(pl.String, strict=False)
        encoded = text.to_arrow().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        names = [None if name is None else name.strip(" \t") for name in encoded.dictionary.to_pylist()]
        broken = np.array([name is not None and _UNDECODED in name for name in names] + [False], np.bool_)
        codes = np.array(
            [NO_CODE if not name or _UNDECODED in name else self.code_of(name) for name in names] + [NO_CODE],
            np.int32,
        )
        place = numbers(encoded.indices, len(names))
        undecoded = column.is_not_null().to_numpy() & text.is_null().to_numpy()
        return codes[place], broken[place] | undecoded


def _all_bad(column: pl.Series) -> tuple[Bool, Bool]:
    missing = column.is_null().to_numpy()
    return missing, ~missing
