"""Arrow messages of a shape that was read before: their columns are taken from where they must lie.

Publishers send messages that differ in nothing but their numbers. pyarrow reads the first of a kind, checks it
in full, and tells where its buffers lie; a later message of the same length whose bytes outside the bodies are
the very same has its columns at the same places. Their names are known by the bytes of their dictionaries,
which pyarrow has checked too, and codes are looked up with their bounds checked. Whatever else a message is,
it is not of the shape, and goes to pyarrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.ticks import NO_SEQ, Int32
from feeds.codec.columns import Columns, has_lowest
from feeds.codec.names import NameTable, Tables

_MOST_HELD = 32 * 2**20
"""Bytes that all shapes and names may take, about; past it all is forgotten and learned anew."""
_SHAPE_BYTES, _NAME_BYTES = 4_096, 512  # what Python's own objects take beside the bytes in them
_LONGEST_DICTIONARY = 8_192  # bytes; a larger one would cost more as a key than it saves
_MOST_FIXED = 65_536  # bytes of one shape
_WHOLE, _REAL = np.dtype(np.int64), np.dtype(np.float64)
_UNSIGNED: Mapping[int, np.dtype[Any]] = {
    1: np.dtype(np.uint8),
    2: np.dtype(np.uint16),
    4: np.dtype(np.uint32),
}


@dataclass(frozen=True, slots=True)
class _NameColumn:
    """A column of names: where its codes lie, and where the dictionary that they look up.

    Codes are read as unsigned, and a dictionary that large is not learned, so that none below 0 passes. Where
    the dictionary has one name they are all 0 and belong to what is the same in all messages; `is_one` says
    so. `known` has our codes of a dictionary's names by its bytes.
    """

    name: str
    kind: np.dtype[Any]
    offset: int
    dictionary: slice
    is_one: bool
    known: dict[bytes, Int32] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where everything lies in messages of one shape; `fixed` is what is the same in all of them."""

    rows: int
    fixed: tuple[tuple[slice, bytes], ...]
    numbers: tuple[tuple[str, np.dtype[Any], int], ...]
    names: tuple[_NameColumn, ...]

    def fits(self, message: bytes) -> bool:
        return all(message[part] == text for part, text in self.fixed)


class ShapeBook:
    """The shapes of one feed's messages."""

    def __init__(self) -> None:
        self._shapes: dict[int, list[_Shape]] = {}  # by the message's length
        self._held = 0  # bytes, about

    def forget(self) -> None:
        """Forget all: the tables of names have begun afresh, or too much is held."""
        self._shapes.clear()
        self._held = 0

    def read(self, message: bytes) -> Columns | None:
        """Return the columns of a message of a known shape and with known names, else None.

        Numbers are views of the message.
        """
        for shape in self._shapes.get(len(message), ()):
            if shape.fits(message):
                return _columns(shape, message)
        return None

    def learn(
        self, message: bytes, bodies: Sequence[slice], columns: Mapping[str, pa.Array], tables: Tables
    ) -> None:
        """Remember the shape of a message that pyarrow has read and checked, where it is a plain one.

        `bodies` are where its frames have theirs, the last being the only batch's; `columns` are ours by
        name, of which none may have a null.
        """
        if self._held > _MOST_HELD:
            self.forget()
        known = self._shapes.setdefault(len(message), [])
        shape = next((each for each in known if each.fits(message)), None)
        if shape is None:
            shape = _shape(message, bodies, columns)
            if shape is None:
                return
            known.append(shape)
            self._held += _SHAPE_BYTES + sum(len(text) for _, text in shape.fixed)
        for each in shape.names:
            table: NameTable = getattr(tables, f"{each.name}s")
            dictionary = message[each.dictionary]
            each.known[dictionary] = table.codes(columns[each.name].dictionary.to_pylist())
            self._held += _NAME_BYTES + 2 * len(dictionary)


def _columns(shape: _Shape, message: bytes) -> Columns | None:
    rows = shape.rows
    found: dict[str, Any] = {}
    for each in shape.names:
        codes = each.known.get(message[each.dictionary])
        if codes is None:
            return None
        if each.is_one:
            found[each.name] = np.full(rows, codes[0], np.int32)
            continue
        try:
            found[each.name] = codes.take(np.frombuffer(message, each.kind, rows, each.offset))
        except IndexError:
            return None  # beyond its dictionary; pyarrow will say so
    for name, kind, offset in shape.numbers:
        values = found[name] = np.frombuffer(message, kind, rows, offset)
        if kind is _WHOLE and has_lowest(values):
            return None  # a number that would pass for none; its reason is found on the long way
    if "seq" not in found:
        found["seq"] = np.full(rows, NO_SEQ)
    for name in ("bid", "ask", "volume_total"):
        if name in found and found[name][0] != found[name][0] and np.isnan(found[name]).all():
            del found[name]
    return Columns(**found)


def _shape(message: bytes, bodies: Sequence[slice], columns: Mapping[str, pa.Array]) -> _Shape | None:
    """Return a message's shape; None where a column has nulls or lies in more than one piece."""
    base = pa.py_buffer(message).address
    batch = bodies[-1]
    numbers: list[tuple[str, np.dtype[Any], int]] = []
    names: list[_NameColumn] = []
    fixed = _outside(message, bodies)
    rows = 0
    for name, column in columns.items():
        rows = len(column)
        if column.null_count or column.offset:
            return None
        if pa.types.is_dictionary(column.type):
            indices, dictionary = column.indices, column.dictionary
            home = _home(dictionary, base, bodies[:-1])
            kind = _UNSIGNED[indices.type.bit_width // 8]
            offset = indices.buffers()[1].address - base
            if home is None or dictionary.null_count or not _inside(offset, rows * kind.itemsize, batch):
                return None
            if len(dictionary) > 1 << 8 * kind.itemsize - 1:
                return None  # read as unsigned, a code below 0 would find a name
            names.append(_NameColumn(name, kind, offset, home, len(dictionary) == 1))
            if len(dictionary) == 1:
                fixed.append(slice(offset, offset + rows * kind.itemsize))
        elif pa.types.is_string(column.type):
            return None
        else:
            number = _WHOLE if pa.types.is_int64(column.type) else _REAL
            offset = column.buffers()[1].address - base
            if not _inside(offset, rows * number.itemsize, batch):
                return None
            numbers.append((name, number, offset))
    if len({each.dictionary.start for each in names}) != len(bodies) - 1:
        return None  # two dictionaries for one column, or one that nobody uses
    if sum(part.stop - part.start for part in fixed) > _MOST_FIXED:
        return None
    return _Shape(rows, tuple((part, message[part]) for part in fixed), tuple(numbers), tuple(names))


def _home(dictionary: pa.Array, base: int, bodies: Sequence[slice]) -> slice | None:
    """Return the body that a dictionary's names lie in."""
    buffers = dictionary.buffers()
    if dictionary.offset or buffers[1] is None or not len(dictionary):
        return None
    at = buffers[1].address - base
    for body in bodies:
        if _inside(at, buffers[1].size, body) and body.stop - body.start <= _LONGEST_DICTIONARY:
            return body
    return None


def _inside(offset: int, size: int, body: slice) -> bool:
    return bool(body.start <= offset and offset + size <= body.stop)


def _outside(message: bytes, bodies: Sequence[slice]) -> list[slice]:
    """Return what lies between the bodies."""
    starts = [0, *(body.stop for body in bodies)]
    stops = [*(body.start for body in bodies), len(message)]
    return [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]
