"""Series as an engine computes them from clean ticks of symbol A, cut anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.calendar import ALWAYS, Calendar
from analytics.engine import Engine
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.series import parse_series
from tests.builders.batches import Batching, Clean, Scale


def engine(texts: Sequence[str], calendar: Calendar = ALWAYS) -> Engine:
    """Return an engine that keeps these series."""
    known = InstrumentTable([Instrument("A", Kind.UNKNOWN, calendar)])
    return Engine(known, [parse_series(text) for text in texts])


def values(of: Engine, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the values of series by their texts."""
    view = of.view("A")
    assert view is not None
    return {text: view.values(parse_series(text).text, 0, view.count) for text in texts}


def computed(
    ticks: Sequence[Clean], texts: Sequence[str], cuts: Sequence[int] = (), calendar: Calendar = ALWAYS
) -> dict[str, np.ndarray]:
    """Return series over ticks that came in batches cut before the places `cuts`."""
    taking = engine(texts, calendar)
    for batch in Batching().split(ticks, cuts):
        taking.take(batch)
    return values(taking, texts)


def bits(found: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Return the bits of series."""
    return {text: np.ascontiguousarray(column).tobytes() for text, column in found.items()}


def widened(
    ticks: Sequence[Clean],
    text: str,
    cut: int,
    by_price: int = 100,
    by_size: int = 1,
    scale: Scale | None = None,
) -> np.ndarray:
    """Return a series whose ticks came at more decimals from `cut` on: two of price, unless said otherwise."""
    taking = engine([text])
    taking.take(Batching().batch(ticks[:cut]))
    wide = [Clean(each.ts_ns, each.price * by_price, each.size * by_size) for each in ticks[cut:]]
    taking.take(Batching(scales={"A": scale or Scale(6, 0)}).batch(wide, cut))
    return values(taking, [text])[text]
