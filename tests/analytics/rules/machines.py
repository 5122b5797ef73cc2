"""The moving parts of terms, one step at a time, as docs/rules.md tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Crossing:
    up: bool
    armed: bool = True
    was: Fraction | float | None = None

    def step(self, d, h) -> bool:
        if d is None:
            return False
        if not self.up:
            d = -d
        fires = self.was is not None and self.was <= 0 and d > 0 and self.armed
        if fires:
            self.armed = False
        if d <= -h:
            self.armed = True
        self.was = d
        return fires


@dataclass
class Level:
    up: bool
    on: bool = False

    def step(self, d, h) -> bool:
        if d is not None:
            if not self.up:
                d = -d
            if d > 0:
                self.on = True
            elif d <= -h:
                self.on = False
        return self.on


@dataclass
class Band:
    enters: bool
    armed: dict[str, bool] = field(default_factory=lambda: {"low": True, "high": True})
    was: str | None = None

    def step(self, to_low, low_h, to_high, high_h) -> str | None:
        """Return the end crossed."""
        if to_low is None or to_high is None:
            return None
        now = "low" if to_low < 0 else "high" if to_high > 0 else "inside"
        end = None
        if self.was is not None:
            if self.enters and self.was != "inside" and now == "inside":
                end = self.was
            if not self.enters and self.was == "inside" and now != "inside":
                end = now
        if end is not None and not self.armed[end]:
            end = None
        if end is not None:
            self.armed[end] = False
        if self.enters:
            if to_low < 0 and to_low <= -low_h:
                self.armed["low"] = True
            if to_high > 0 and to_high >= high_h:
                self.armed["high"] = True
        elif now == "inside":
            if to_low >= low_h:
                self.armed["low"] = True
            if to_high <= -high_h:
                self.armed["high"] = True
        self.was = now
        return end


def machines_of(op: str) -> list[Crossing | Level]:
    """Return what moves in a comparison, by its operator's text; it is true where one of them is."""
    return {
        "crosses above": [Crossing(True)],
        "crosses below": [Crossing(False)],
        "crosses": [Crossing(True), Crossing(False)],
        "above": [Level(True)],
        "below": [Level(False)],
    }[op]
