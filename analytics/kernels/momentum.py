"""Wilder's relative strength index over ticks, the same to the bit wherever batches end.

With gains G and losses L as Wilder's means over N (see `analytics.kernels.moving`), and c the changes,

    rsi = 100 · G / (G + L) = 50 + 50 · W(c) / W(|c|)

Inside a block both means carry the same factor r**(k+1), which cancels. No rounding takes W(c) beyond
W(|c|), so the index stays within 0 and 100, and reaches them exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.kernels.moving import blocks_of, running_sum
from analytics.ticks import Float64, Int64

_FAINT = 2.0**-500
_LIFT = 2.0**400
"""After a long flat stretch both means are lifted before they vanish: their ratio stays, and beside the
next change, which is at least one unit, they are nothing either way."""


@dataclass(frozen=True, slots=True)
class RsiCarry:
    """What the index carries from one call to the next; ``RsiCarry(length)`` at first.

    - `left`: how many changes are wanted to complete the seed, then the current block.
    - `net`, `moved`: the means of c and |c| before the current block; `seeded` says that there are any.
    - `running_net`, `running_moved`: the sums so far of the seed's values, then of the block's weighted ones.
    """

    left: int
    net: float = 0.0
    moved: float = 0.0
    running_net: float = 0.0
    running_moved: float = 0.0
    seeded: bool = False

    def scaled(self, by: int) -> RsiCarry:
        """Return the carry of changes that are `by` times as large."""
        return replace(
            self,
            net=self.net * by,
            moved=self.moved * by,
            running_net=self.running_net * by,
            running_moved=self.running_moved * by,
        )


def rsi(change: Int64, carry: RsiCarry, length: int) -> tuple[Float64, RsiCarry]:
    """Return the index after each change, 0 to 100, shape (n,), and the carry for the next call.

    The first length - 1 are NaN: the means are seeded by those of the first `length` changes. Where
    nothing has moved yet (of length 1: where the price did not change) it is 50.
    """
    if not carry.seeded:
        return _seeded(change, carry, length)
    if length == 1:
        net = change.astype(np.float64)
        return _index(net, np.abs(net)), carry
    blocks = blocks_of((length - 1) / length, 1.0 / length)
    terms, lead = blocks.weighted(change, carry.left)
    sums = np.empty((2, *terms.shape))
    np.abs(terms, out=sums[1])
    if lead:
        terms[0, lead - 1], sums[1, 0, lead - 1] = carry.running_net, carry.running_moved
    np.add.accumulate(terms, axis=1, out=sums[0])
    np.add.accumulate(sums[1], axis=1, out=sums[1])
    stop = lead + len(change)
    whole, rest = divmod(stop, blocks.length)
    running: list[float] = sums[:, -1, rest - 1].tolist() if rest else [0.0, 0.0]
    means = _means(carry, sums[:, :whole, -1], blocks.whole_fall)
    sums += means[:, : sums.shape[1], None]
    net, moved = sums.reshape(2, -1)[:, lead:stop]
    mean_net, mean_moved = means[:, -1].tolist()
    after = RsiCarry(blocks.length - rest, mean_net, mean_moved, running[0], running[1], seeded=True)
    return _index(net, moved), after


def _means(carry: RsiCarry, ends: Float64, fall: float) -> Float64:
    """Return the means before each block and after the last, shape (2, blocks + 1), by the blocks' sums."""
    net, moved = carry.net, carry.moved
    nets, moves = [net], [moved]
    for more_net, more_moved in zip(*ends.tolist(), strict=True):
        net, moved = fall * (net + more_net), fall * (moved + more_moved)
        if 0.0 < moved < _FAINT:
            net, moved = net * _LIFT, moved * _LIFT
        nets.append(net)
        moves.append(moved)
    return np.array((nets, moves))


def _seeded(change: Int64, carry: RsiCarry, length: int) -> tuple[Float64, RsiCarry]:
    """Return the index after changes of which some belong to the seed."""
    index = np.full(len(change), np.nan)
    seed = change[: carry.left]
    net = running_sum(seed, carry.running_net)
    moved = running_sum(np.abs(seed), carry.running_moved)
    if len(change) < carry.left:
        return index, RsiCarry(carry.left - len(change), running_net=net, running_moved=moved)
    net, moved = net / length, moved / length
    index[carry.left - 1 : carry.left] = _index(np.array([net]), np.array([moved]))
    block = blocks_of((length - 1) / length, 1.0 / length).length if length > 1 else 0
    fresh = RsiCarry(block, net, moved, seeded=True)
    index[carry.left :], after = rsi(change[carry.left :], fresh, length)
    return index, after


def _index(net: Float64, moved: Float64) -> Float64:
    """Return 50 + 50 · net / moved, 50 where both are 0."""
    if np.count_nonzero(moved) < len(moved):
        moved = np.where(moved == 0.0, 1.0, moved)
    index: Float64 = net / moved
    index *= 50.0
    index += 50.0
    return index
