"""How the panes of a chart share its height. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_PANE = 44.0
"""A pane of fewer pixels is left out."""
BETWEEN_PANES = 5.0
_PRICE_SHARE, _VOLUME_SHARE = 5, 1
_LEAST_VOLUME, _MOST_VOLUME = 48.0, 110.0
_LEAST_PRICE_SHARE = 0.45
_LOWER_SHARE, _MOST_LOWER = 0.17, 150.0


@dataclass(frozen=True, slots=True)
class Heights:
    """The panes' heights in pixels; the lower ones are all of one height, and `lower_count` of them have room."""

    price: float
    volume: float
    lower: float
    lower_count: int


def share_height(height: float, *, has_volume: bool, lower: int) -> Heights:
    """Return how a height is shared by price, volume and so many panes below.

    Lower panes leave the price 45 %; where they would be too low the volume gives way first, then the last
    panes are left out.
    """
    volume = 0.0
    if has_volume:
        share = height * _VOLUME_SHARE / (_PRICE_SHARE + _VOLUME_SHARE)
        volume = round(min(max(share, _LEAST_VOLUME), _MOST_VOLUME, height / 2))
    whole = LEAST_PANE + BETWEEN_PANES
    room = height * (1 - _LEAST_PRICE_SHARE)
    if lower and volume > LEAST_PANE and room - volume < lower * whole and room - LEAST_PANE >= whole:
        volume = max(LEAST_PANE, float(int(room - lower * whole)))
    count = min(lower, max(int((room - volume) // whole), 0))
    each = 0.0
    if count:
        wanted = min(max(height * _LOWER_SHARE, LEAST_PANE), _MOST_LOWER)
        each = float(int(min(wanted, (room - volume) / count - BETWEEN_PANES)))
    return Heights(round(height - volume - count * (each + BETWEEN_PANES)), volume, each, count)
