"""A series of one's own: how far the price has moved over the last N ticks."""

import numpy as np

from analytics.series.own import Float64, Ticks, length


class Move:
    """The price less the price N ticks before."""

    name = "move"
    parameters = (length("N"),)
    unit = "price"
    pane = "own"
    definition = "the price less the price N ticks before; none for the first N ticks"

    def __init__(self, ticks: int) -> None:
        self._before: Float64 = np.full(ticks, np.nan)  # the last N prices

    def extend(self, ticks: Ticks) -> Float64:
        """Return a value for each of the new ticks."""
        prices: Float64 = np.concatenate((self._before, ticks.price))
        moved: Float64 = ticks.price - prices[: len(ticks)]
        self._before = prices[len(ticks) :]
        return moved


SERIES = [Move]
