"""Marks of a tape's rows: 32 bits of what a row holds, by which an altered one is found.

A mark is made of the values as they stand in a part, so it says nothing of what was computed from them: it
tells a tape that is not as it was recorded from a program that computes something else.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analytics.ticks import NO_CODE, NO_TIME, Arrivals, Int32

UInt64: TypeAlias = NDArray[np.uint64]
UInt32: TypeAlias = NDArray[np.uint32]

MARK = "mark"
"""The column that holds them."""
_FLOATS = ("price", "size", "bid", "ask", "volume_total")
_WHOLE = ("ts_ns", "seq", "arrival_ns")
_PLACES = ("partition", "offset", "index")
_TEXTS = (("symbol", "symbols"), ("run", "runs"), ("source", "sources"))
_NAN = np.uint64(0x7FF8000000000000)
_ABSENT = np.uint64(2**63)  # the bits of what stands for no time and no seq
_MIXERS = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))  # MurmurHash3's
_SHIFT = np.uint64(33)


def marks_of(arrivals: Arrivals) -> UInt32:
    """Return the mark of each arrival, shape (n,)."""
    mixed = np.zeros(len(arrivals), np.uint64)
    for name in _FLOATS:
        column = getattr(arrivals, name)
        if column is not None:
            _add_floats(mixed, name, column)
    for name in _WHOLE:
        _add_whole(mixed, name, getattr(arrivals, name))
    for name in _PLACES:
        mixed += getattr(arrivals, name).astype(np.int64).view(np.uint64) * _factor(name)
    for name, table in _TEXTS:
        codes, texts = getattr(arrivals, name), getattr(arrivals, table)
        if codes is not None and texts:
            _add_texts(mixed, name, codes, texts)
    return _spread(mixed)


def marks_in(batch: pa.RecordBatch) -> UInt32:
    """Return the marks that a part's rows ought to bear, shape (n,); a column that is missing holds nothing.

    Raises ArrowException for a column of another kind.
    """
    mixed = np.zeros(batch.num_rows, np.uint64)
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name in _FLOATS:
        if name in columns:
            column = columns[name].cast(pa.float64())
            _add_floats(mixed, name, _numbers(column, float("nan")))
    for name in _WHOLE:
        if name in columns:
            _add_whole(mixed, name, _numbers(columns[name].cast(pa.int64()), NO_TIME))
    for name in _PLACES:
        if name in columns:
            mixed += _numbers(columns[name].cast(pa.int64()), 0).view(np.uint64) * _factor(name)
    for name, _ in _TEXTS:
        if name in columns:
            column = columns[name].cast(pa.string()).dictionary_encode()
            codes = _numbers(column.indices, NO_CODE)
            _add_texts(mixed, name, codes, tuple(column.dictionary.to_pylist()))
    return _spread(mixed)


def _numbers(column: pa.Array, absent: float) -> NDArray[Any]:
    whole = column if column.null_count == 0 else pc.fill_null(column, absent)
    found: NDArray[Any] = whole.to_numpy(zero_copy_only=False)
    return found


def _add_floats(mixed: UInt64, name: str, values: NDArray[np.float64]) -> None:
    """Add floats; a NaN, whatever its bits, is none and adds nothing."""
    bits = values.view(np.uint64) ^ _NAN
    absent = np.isnan(values)
    if np.count_nonzero(absent):
        bits[absent] = 0
    bits *= _factor(name)
    mixed += bits


def _add_whole(mixed: UInt64, name: str, values: NDArray[np.int64]) -> None:
    bits = values.view(np.uint64) ^ _ABSENT
    bits *= _factor(name)
    mixed += bits


def _add_texts(mixed: UInt64, name: str, codes: Int32, table: tuple[str, ...]) -> None:
    factor = int(_factor(name))
    hashes = [text_hash(text) * factor % 2**64 for text in table]
    mixed += np.array([*hashes, 0], np.uint64).take(codes)  # no code takes the last one


def _spread(mixed: UInt64) -> UInt32:
    for factor in _MIXERS:
        mixed ^= mixed >> _SHIFT
        mixed *= factor
    return (mixed >> np.uint64(32)).astype(np.uint32)


@lru_cache(maxsize=100_000)
def text_hash(text: str) -> int:
    """Return 64 bits of a text."""
    name = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


@lru_cache(maxsize=64)
def _factor(name: str) -> np.uint64:
    return np.uint64(text_hash(name) | 1)
