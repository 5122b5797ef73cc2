"""The theme in force, for dialogs that paint: they are told nothing of it, and follow the application's palette."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from app.theme import DARK, THEMES, Theme


def theme_in_force() -> Theme:
    """Return the theme whose ground is the application's."""
    ground = QApplication.palette().color(QPalette.ColorRole.Window).name().upper()
    return next((theme for theme in THEMES.values() if theme.window.upper() == ground), DARK)
