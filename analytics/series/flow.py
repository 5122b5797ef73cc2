"""How much is traded, how often, and on which side."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from analytics.durations import NS_PER_SECOND
from analytics.kernels.flow import SignedSums
from analytics.series.spec import Entry, Pane, SeriesSpec, Unit, window
from analytics.series.vwaps import Windowed
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64
from analytics.windows import TimeWindow, Window

Kept = TypeVar("Kept")

_SHARED: WeakKeyDictionary[Span, dict[Hashable, Any]] = WeakKeyDictionary()
"""What the series of one span have in common; it goes with the span."""


def shared(span: Span, key: Hashable, mine: Kept) -> Kept:
    """Return what the first series of a span brought under a key, to be used by all of them from there on.

    What is brought must depend on the symbol's rows alone, so that any series' own would do.
    """
    found: Kept = _SHARED.setdefault(span, {}).setdefault(key, mine)
    return found


def first_rows(span: Span, window: Window) -> Int64 | int:
    """Return the first row of each row's window, or of all of them; never one after the row itself."""
    first = span.before(window) + 1
    if isinstance(first, int) or span.inside(window) is None:
        return first
    return np.minimum(first, np.arange(span.start, span.stop))


def blank(found: Float64, inside: Bool | None) -> Float64:
    """Return values with NaN wherever `inside` is False, in place; None leaves all."""
    if inside is not None:
        found[~inside] = np.nan
    return found


class _Volume(Windowed):
    def extend(self, span: Span) -> Float64:
        return blank(_volume(span, self.window), span.inside(self.window))


class _PerSecond(Windowed):
    """A number of something over the window, for each second of it."""

    def extend(self, span: Span) -> Float64:
        found = self.number(span)
        if isinstance(self.window, TimeWindow):
            found /= self.window.length_ns / NS_PER_SECOND
        else:
            found /= _elapsed_s(span, self.window)
        return blank(found, span.inside(self.window))

    def number(self, span: Span) -> Float64:
        raise NotImplementedError


class _VolumeRate(_PerSecond):
    def number(self, span: Span) -> Float64:
        return _volume(span, self.window)


class _Rate(_PerSecond):
    def number(self, span: Span) -> Float64:
        found = np.arange(span.start, span.stop, dtype=np.float64)
        found -= span.before(self.window)
        return found


class _Signed:
    """What is taken from running sums of signed sizes, one for all series of a symbol."""

    def __init__(self) -> None:
        self._sums = SignedSums()
        self._size_scale: int | None = None

    def upto(self, span: Span) -> SignedSums:
        """Return the sums with the span's rows in them."""
        columns, sums = span.columns, self._sums
        if self._size_scale is not None and columns.size_scale != self._size_scale:
            sums.rescale(10 ** (columns.size_scale - self._size_scale))
        self._size_scale = columns.size_scale
        if sums.count < span.stop:
            price = columns.column("price")
            rows = slice(sums.count, span.stop)
            before = int(price[max(sums.count - 1, 0)])
            sums.append(price[rows], columns.column("size")[rows], before)
        return sums

    def let_go(self, low: int, pins: Collection[int]) -> None:
        """Let go of sums that no window begins with any more."""
        self._sums.let_go(low, pins)


class _SignedSize:
    def __init__(self, _: SeriesSpec) -> None:
        self._signed = _Signed()

    def extend(self, span: Span) -> Float64:
        self._signed = shared(span, _Signed, self._signed)
        signed = self._signed.upto(span).each(span.start, span.stop)
        found: Float64 = signed / 10.0**span.columns.size_scale
        return found

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow wider scales: the sums do, once for all that share them."""

    def let_go(self, low: int, pins: Collection[int]) -> None:
        self._signed.let_go(low, pins)


class _Delta(Windowed):
    CARRIES = True

    def __init__(self, spec: SeriesSpec) -> None:
        super().__init__(spec)
        self._signed = _Signed()

    def extend(self, span: Span) -> Float64:
        self._signed = shared(span, _Signed, self._signed)
        signed = self._signed.upto(span).between(span.before(self.window), span.start, span.stop)
        found: Float64 = signed / 10.0**span.columns.size_scale
        return blank(_held(span, found), span.inside(self.window))

    def let_go(self, low: int, pins: Collection[int]) -> None:
        self._signed.let_go(low, pins)


def _volume(span: Span, window: Window) -> Float64:
    """Return the traded quantity of each window; NaN past what sums hold exactly."""
    found: Float64 = span.difference("sum_v", span.before(window)) / 10.0**span.columns.size_scale
    return _held(span, found)


def _held(span: Span, found: Float64) -> Float64:
    return found if span.holds(0) else blank(found, span.held(0))


def _elapsed_s(span: Span, window: Window) -> Float64:
    """Return the seconds from each window's first tick to its last, NaN where there are none."""
    time_ns = span.columns.column("time_ns")
    first = first_rows(span, window)
    first_ns = int(time_ns[first]) if isinstance(first, int) else time_ns.take(first)
    elapsed: Float64 = (time_ns[span.start : span.stop] - first_ns) / NS_PER_SECOND
    return blank(elapsed, elapsed > 0.0)


_TICK_RULE = "the tick test (Lee and Ready 1991)"

ENTRIES = (
    Entry(
        "volume",
        (window(),),
        Unit.SIZE,
        Pane.VOLUME,
        "Σ size over the window",
        "the definition",
        _Volume,
        power=0,
    ),
    Entry(
        "volume_rate",
        (window(),),
        Unit.SIZE_PER_SECOND,
        Pane.OWN,
        "volume(W) a second: by a time window's whole length, else by the time from the window's first tick "
        "to this one, none while that is 0",
        "the definition",
        _VolumeRate,
        power=0,
    ),
    Entry(
        "rate",
        (window(),),
        Unit.TICKS_PER_SECOND,
        Pane.OWN,
        "ticks a second, zero sizes counted: by a time window's whole length, else by the time from the "
        "window's first tick to this one, none while that is 0",
        "the definition",
        _Rate,
    ),
    Entry(
        "signed_size",
        (),
        Unit.SIZE,
        Pane.OWN,
        "size, positive after a rise of price, negative after a fall, with the last sign at an equal price, "
        "0 before the first change; every tick's price counts, across sessions",
        _TICK_RULE,
        _SignedSize,
    ),
    Entry(
        "delta",
        (window(),),
        Unit.SIZE,
        Pane.OWN,
        "Σ signed_size over the window; of a session, its cumulative volume delta",
        _TICK_RULE,
        _Delta,
        power=0,
    ),
)
