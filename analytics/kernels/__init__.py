"""Pure kernels: carry in, arrays in; carry out, arrays out. One call over a+b equals a, then b."""

from analytics.kernels.limbs import high_difference, high_limbs
from analytics.kernels.momentum import RsiCarry, rsi
from analytics.kernels.moving import EmaCarry, ema, wilder
from analytics.kernels.volatility import deviation, root_of_returns, squared_returns
from analytics.kernels.vwap import sigma, vwap, window_starts

__all__ = [
    "EmaCarry",
    "RsiCarry",
    "deviation",
    "ema",
    "high_difference",
    "high_limbs",
    "root_of_returns",
    "rsi",
    "sigma",
    "squared_returns",
    "vwap",
    "wilder",
    "window_starts",
]
