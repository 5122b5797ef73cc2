"""What a tool draws over the prices: told of the scale, the theme and the columns as they are drawn."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QFont

from analytics.columns import ColumnsView
from app.charts.scale import Scale
from app.theme import Theme


class Overlay(Protocol):
    """Something in the price pane, in its pixels, parented to it."""

    def set_scale(self, scale: Scale) -> None:
        """Take a new scale: the view was scrolled, zoomed or resized."""

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""

    def take(self, view: ColumnsView | None) -> None:
        """Take the columns of a frame that is drawn; None where nothing is shown."""
