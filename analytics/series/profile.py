"""At which prices a window's volume was traded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, pairwise

import numpy as np

from analytics.errors import ConfigError
from analytics.kernels.profile import Area, Profile, bucket_of, bucket_prices
from analytics.series.flow import blank, first_rows, shared
from analytics.series.spec import Calculator, Entry, Pane, Parameter, SeriesSpec, Unit, window
from analytics.series.vwaps import Windowed
from analytics.span import Span
from analytics.ticks import Float64
from analytics.windows import Window

_STEP = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,8})?|[1-9](?:\.[0-9]{1,8})?e-0?[1-8]")
_DIGITS = 10**9
_DECIMALS = 10**8
_NO_AREA = (0, 0, 0)
_FEW = 64  # ticks that may leave a window at once though none stay


def step(name: str = "STEP") -> Parameter:
    """Return a parameter that is the width of a bucket of prices, in points."""
    return Parameter(name, _read_step, "the width of a bucket of prices in points, as 0.05")


def exact_step(points: float) -> Fraction:
    """Return the decimal that a step was written with."""
    return Fraction(repr(points))


def _read_step(text: str) -> float:
    if _STEP.fullmatch(text):
        exact = Fraction(text)
        if exact > 0 and _DECIMALS % exact.denominator == 0 and exact.numerator < _DIGITS:
            return float(exact)
    raise ConfigError(
        f"expected a step above 0, in points, of at most 9 digits and 8 decimals, such as 0.05; found {text!r}"
    )


class _Moving:
    """The profile of one window of one symbol, row after row; one for all series that show it."""

    def __init__(self, window: Window, step: Fraction) -> None:
        self._window = window
        self._step = step
        self._profile = Profile()
        self._low = self._stop = 0  # the rows in the profile
        self._size_scale: int | None = None
        self._prices = np.empty((3, 0))

    def upto(self, span: Span) -> Float64:
        """Return point of control, area's low and area's high of each row, shape (3, n); NaN for none."""
        if self._stop < span.stop:
            self._follow_scale(span.columns.size_scale)
            areas = self._areas(span)
            numbers = np.array([*chain.from_iterable(each or _NO_AREA for each in areas)], np.int64)
            self._prices = bucket_prices(numbers.reshape(-1, 3).T, self._step)
            if not all(areas):
                self._prices[:, [each is None for each in areas]] = np.nan
            self._stop = span.stop
        return self._prices

    def _areas(self, span: Span) -> list[Area | None]:
        rows = np.arange(span.start, span.stop)
        first = np.minimum(rows, first_rows(span, self._window))
        gone = np.diff(first, prepend=self._low)
        anew = np.flatnonzero(gone > rows - first + _FEW)  # where less stays than goes
        found: list[Area | None] = []
        for start, stop in pairwise([0, *anew[anew > 0].tolist(), len(span)]):
            low, row = int(first[start]), span.start + start
            if gone[start] > row - low + _FEW:
                self._profile, self._low = Profile(), low
                for bucket, size in self._trades(span, low, row):
                    self._profile.add(bucket, size)
            leaving = self._trades(span, self._low, int(first[stop - 1]))
            coming = self._trades(span, row, span.start + stop)
            found += self._move(first[start:stop].tolist(), leaving, coming)
        return found

    def _move(
        self, first: list[int], leaving: Iterator[tuple[int, int]], coming: Iterator[tuple[int, int]]
    ) -> list[Area | None]:
        """Return the area after each of some rows; `first` are the windows' first rows."""
        profile, at = self._profile, self._low
        found: list[Area | None] = []
        for low, (bucket, size) in zip(first, coming, strict=True):
            profile.add(bucket, size)
            while at < low:
                old, gone = next(leaving)
                profile.add(old, -gone)
                at += 1
            found.append(profile.area())
        self._low = at
        return found

    def _trades(self, span: Span, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield bucket and size of some rows."""
        columns, rows = span.columns, slice(start, stop)
        buckets = bucket_of(columns.column("price")[rows], columns.price_scale, self._step)
        return zip(buckets.tolist(), columns.column("size")[rows].tolist(), strict=True)

    def _follow_scale(self, size_scale: int) -> None:
        if self._size_scale is not None and size_scale != self._size_scale:
            self._profile.rescale(10 ** (size_scale - self._size_scale))
        self._size_scale = size_scale


class _Shown(Windowed):
    """One of the prices of a profile."""

    CARRIES = True

    def __init__(self, spec: SeriesSpec, place: int) -> None:
        super().__init__(spec)
        by = spec.arguments[1]
        assert isinstance(by, float)
        step = exact_step(by)
        self._key = (_Moving, self.window, step)
        self._moving = _Moving(self.window, step)
        self._place = place

    def extend(self, span: Span) -> Float64:
        self._moving = shared(span, self._key, self._moving)
        return blank(self._moving.upto(span)[self._place].copy(), span.inside(self.window))


def _control(spec: SeriesSpec) -> Calculator:
    return _Shown(spec, 0)


def _area_low(spec: SeriesSpec) -> Calculator:
    return _Shown(spec, 1)


def _area_high(spec: SeriesSpec) -> Calculator:
    return _Shown(spec, 2)


_SOURCE = "Market Profile (Steidlmayer, Chicago Board of Trade), by volume"
_BUCKETS = (
    "Volume counts in buckets of STEP points, told by their lower end: k·STEP holds prices up to, not "
    "including, (k+1)·STEP; none without volume"
)

ENTRIES = (
    Entry(
        "poc",
        (window(), step()),
        Unit.PRICE,
        Pane.PRICE,
        "point of control: the bucket with most of the window's volume; of equal ones that nearest to the "
        f"middle of the buckets with volume, then the lower. {_BUCKETS}",
        _SOURCE,
        _control,
    ),
    Entry(
        "value_area_high",
        (window(), step()),
        Unit.PRICE,
        Pane.PRICE,
        "the highest bucket of the value area: from poc(W, STEP) outwards, each time the two buckets above "
        "or the two below, whichever hold more together (above, if equal), until at least 70 % of the "
        f"window's volume is inside. {_BUCKETS}",
        _SOURCE,
        _area_high,
    ),
    Entry(
        "value_area_low",
        (window(), step()),
        Unit.PRICE,
        Pane.PRICE,
        f"the lowest bucket of the value area, which value_area_high describes. {_BUCKETS}",
        _SOURCE,
        _area_low,
    ),
)
