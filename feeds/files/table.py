"""Blocks of text records become columns of text: polars splits the even ones, the rest are few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from feeds.files.fields import Fields
from feeds.files.lines import Block

_NUMBERS = ("price", "size", "volume", "volume_total", "bid", "ask")
_TOLD_ALL_THE_SAME = ("symbol", "seq")  # of a record with too few or too many fields


@dataclass(frozen=True, slots=True)
class TextColumns:
    """A block's columns of text by our names, each with one row a record.

    `spoiled` gives the reason for records that do not have the right number of fields; of those only
    symbol and seq are filled, where they could be told.
    """

    columns: Mapping[str, pl.Series]
    spoiled: Mapping[int, str]


def text_columns(block: Block, fields: Fields, delimiter: str, width: int) -> TextColumns:
    """Return the columns of a block whose records should have `width` fields."""
    places = sorted(set(fields.column.values()))
    even = np.flatnonzero(block.even)
    table = _even_table(block, delimiter, places) if len(even) else None
    singly = dict(block.parts)
    if table is None or table.height != len(even):  # polars counts otherwise than we do
        singly.update({place: _split(block.record(place), delimiter) for place in even.tolist()})
        even, table = even[:0], None
    spoiled = {
        place: f"{len(parts)} fields where the header has {width}" if any(parts) else "blank line"
        for place, parts in singly.items()
        if len(parts) != width
    }
    columns = {ours: _joined(ours, block, fields, table, even, singly, width) for ours in fields.column}
    return TextColumns(columns, spoiled)


def _even_table(block: Block, delimiter: str, places: Sequence[int]) -> pl.DataFrame | None:
    text = _even_text(block)
    try:
        return pl.read_csv(
            text,
            has_header=False,
            columns=list(places),
            separator=delimiter,
            quote_char='"' if b'"' in text else None,
            infer_schema=False,
            encoding="utf8" if _is_utf8(text) else "utf8-lossy",
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return None


def _even_text(block: Block) -> bytes:
    """Return the even records as one text; where all are even, as they stand."""
    if block.even.all():
        return block.text[int(block.start[0]) : int(block.stop[-1])]
    edges = np.diff(np.concatenate(([False], block.even, [False])).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    runs = zip(block.start[firsts].tolist(), block.stop[lasts].tolist(), strict=True)
    return b"\n".join(block.text[start:stop] for start, stop in runs)


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _split(record: bytes, delimiter: str) -> list[str]:
    return record.decode("utf-8", "replace").split(delimiter)


def _joined(
    ours: str,
    block: Block,
    fields: Fields,
    table: pl.DataFrame | None,
    even: NDArray[np.intp],
    singly: Mapping[int, list[str]],
    width: int,
) -> pl.Series:
    """Return one column over all records of the block, in their order."""
    place = fields.column[ours]
    empty = pl.Series(ours, [], dtype=pl.String)
    of_even = empty if table is None else table[f"column_{place + 1}"].rename(ours)
    if not singly:
        return of_even
    texts = [
        parts[place] if len(parts) == width else _told(ours, parts, fields, width)
        for parts in singly.values()
    ]
    order = np.empty(len(block), np.int64)
    order[even] = np.arange(len(even))
    order[list(singly)] = len(even) + np.arange(len(singly))
    return pl.concat([of_even, pl.Series(ours, texts, dtype=pl.String)]).gather(order)


def _told(ours: str, parts: Sequence[str], fields: Fields, width: int) -> str | None:
    """Return symbol or seq of a record with too few or too many fields, None where it cannot be told.

    Of a short record the last field may be torn. In a long one a number may have been split in two, as
    ``24,850`` is: fields left of all numbers stand where they should, and those right of them do only
    if what is over at the end is no number.
    """
    place = fields.column[ours]
    if len(parts) < width:
        return parts[place] if place < len(parts) - 1 else None
    if place < min(fields.column[name] for name in _NUMBERS if name in fields):
        return parts[place]
    over = parts[width:]
    return None if any(text.strip().lstrip("+-").isdigit() for text in over) else parts[place]
