"""Arrow messages of a shape that was read before: their columns are taken from where they must lie.

Publishers send messages that differ in nothing but their numbers. pyarrow reads the first of a kind, checks it
in full, and tells where its buffers lie; a later message of the same length whose bytes outside the bodies are
the very same has its columns at the same places. Their names are known by the bytes of their dictionaries,
which pyarrow has checked too. Whatever else a message is, it is not of the shape, and goes to pyarrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from analytics.ticks import Int32
from feeds.codec.names import NameTable, Tables

BEYOND = -2
"""What a code finds that lies beyond its dictionary."""
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
class NameColumn:
    """A column of names: where its codes lie, and where the dictionary that they look up.

    Codes are read as unsigned, and a dictionary that large is not learned, so that none below 0 passes. Where
    the dictionary has one name they are all 0 and belong to what is the same in all messages; `is_one` says
    so. `known` has our codes of a dictionary's names by its bytes, and `BEYOND` after them.
    """

    name: str
    kind: np.dtype[Any]
    offset: int
    dictionary: slice
    is_one: bool
    known: dict[bytes, Int32] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers of eight bytes, and the bytes of a message in which they lie."""

    name: str
    kind: np.dtype[Any]
    place: slice


@dataclass(frozen=True, slots=True)
class Shape:
    """Where everything lies in messages of one shape; `fixed` is what is the same in all of them.

    Columns are in the order of their names, which are `columns` together.
    """

    rows: int
    fixed: tuple[tuple[slice, bytes], ...]
    numbers: tuple[NumberColumn, ...]
    names: tuple[NameColumn, ...]
    columns: tuple[str, ...]

    def fits(self, message: bytes) -> bool:
        """Return whether a message of this shape's length is of this shape."""
        for place, text in self.fixed:  # noqa: SIM110  all() takes twice as long
            if message[place] != text:
                return False
        return True


class Sighting(NamedTuple):
    """A message of a known shape, with our codes of the names in each dictionary, `BEYOND` after them."""

    message: bytes
    shape: Shape
    codes: tuple[Int32, ...]


class ShapeBook:
    """The shapes of one feed's messages."""

    def __init__(self) -> None:
        self._shapes: dict[int, list[Shape]] = {}  # by the message's length
        self._held = 0  # bytes, about

    def forget(self) -> None:
        """Forget all: the tables of names have begun afresh, or too much is held."""
        self._shapes.clear()
        self._held = 0

    def sight(self, message: bytes) -> Sighting | None:
        """Return what is known of a message, None where its shape or a name in it is not."""
        for shape in self._shapes.get(len(message), ()):
            if shape.fits(message):
                codes = []
                for each in shape.names:
                    found = each.known.get(message[each.dictionary])
                    if found is None:
                        return None
                    codes.append(found)
                return Sighting(message, shape, tuple(codes))
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
            codes = table.codes(columns[each.name].dictionary.to_pylist())
            each.known[dictionary] = np.append(codes, np.int32(BEYOND))
            self._held += _NAME_BYTES + 2 * len(dictionary)


def _shape(message: bytes, bodies: Sequence[slice], columns: Mapping[str, pa.Array]) -> Shape | None:
    """Return a message's shape; None where a column has nulls or lies in more than one piece."""
    base = pa.py_buffer(message).address
    batch = bodies[-1]
    numbers: list[NumberColumn] = []
    names: list[NameColumn] = []
    fixed = _outside(message, bodies)
    rows = 0
    for name, column in sorted(columns.items()):
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
            names.append(NameColumn(name, kind, offset, home, len(dictionary) == 1))
            if len(dictionary) == 1:
                fixed.append(slice(offset, offset + rows * kind.itemsize))
        elif pa.types.is_string(column.type):
            return None
        else:
            number = _WHOLE if pa.types.is_int64(column.type) else _REAL
            offset = column.buffers()[1].address - base
            stop = offset + rows * number.itemsize
            if not _inside(offset, stop - offset, batch):
                return None
            numbers.append(NumberColumn(name, number, slice(offset, stop)))
    if len({each.dictionary.start for each in names}) != len(bodies) - 1:
        return None  # two dictionaries for one column, or one that nobody uses
    if sum(part.stop - part.start for part in fixed) > _MOST_FIXED:
        return None
    same = tuple((part, message[part]) for part in fixed)
    return Shape(rows, same, tuple(numbers), tuple(names), tuple(sorted(columns)))


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
