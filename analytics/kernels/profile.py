"""Volume by price: buckets of one step, the point of control, and the area that holds most of the volume.

Bucket k holds prices from k·step up to, not including, (k + 1)·step, and is told by the price k·step. The
range of a profile reaches from its lowest to its highest bucket with volume.

- Point of control: the bucket with most volume; of equal ones that nearest to the middle of the range,
  then the lower.
- Value area: from the point of control outwards, each time the two buckets above or the two below,
  whichever hold more together (above, if equal), and no further than the range, until 70 % are inside.

The walk outwards need not be made anew for each tick. Each side is a queue of pairs of which the larger
head is taken. With the key of a pair being the least of all pairs of its side up to it, that is the merge
of both sides by falling keys (above first, if equal). So an area is right if both its last pairs have keys
no less than the pairs that come next, and if it holds enough but would not without its last pair: four
numbers to look at, after which pairs are given back or taken until it is right again. From a side's first
empty pair on its keys are 0 and order no more, so that empty pairs are jumped over.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from analytics.ticks import Float64, Int64

_SHARE, _OF = 7, 10
"""A value area holds at least 7 of 10 parts of the volume."""
_DENSE = 1_048_576  # buckets up to which each has a place of its own while they are summed
_NONE, _ANY = -1, float("inf")  # less, and more, than any key


class Area(NamedTuple):
    """A profile's point of control and the lowest and highest bucket of its value area."""

    control: int
    low: int
    high: int


class Trades(Protocol):
    """What profiles are made of: any columns with prices and sizes as integers at their scales."""

    @property
    def price(self) -> Int64:
        """Return the price of each row."""

    @property
    def size(self) -> Int64:
        """Return the size of each row."""

    @property
    def price_scale(self) -> int:
        """Return the decimals of prices."""

    @property
    def size_scale(self) -> int:
        """Return the decimals of sizes."""


def bucket_of(price: Int64, price_scale: int, step: Fraction) -> Int64:
    """Return the bucket of each price, shape (n,). Exact where a step has at most nine digits."""
    width = step * 10**price_scale
    if width.denominator == 1:
        found: Int64 = price // width.numerator
    else:  # a step finer than the scale
        whole, rest = np.divmod(price, width.numerator)
        found = whole * width.denominator + rest * width.denominator // width.numerator
    return found


def bucket_prices(buckets: Int64, step: Fraction) -> Float64:
    """Return the price by which each bucket is told, as the nearest float64."""
    found: Float64 = buckets * step.numerator / float(step.denominator)
    return found


def bucket_volumes(buckets: Int64, size: Int64) -> tuple[Int64, Int64]:
    """Return the buckets that hold volume, ascending, and the exact volume of each."""
    if len(buckets) == 0:
        return buckets, size
    low, high = int(buckets.min()), int(buckets.max())
    if high - low < max(_DENSE, len(buckets)):
        volumes = np.zeros(high - low + 1, np.int64)
        np.add.at(volumes, buckets - low, size)
        there = np.flatnonzero(volumes)
        return there + low, volumes[there]
    numbers, places = np.unique(buckets, return_inverse=True)
    volumes = np.zeros(len(numbers), np.int64)
    np.add.at(volumes, places, size)
    return numbers[volumes > 0], volumes[volumes > 0]


def volume_profile(columns: Trades, start: int, stop: int, step: Fraction) -> tuple[Float64, Float64]:
    """Return the prices of the buckets with volume, ascending, and the volume of each, of some rows."""
    rows = slice(start, stop)
    buckets = bucket_of(columns.price[rows], columns.price_scale, step)
    numbers, volumes = bucket_volumes(buckets, columns.size[rows])
    return bucket_prices(numbers, step), volumes / 10.0**columns.size_scale


def value_area(columns: Trades, start: int, stop: int, step: Fraction) -> tuple[float, float, float] | None:
    """Return the prices of point of control, area's low and area's high of some rows, None without volume."""
    rows = slice(start, stop)
    buckets = bucket_of(columns.price[rows], columns.price_scale, step)
    profile = Profile()
    numbers, volumes = bucket_volumes(buckets, columns.size[rows])
    for bucket, volume in zip(numbers.tolist(), volumes.tolist(), strict=True):
        profile.add(bucket, volume)
    area = profile.area()
    if area is None:
        return None
    control, low, high = bucket_prices(np.array(area), step).tolist()
    return control, low, high


