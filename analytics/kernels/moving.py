"""The exponential moving average over ticks, the same to the bit wherever batches end.

    e[N-1] = mean of the first N,   e[i] = a·p[i] + (1 - a)·e[i-1],   a = 2 / (N + 1)

The recursion is unrolled inside blocks that are aligned to the tick's number: with r = 1 - a, within a
block that follows e

    e[k] = r**(k+1) · (e + a · Σ_{j<=k} p[j] · r**-(j+1))

A running sum is the same for every prefix, so a block that is only partly there gives the same bits as
when it is whole. Blocks are short enough that r**-length stays below 1024.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.ticks import Float64

_LARGEST_WEIGHT = 1024.0
_LONGEST_BLOCK = 256


@dataclass(frozen=True, slots=True)
class EmaCarry:
    """The value before the first row of the current block, and that row; (None, N) before the seed."""

    value: float | None
    block_row: int


def block_length(length: int) -> int:
    """Return how many ticks a block of ema(`length`) holds."""
    if length == 1:
        return _LONGEST_BLOCK
    ratio = (length - 1) / (length + 1)
    return max(1, min(_LONGEST_BLOCK, int(math.log(_LARGEST_WEIGHT) / -math.log(ratio))))


def ema(d: Float64, carry: EmaCarry, start: int, length: int) -> tuple[Float64, EmaCarry]:
    """Return the average of rows [start, len(d)) and the carry for the next call.

    `d` holds all values from row 0 on, shape (stop,); only rows from the carry's block on are read (from
    row 0 before the seed). Rows before length - 1 are NaN. `carry` is ``EmaCarry(None, length)`` at first.
    """
    stop = len(d)
    out = np.full(stop - start, np.nan)
    if stop < length:
        return out, carry
    value, first = carry.value, carry.block_row
    if value is None:
        value = float(np.cumsum(d[:length])[-1]) / length
        if start < length:
            out[length - 1 - start] = value
    if length == 1:
        out[:] = d[start:]
        return out, EmaCarry(value, first)
    block = block_length(length)
    blocks = -(-(stop - first) // block)
    if blocks <= 0:
        return out, EmaCarry(value, first)
    ratio = (length - 1) / (length + 1)
    powers = ratio ** np.arange(1, block + 1)
    padded = np.zeros(blocks * block)
    padded[: stop - first] = d[first:]
    sums = np.cumsum(padded.reshape(blocks, block) / powers, axis=1) * (2.0 / (length + 1))
    before = np.empty(blocks)
    whole_ratio = float(powers[-1])
    ends = sums[:, -1].tolist()
    for b in range(blocks):
        before[b] = value
        if first + block <= stop:
            value = whole_ratio * (value + ends[b])
            first += block
    values = ((before[:, None] + sums) * powers).ravel()[: stop - carry.block_row]
    if start >= carry.block_row:
        out[:] = values[start - carry.block_row :]
    else:
        out[carry.block_row - start :] = values
    return out, EmaCarry(value, first)
