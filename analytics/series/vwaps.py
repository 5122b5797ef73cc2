"""The means of a window's prices: by volume, its deviation, bands and z-score; and by time."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from analytics.kernels.limbs import scaled
from analytics.kernels.running import Running
from analytics.kernels.twap import TwoLimbs, between, less_held, price_time, twap
from analytics.series.spec import Calculator, Entry, Pane, SeriesSpec, Unit, factor, window
from analytics.span import FITS, Span
from analytics.ticks import Float64, Int64
from analytics.windows import TimeWindow, Window


class Windowed:
    """A series of what spans keep for one window; nothing to carry, nothing to rescale.

    Subclasses that carry something all the same say so by `CARRIES`.
    """

    CARRIES = False

    def __init__(self, spec: SeriesSpec) -> None:
        found = spec.arguments[0]
        assert isinstance(found, Window)
        self.window: Window = found

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow wider scales: spans do."""


class _Vwap(Windowed):
    def extend(self, span: Span) -> Float64:
        return span.vwap(self.window)


class _Sigma(Windowed):
    def extend(self, span: Span) -> Float64:
        return span.sigma(self.window)


class _Band(Windowed):
    def __init__(self, spec: SeriesSpec, sign: float) -> None:
        super().__init__(spec)
        by = spec.arguments[1]
        assert isinstance(by, float)
        self._factor = sign * by

    def extend(self, span: Span) -> Float64:
        return span.vwap(self.window) + self._factor * span.sigma(self.window)


class _Zscore(Windowed):
    def extend(self, span: Span) -> Float64:
        columns, sigma = span.columns, span.sigma(self.window)
        found: Float64 = columns.column("price")[span.start : span.stop] / 10.0**columns.price_scale
        found -= span.vwap(self.window)
        spread = sigma > 0.0
        np.divide(found, sigma, out=found, where=spread)
        if np.count_nonzero(spread) < len(found):
            found[~spread] = np.nan
        return found


class _Twap(Windowed):
    """Running sums of d·Δt from the symbol's first tick on, row by row, and the mean of each window."""

    CARRIES = True

    def __init__(self, spec: SeriesSpec) -> None:
        super().__init__(spec)
        self._sums = Running(2)  # low limbs, high limbs

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        """Widen the sums with the prices."""

        def widen(limbs: Int64) -> None:
            limbs[:] = scaled(limbs[0], limbs[1], by_price)

        self._sums.change(widen)

    def let_go(self, low: int, pins: Collection[int]) -> None:
        """Let go of sums that no window begins with any more."""
        self._sums.let_go(low, pins)

    def extend(self, span: Span) -> Float64:
        columns, rows = span.columns, slice(span.start, span.stop)
        self._sum(span)
        price, time_ns = columns.column("price"), columns.column("time_ns")
        before, inside = span.before(self.window), span.inside(self.window)
        if isinstance(self.window, TimeWindow):
            first = np.maximum(before, 0)
            from_ns = np.maximum(time_ns[rows] - self.window.length_ns, time_ns[first])
        else:
            first = _all_rows(before, span) + 1
            from_ns = time_ns[first]
        length_ns = time_ns[rows] - from_ns
        held, gap_ns = price[first] - columns.reference, from_ns - time_ns[first]
        now, then = TwoLimbs(*self._sums.rows(span.start, span.stop)), TwoLimbs(*self._sums.at(first))
        if columns.largest_d * int(length_ns.max()) < FITS:
            low, high = now.low - then.low - held * gap_ns, None
        else:
            low, high = less_held(between(now, then), held, gap_ns)
        d = price[rows] - columns.reference
        found = twap(low, high, length_ns, d, columns.reference, columns.price_scale)
        if inside is not None:
            found[~inside] = np.nan
        return found

    def _sum(self, span: Span) -> None:
        """Extend the running sums to the span's rows."""
        columns, start = span.columns, max(span.start - 1, 0)
        carry = self._sums.at(start)[:, 0].tolist() if span.start else (0, 0)
        rows = slice(start, span.stop)
        d = columns.column("price")[rows] - columns.reference
        room = self._sums.append(len(span))
        if not span.start:
            room[:, 0] = 0
            room = room[:, 1:]
        room[:] = price_time(d, columns.column("time_ns")[rows], carry)


def _all_rows(before: Int64 | int, span: Span) -> Int64:
    """Return the row before each row's window, one for each row and never the row itself."""
    own = np.arange(span.start, span.stop, dtype=np.int64)
    return np.minimum(before, own - 1)


def _upper(spec: SeriesSpec) -> Calculator:
    return _Band(spec, 1.0)


def _lower(spec: SeriesSpec) -> Calculator:
    return _Band(spec, -1.0)


_SIGMA_SOURCE = "sqrt(Σv·p² / Σv − VWAP²) on centred prices"

ENTRIES = (
    Entry(
        "vwap",
        (window(),),
        Unit.PRICE,
        Pane.PRICE,
        "Σ price·size / Σ size over the window, by trades (not by bars); none where no volume was traded",
        "the definition",
        _Vwap,
        power=1,
    ),
    Entry(
        "sigma",
        (window(),),
        Unit.PRICE,
        Pane.OWN,
        "the deviation of price from vwap(W), weighted by size, population",
        _SIGMA_SOURCE,
        _Sigma,
        power=2,
    ),
    Entry(
        "vwap_upper",
        (window(), factor()),
        Unit.PRICE,
        Pane.PRICE,
        "vwap(W) + K·sigma(W)",
        _SIGMA_SOURCE,
        _upper,
        power=2,
    ),
    Entry(
        "vwap_lower",
        (window(), factor()),
        Unit.PRICE,
        Pane.PRICE,
        "vwap(W) − K·sigma(W)",
        _SIGMA_SOURCE,
        _lower,
        power=2,
    ),
    Entry(
        "zscore",
        (window(),),
        Unit.SIGMAS,
        Pane.OWN,
        "(price − vwap(W)) / sigma(W); none where sigma is 0 or none",
        "the definition",
        _Zscore,
        power=2,
    ),
    Entry(
        "twap",
        (window(),),
        Unit.PRICE,
        Pane.PRICE,
        "the mean price weighted by time: each price holds from its tick's time to the next tick's, and at a "
        "time window's start the last one at or before it; other windows, and the first of a symbol, begin "
        "with their first tick; the price itself where no time has passed; none where W has no ticks",
        "the definition; ∫ price dt / ∫ dt of the step function of last prices",
        _Twap,
    ),
)
