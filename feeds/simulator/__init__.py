"""A simulated market: live as a source, or unpaced for files."""

from feeds.simulator.feed import SimulatedSource
from feeds.simulator.stream import simulated_ticks

__all__ = ["SimulatedSource", "simulated_ticks"]
