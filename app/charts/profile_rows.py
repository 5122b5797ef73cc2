"""Volume by price of many rows, quickly again and again: whole blocks of rows are summed once.

The buckets, the point of control and the value area are those of `analytics.kernels.profile`, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from analytics.columns import ColumnsView
from analytics.kernels.profile import Profile, bucket_of, bucket_prices, bucket_volumes
from analytics.ticks import Float64, Int64

_BLOCK_ROWS = 65_536
_MOST_BUCKETS = 2_048
_ROUND = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class SideProfile:
    """Volume by price: the lower edge of each bucket with volume, ascending, and what was traded in it.

    `control`, `low` and `high` are the buckets of the point of control and of the value area's ends, by their
    lower edges; all are in points, `step` is how high a bucket is.
    """

    prices: Float64
    volumes: Float64
    step: float
    control: float
    low: float
    high: float


def bucket_step(tick: float, decimals: int, least: float) -> Fraction:
    """Return 1, 2 or 5 times a power of ten of a symbol's tick, the smallest that is `least` points or more.

    A tick of 0 is not known: the price's last decimal stands for it.
    """
    step = Fraction(Decimal(repr(tick))) if tick > 0 else Fraction(1, 10**decimals)
    power = 1
    while True:
        for each in _ROUND:
            if step * each * power >= least:
                return step * each * power
        power *= 10


class ProfileRows:
    """Sums rows of one symbol's columns. For one thread at a time."""

    def __init__(self) -> None:
        self._of: tuple[str, int] = ("", 0)
        self._blocks: dict[int, tuple[Int64, Int64]] = {}  # prices as integers, and their volume

    def profile(self, view: ColumnsView, start: int, stop: int, step: Fraction) -> SideProfile | None:
        """Return the profile of rows [start, stop), None where nothing was traded.

        Of a range of prices with very many buckets, buckets are put together.
        """
        prices, volumes = self._volumes(view, start, stop)
        if not len(prices):
            return None
        spread = Fraction(int(prices[-1]) - int(prices[0]), 10**view.price_scale)
        while spread / step > _MOST_BUCKETS:
            step *= 2
        buckets = bucket_of(prices, view.price_scale, step)
        numbers, sums = bucket_volumes(buckets, volumes)
        profile = Profile()
        for bucket, volume in zip(numbers.tolist(), sums.tolist(), strict=True):
            profile.add(bucket, volume)
        area = profile.area()
        assert area is not None
        control, low, high = bucket_prices(np.array(area), step).tolist()
        return SideProfile(
            bucket_prices(numbers, step), sums / 10.0**view.size_scale, float(step), control, low, high
        )

    def _volumes(self, view: ColumnsView, start: int, stop: int) -> tuple[Int64, Int64]:
        """Return each price of some rows, ascending, and its volume, in integer units."""
        if self._of != (view.symbol, view.generation):
            self._of, self._blocks = (view.symbol, view.generation), {}
        self._blocks = {at: block for at, block in self._blocks.items() if at >= view.first}
        parts = []
        at = start
        while at < stop:
            end = min((at // _BLOCK_ROWS + 1) * _BLOCK_ROWS, stop)
            if end - at == _BLOCK_ROWS:
                block = self._blocks.get(at)
                if block is None:
                    block = self._blocks[at] = _of_rows(view, at, end)
            else:
                block = _of_rows(view, at, end)
            parts.append(block)
            at = end
        if not parts:
            return _of_rows(view, 0, 0)
        return bucket_volumes(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _of_rows(view: ColumnsView, start: int, stop: int) -> tuple[Int64, Int64]:
    return bucket_volumes(view.price[start:stop], view.size[start:stop])