class _Side:
    """The pairs of buckets on one side of the point of control, in the order of the walk.

    Pair j (from 1) is the buckets at distance 2j - 1 and 2j, `sign` telling on which side. `taken` pairs
    are in the area; `keys` are those of the taken ones before the first empty pair, after one for none.
    """

    __slots__ = ("_control", "_sign", "_volumes", "keys", "taken")

    def __init__(self, sign: int, volumes: dict[int, int], control: int) -> None:
        self._sign = sign
        self._volumes = volumes
        self._control = control
        self.taken = 0
        self.keys: list[float] = [_ANY]

    def pair(self, j: int) -> int:
        """Return the volume of pair j."""
        near, volumes = self._control + self._sign * (2 * j - 1), self._volumes
        return volumes.get(near, 0) + volumes.get(near + self._sign, 0)

    def key(self) -> float:
        """Return the key of the last pair taken, more than any where there is none."""
        return self.keys[-1] if self.taken == len(self.keys) - 1 else 0

    def next_key(self, edge: int) -> float:
        """Return the key of the pair that would be taken next, less than any past the end of the range."""
        if self.taken >= self._reach(edge):
            return _NONE
        key, volume = self.key(), self.pair(self.taken + 1)
        return volume if volume < key else key

    def take(self, levels: list[int]) -> int:
        """Take the next pair that is not empty and return its volume."""
        volume = self.pair(self.taken + 1)
        if volume and self.taken == len(self.keys) - 1:
            self.taken += 1
            self.keys.append(min(self.keys[-1], volume))
            return volume
        last = self._control + self._sign * 2 * self.taken
        beyond = bisect_right(levels, last) if self._sign > 0 else bisect_left(levels, last) - 1
        self.taken = self._reach(levels[beyond])
        return self.pair(self.taken)

    def give_back(self, levels: list[int]) -> int:
        """Give back the last pair, with the empty ones before it, and return its volume."""
        volume = self.pair(self.taken)
        if self.taken == len(self.keys) - 1:
            self.keys.pop()
            self.taken -= 1
            return volume
        near = self._control + self._sign * (2 * self.taken - 1)
        nearer = bisect_left(levels, near) - 1 if self._sign > 0 else bisect_right(levels, near)
        self.taken = self._reach(levels[nearer])
        return volume

    def changed(self, j: int) -> None:
        """Take a new volume of pair j, one of those taken, into the keys."""
        keys = self.keys
        while j <= self.taken and j <= len(keys):
            volume = self.pair(j)
            if volume == 0:
                del keys[j:]
                return
            key = min(keys[j - 1], volume)
            if j == len(keys):
                keys.append(key)
            elif keys[j] == key:
                return
            else:
                keys[j] = key
            j += 1

    def end_at(self, edge: int) -> None:
        """Give back what lies past the end of the range, which is empty."""
        reach = self._reach(edge)
        if self.taken > reach:
            self.taken = reach
            del self.keys[reach + 1 :]

    def _reach(self, bucket: int) -> int:
        """Return the pair that a bucket belongs to, 0 for the point of control."""
        return (self._sign * (bucket - self._control) + 1) // 2


class Profile:
    """The volume of each bucket of a window that moves, with its point of control and value area.

    `add` what comes and, less than 0, what goes; `area` is looked up in between, after each tick.
    """

    def __init__(self) -> None:
        self._volumes: dict[int, int] = {}
        self._levels: list[int] = []  # buckets with volume, ascending
        self._total = 0
        self._most = 0
        self._top: list[int] = []  # the buckets that hold the most
        self._control: int | None = None
        self._inside = 0  # volume of the area
        self._ends = (0, 0)
        self._above = self._below = _Side(1, self._volumes, 0)

    def add(self, bucket: int, volume: int) -> None:
        """Add volume to a bucket, or take some away."""
        if not volume:
            return
        volumes = self._volumes
        before = volumes.get(bucket, 0)
        now = before + volume
        self._total += volume
        if now:
            volumes[bucket] = now
            if not before:
                insort(self._levels, bucket)
        else:
            del volumes[bucket]
            del self._levels[bisect_left(self._levels, bucket)]
        if now > self._most:
            self._most, self._top = now, [bucket]
        elif before == self._most:
            self._leave_top(bucket)
        elif now == self._most:
            self._top.append(bucket)
        if self._control is not None:
            self._change_area(bucket - self._control, volume)

    def area(self) -> Area | None:
        """Return the point of control and the ends of the value area, None without volume."""
        if not self._total:
            self._control = None
            return None
        low, high = self._levels[0], self._levels[-1]
        control = self._top[0] if len(self._top) == 1 else self._middle_most(low + high)
        if control != self._control:
            self._control, self._inside = control, self._most
            self._above, self._below = _Side(1, self._volumes, control), _Side(-1, self._volumes, control)
        above, below = self._above, self._below
        if (low, high) != self._ends:
            self._ends = low, high
            above.end_at(high)
            below.end_at(low)
        self._give_back(low, high)
        while self._inside * _OF < self._total * _SHARE:
            upwards = above.next_key(high) >= below.next_key(low)
            self._inside += (above if upwards else below).take(self._levels)
        return Area(control, max(low, control - 2 * below.taken), min(high, control + 2 * above.taken))

    def rescale(self, factor: int) -> None:
        """Follow volumes that were multiplied by a factor."""
        for bucket in self._volumes:
            self._volumes[bucket] *= factor
        self._total *= factor
        self._most *= factor
        self._control = None  # the walk is made anew

    def _give_back(self, low: int, high: int) -> None:
        """Give back pairs that others go before, and pairs without which the area holds enough."""
        above, below = self._above, self._below
        while True:
            above_key, below_key = above.key(), below.key()
            if above_key < below_key:
                last, passed = above, below.next_key(low) > above_key
            elif below.taken:
                last, passed = below, above.next_key(high) >= below_key
            else:
                return
            rest = self._inside - last.pair(last.taken)
            if not passed and rest * _OF < self._total * _SHARE:
                return
            self._inside -= last.give_back(self._levels)

    def _change_area(self, distance: int, volume: int) -> None:
        if distance == 0:
            self._inside += volume
            return
        side, distance = (self._above, distance + 1) if distance > 0 else (self._below, 1 - distance)
        pair = distance // 2
        if pair <= side.taken:
            self._inside += volume
            side.changed(pair)

    def _leave_top(self, bucket: int) -> None:
        self._top.remove(bucket)
        if not self._top:
            self._most = max(self._volumes.values(), default=0)
            self._top = [each for each, volume in self._volumes.items() if volume == self._most]

    def _middle_most(self, ends: int) -> int:
        return min(self._top, key=lambda bucket: (abs(2 * bucket - ends), bucket))
