"""A series that is added late, computed for the rows there are as if it had been kept from the first.

Where rows have been let go of, it is computed for those that are held alone.
"""

from __future__ import annotations

import numpy as np

from analytics.columns import SymbolColumns, TickRows
from analytics.series.spec import Calculator
from analytics.span import Span
from analytics.ticks import Float64
from analytics.window_book import WindowBook

SPAN_ROWS = 16_384
"""Rows of a span where there are many to compute: its arrays stay in the caches."""


def backfill(columns: SymbolColumns, each: Calculator, out: Float64, most: int = SPAN_ROWS) -> WindowBook:
    """Fill `out` with a series' values for all rows there are, as if it had been kept from the first.

    Spans hold at most `most` rows and end where a scale widened, and what came at a narrower scale is
    computed at it: so a value is rounded as it would have been. Returns the book after the last row.
    """
    book = WindowBook()
    read: SymbolColumns = columns
    if len(columns.scales) > 1:
        read = SymbolColumns(columns.symbol, columns.calendar, *columns.scales[0][1:])
    for start, stop, price_scale, size_scale in columns.stretches():
        by_price, by_size = 10 ** (price_scale - read.price_scale), 10 ** (size_scale - read.size_scale)
        if read is not columns and start:
            read.rescale(price_scale, size_scale)
            book.rescale(by_price, by_size)
            each.rescale(by_price, by_size)
        for row in range(start, stop, most):
            end = min(row + most, stop)
            if read is not columns:
                _append_from(columns, row, end, read)
            out[row:end] = each.extend(Span(read, row, end, book))
    return book


def continued(rows: TickRows, start: int, each: Calculator, out: Float64, book: WindowBook) -> None:
    """Fill `out` with a series' values from row `start` on, `book` being that of the rows before.

    What came at a narrower scale is computed at the present one: there is nothing that it must equal.
    """
    for row in range(start, rows.count, SPAN_ROWS):
        end = min(row + SPAN_ROWS, rows.count)
        out[row:end] = each.extend(Span(rows, row, end, book))


def _append_from(columns: SymbolColumns, start: int, stop: int, narrow: SymbolColumns) -> None:
    """Append rows to columns whose scale is the one at which the rows came."""
    ts_ns, price, size, seq = (columns.column(name)[start:stop] for name in ("ts_ns", "price", "size", "seq"))
    by_price = 10 ** (columns.price_scale - narrow.price_scale)
    by_size = 10 ** (columns.size_scale - narrow.size_scale)
    narrow.append(ts_ns, price // by_price, size // by_size, seq, np.zeros(stop - start, np.bool_))
