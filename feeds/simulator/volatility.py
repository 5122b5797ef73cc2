"""How lively the market is through a day: the shape of the day, and moods that come and stay.

Two sums of slow and quick mean-reverting moods make calm and stormy spells that last from a minute to
an hour, so that large moves follow large moves.
"""

from __future__ import annotations

import math

import numpy as np

from analytics.ticks import Float64

SLOT_S = 5
"""Volatility and activity are constant over a slot of this many seconds."""

_SLOW_S, _SLOW_SD = 1_800.0, 0.42
_QUICK_S, _QUICK_SD = 120.0, 0.40

_WAVES, _RIPPLES = (240.0, 0.25), (25.0, 0.45)  # of activity: seconds, standard deviation of the log

# The day's shape over its quiet middle: weight and fading time in minutes.
_OPENING_VOLATILITY = ((1.1, 4.0), (0.6, 30.0))
_CLOSING_VOLATILITY = (0.35, 12.0)
_OPENING_ACTIVITY = ((3.2, 1.5), (1.0, 12.0))
_CLOSING_ACTIVITY = (3.2, 11.0)


def volatility_paths(rng: np.random.Generator, slots: int, columns: int) -> Float64:
    """Return multipliers of volatility, shape (slots, columns), each column's mean square being 1."""
    log_mood = _moods(rng, slots, columns, _SLOW_S, _SLOW_SD) + _moods(
        rng, slots, columns, _QUICK_S, _QUICK_SD
    )
    paths = np.exp(log_mood) * _shape(slots, _OPENING_VOLATILITY, _CLOSING_VOLATILITY)[:, None]
    return np.asarray(paths / np.sqrt(np.mean(paths**2, axis=0)))


def activity_moods(rng: np.random.Generator, slots: int, columns: int) -> Float64:
    """Return multipliers of how much is traded beside what volatility explains, shape (slots, columns)."""
    waves = _moods(rng, slots, columns, *_WAVES)
    return np.asarray(np.exp(waves + _moods(rng, slots, columns, *_RIPPLES)))


def activity_shape(slots: int) -> Float64:
    """Return how much is traded in each slot of a session over its quiet middle, shape (slots,)."""
    return _shape(slots, _OPENING_ACTIVITY, _CLOSING_ACTIVITY)


def _shape(slots: int, opening: tuple[tuple[float, float], ...], closing: tuple[float, float]) -> Float64:
    since_open = (np.arange(slots) + 0.5) * (SLOT_S / 60.0)
    until_close = since_open[::-1]
    shape: Float64 = 1.0 + closing[0] * np.exp(-until_close / closing[1])
    for weight, fading in opening:
        shape += weight * np.exp(-since_open / fading)
    return shape


def _moods(rng: np.random.Generator, slots: int, columns: int, lasting_s: float, sd: float) -> Float64:
    """Return first-order autoregressions, shape (slots, columns).

    They start at 0, so that each day opens as days do, and wander to their standard deviation.
    """
    keep = math.exp(-SLOT_S / lasting_s)
    shocks: Float64 = rng.standard_normal((slots, columns)) * (sd * math.sqrt(1.0 - keep**2))
    moods = np.empty_like(shocks)
    mood = np.zeros(columns)
    for slot in range(slots):
        mood = keep * mood + shocks[slot]
        moods[slot] = mood
    return moods
