"""Pure kernels: carry in, arrays in; carry out, arrays out. One call over a+b equals a, then b."""

from analytics.kernels.limbs import high_difference, high_limbs
from analytics.kernels.moving import EmaCarry, ema
from analytics.kernels.vwap import sigma, vwap, window_starts

__all__ = ["EmaCarry", "ema", "high_difference", "high_limbs", "sigma", "vwap", "window_starts"]
