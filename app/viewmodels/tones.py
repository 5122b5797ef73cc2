"""Tones: what a text's colour means, before a theme says which colour that is."""

from __future__ import annotations

import enum

from PySide6.QtCore import Qt

from app.theme import Theme

TONE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a model gives a cell's Tone."""
DETAIL_ROLE = TONE_ROLE + 1
"""The role of a row's second line."""
FIGURE_ROLE = TONE_ROLE + 2
"""The role of a row's number at the right."""
SHOWN_ROLE = TONE_ROLE + 3
"""The role that says whether the row is the one that the chart shows, or the rule is on."""
KEY_ROLE = TONE_ROLE + 4
"""The role of what the row stands for: a symbol, a rule, a firing."""
SPARK_ROLE = TONE_ROLE + 5
"""The role of a cell's Spark: a course to be drawn."""
FLASH_ROLE = TONE_ROLE + 6
"""The role of a cell's Flash: its number has just moved."""
LOUD_ROLE = TONE_ROLE + 7
"""The role that says whether a row stands out, as a big print does."""
ACROSS_ROLE = TONE_ROLE + 8
"""The role of a text that stands across all columns of a row, in place of its cells."""


class Tone(enum.Enum):
    """What a colour says; the value is the theme's field."""

    TEXT = "text"
    DIM = "dim"
    UP = "up"
    DOWN = "down"
    VWAP = "vwap"
    ALERT = "alert"
    REPLAY = "replay"
    LIVE = "live"
    WARNING = "warning"

    def colour(self, theme: Theme) -> str:
        """Return this tone's colour in a theme, as ``#RRGGBB``."""
        colour: str = getattr(theme, self.value)
        return colour


def tone_of(change: float | None) -> Tone:
    """Return the tone of a change: up, down, or plain text for neither."""
    if change is None or change == 0:
        return Tone.TEXT
    return Tone.UP if change > 0 else Tone.DOWN
