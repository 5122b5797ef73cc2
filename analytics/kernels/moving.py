"""Recursive averages over ticks, the same to the bit wherever batches end.

    e[N-1] = mean of the first N,   e[i] = a·x[i] + r·e[i-1],   r = 1 - a

with a = 2 / (N + 1) for the exponential mean and a = 1 / N for Wilder's. The recursion is unrolled inside
blocks that are aligned to the tick's number; within a block that follows e

    e[k] = r**(k+1) · (e + a · Σ_{j<=k} x[j] · r**-(j+1))

A running sum is the same for every prefix, so a block that is only partly there gives the same bits as
when it is whole; what is carried is e, the running sum, and how much of the block is left. Blocks are
short enough that r**-length stays below 1024.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analytics.ticks import Float64, Int64

_LARGEST_WEIGHT = 1024.0
_LONGEST_BLOCK = 256


@dataclass(frozen=True, slots=True)
class EmaCarry:
    """What an average carries from one call to the next; ``EmaCarry(None, length)`` at first.

    - `value`: the average before the current block; None before the seed.
    - `left`: how many values are wanted to complete the seed, then the current block.
    - `running`: the sum so far of the seed's values, then of the block's weighted ones.
    """

    value: float | None
    left: int
    running: float = 0.0

    def scaled(self, by: int) -> EmaCarry:
        """Return the carry of values that are `by` times as large."""
        return EmaCarry(None if self.value is None else self.value * by, self.left, self.running * by)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of one recursion: `rise` are a · r**-(j+1), `fall` are r**(j+1), shape (length,)."""

    length: int
    rise: Float64
    fall: Float64
    whole_fall: float

    def weighted(self, x: Float64 | Int64, left: int) -> tuple[Float64, int]:
        """Return a · x[j] · r**-(j+1), shape (blocks, length), 0 around, and where x begins in it."""
        lead = self.length - left
        stop = lead + len(x)
        terms = np.zeros((-(-stop // self.length), self.length))
        terms.reshape(-1)[lead:stop] = x
        terms *= self.rise
        return terms, lead


def block_length(length: int) -> int:
    """Return how many ticks a block of ema(`length`) holds."""
    return _block_length((length - 1) / (length + 1))


def _block_length(ratio: float) -> int:
    if ratio <= 0.0:
        return _LONGEST_BLOCK
    return max(1, min(_LONGEST_BLOCK, int(math.log(_LARGEST_WEIGHT) / -math.log(ratio))))


@lru_cache(maxsize=256)
def blocks_of(ratio: float, weight: float) -> Blocks:
    """Return the blocks of the recursion with r = `ratio`, above 0, and a = `weight`."""
    length = _block_length(ratio)
    fall: Float64 = np.power(ratio, np.arange(1.0, length + 1.0))
    rise: Float64 = weight / fall
    fall.flags.writeable = rise.flags.writeable = False
    return Blocks(length, rise, fall, float(fall[-1]))


def ema(d: Float64 | Int64, carry: EmaCarry, start: int, length: int) -> tuple[Float64, EmaCarry]:
    """Return the exponential mean of the values d[start:], and the carry for the next call.

    Values before `start` were taken by earlier calls and are not read. The first length - 1 are NaN.
    """
    return averaged(d[start:], carry, length, (length - 1) / (length + 1), 2.0 / (length + 1))


def wilder(x: Float64 | Int64, carry: EmaCarry, length: int) -> tuple[Float64, EmaCarry]:
    """Return Wilder's mean of the values x, shape (n,), and the carry; the first length - 1 are NaN."""
    return averaged(x, carry, length, (length - 1) / length, 1.0 / length)


def averaged(
    x: Float64 | Int64, carry: EmaCarry, length: int, ratio: float, weight: float
) -> tuple[Float64, EmaCarry]:
    """Return the mean of x by the recursion with r = `ratio` and a = `weight`, shape (n,), and the carry."""
    if carry.value is None:
        return _seeded(x, carry, length, ratio, weight)
    if ratio == 0.0:
        return x.astype(np.float64), carry
    blocks = blocks_of(ratio, weight)
    sums, lead = blocks.weighted(x, carry.left)
    if lead:
        sums[0, lead - 1] = carry.running
    np.add.accumulate(sums, axis=1, out=sums)
    stop = lead + len(x)
    whole, rest = divmod(stop, blocks.length)
    value, whole_fall = carry.value, blocks.whole_fall
    before = [value]
    for end in sums[:whole, -1].tolist():
        value = whole_fall * (value + end)
        before.append(value)
    running = float(sums[-1, rest - 1]) if rest else 0.0
    sums += np.array(before[: len(sums)])[:, None]
    sums *= blocks.fall
    return sums.reshape(-1)[lead:stop], EmaCarry(value, blocks.length - rest, running)


def running_sum(x: Float64 | Int64, before: float) -> float:
    """Return ((before + x[0]) + x[1]) + …: one after the other, so that it can be taken in parts."""
    terms = np.empty(len(x) + 1)
    terms[0] = before
    terms[1:] = x
    return float(np.add.accumulate(terms)[-1])


def _seeded(
    x: Float64 | Int64, carry: EmaCarry, length: int, ratio: float, weight: float
) -> tuple[Float64, EmaCarry]:
    """Return the means of values of which some belong to the seed."""
    running = running_sum(x[: carry.left], carry.running)
    values = np.full(len(x), np.nan)
    if len(x) < carry.left:
        return values, EmaCarry(None, carry.left - len(x), running)
    seed = running / length
    values[carry.left - 1] = seed
    fresh = EmaCarry(seed, _block_length(ratio))
    values[carry.left :], after = averaged(x[carry.left :], fresh, length, ratio, weight)
    return values, after
