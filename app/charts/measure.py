"""What lies between two ticks: points, per cent, time, ticks, volume and VWAP, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.formatting import NO_VALUE, arrow, compact_text, group_digits, number_text, span_text

_PIECE_ROWS = 65_536
_EXACT = 2**62
"""Sums are modulo 2**64: a piece of rows whose sum cannot pass this is exact, and any number of pieces adds up."""
_FINE_NS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """From one tick to another, both taken in; `points` and `span_ns` are below 0 where it goes back in time.

    `volume` is what those ticks traded, `vwap` its mean price, None where nothing was traded.
    """

    points: float
    share: float
    span_ns: int
    ticks: int
    volume: float
    vwap: float | None


def measured(view: ColumnsView, row: int, to: int) -> Measured:
    """Return what lies between two rows that are held, in either order."""
    first, last = min(row, to), max(row, to)
    begin, end = int(view.price[row]), int(view.price[to])
    traded = _between(view, first, last, "sum_v")
    shifted = _between(view, first, last, "sum_vd")
    vwap = None
    if traded > 0:
        exact = (Decimal(shifted) / traded + view.reference) / Decimal(10) ** view.price_scale
        vwap = float(exact)
    return Measured(
        points=(end - begin) / 10.0**view.price_scale,
        share=(end - begin) / begin,
        span_ns=int(view.time_ns[to]) - int(view.time_ns[row]),
        ticks=last - first + 1,
        volume=traded / 10.0**view.size_scale,
        vwap=vwap,
    )


def _between(view: ColumnsView, first: int, last: int, name: str) -> int:
    """Return the exact sum of rows [first, last] from running sums."""
    sums = view.sum_v if name == "sum_v" else view.sum_vd
    size = int(view.size[first])
    own = size if name == "sum_v" else size * (int(view.price[first]) - view.reference)
    largest = int(view.size[first : last + 1].max()) * (1 if name == "sum_v" else max(view.largest_d, 1))
    step = min(_PIECE_ROWS, _EXACT // max(largest, 1))
    if step == 0:  # one tick alone may pass it
        sizes = view.size[first + 1 : last + 1].astype(object)
        prices = view.price[first + 1 : last + 1].astype(object)
        return own + int((sizes if name == "sum_v" else sizes * (prices - view.reference)).sum())
    edges = np.append(np.arange(first, last, step), last)
    pieces: list[int] = np.diff(sums[edges]).tolist()  # modulo 2**64, as the sums are
    return own + sum(pieces)


def measure_texts(found: Measured, shown: Shown) -> tuple[str, ...]:
    """Return two or three lines that tell it; without volume there is no third."""
    points = number_text(found.points, shown.decimals, indian=shown.indian, signed=True)
    share = number_text(100 * found.share, 2, signed=True)
    ticks = group_digits(str(found.ticks), indian=shown.indian)
    lines = [
        f"{arrow(found.points)} {points}  ({share} %)".strip(),
        f"{_span(found.span_ns)} · {ticks} tick{'s' if found.ticks != 1 else ''}",
    ]
    if shown.has_volume:
        vwap = (
            NO_VALUE
            if found.vwap is None
            else number_text(found.vwap, max(shown.decimals, 2), indian=shown.indian)
        )
        lines.append(f"Volume {compact_text(found.volume, indian=shown.indian)} · VWAP {vwap}")
    return tuple(lines)


def _span(span_ns: int) -> str:
    """Return a span for reading; of a few seconds with its parts."""
    if 1_000_000_000 <= abs(span_ns) < _FINE_NS:
        return f"{abs(span_ns) / 1e9:.2f} s"
    return span_text(abs(span_ns))
