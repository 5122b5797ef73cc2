"""Pure kernels: carry in, arrays in; carry out, arrays out. One call over a+b equals a, then b."""

from analytics.kernels.moving import EmaCarry, ema
from analytics.kernels.vwap import sigma, vwap, window_starts

__all__ = ["EmaCarry", "ema", "sigma", "vwap", "window_starts"]
