"""A theme as Qt wants it: font, palette and style sheet."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from importlib import resources
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.theme import Theme

TEXT_PX, SECONDARY_PX, LAST_PRICE_PX = 12, 11, 22
_FAMILY = "Inter"


def desk_font(pixels: int = TEXT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the window's font: Inter where it is installed, else the system's; tabular figures."""
    font = QFont(_FAMILY) if _FAMILY in QFontDatabase.families() else QFont(QApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    if hasattr(font, "setFeature"):  # Qt 6.7
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def caption_font() -> QFont:
    """Return the font of panel titles: small, spaced capitals."""
    font = desk_font(SECONDARY_PX)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.5)
    return font


def desk_palette(theme: Theme) -> QPalette:
    """Return a whole palette of the theme's colours, for what the style sheet leaves to Fusion."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.panel,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.dim,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.warning,
        QPalette.ColorRole.Highlight: theme.up,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Link: theme.up,
        QPalette.ColorRole.LinkVisited: theme.up,
        QPalette.ColorRole.Light: theme.line,
        QPalette.ColorRole.Midlight: theme.raised,
        QPalette.ColorRole.Mid: theme.line,
        QPalette.ColorRole.Dark: theme.line,
        QPalette.ColorRole.Shadow: theme.window,
        QPalette.ColorRole.Accent: theme.up,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    faint = QColor(theme.faint)
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
    return palette


@cache
def desk_stylesheet(theme: Theme) -> str:
    """Return ``resources/desk.qss`` in the theme's colours."""
    folder = resources.files("resources")
    text = folder.joinpath("desk.qss").read_text(encoding="utf-8")
    chevron = folder.joinpath("icons", f"chevron-{theme.name}.svg")
    return Template(text).substitute(asdict(theme), chevron=str(chevron).replace("\\", "/"))


def dress(application: QApplication, theme: Theme) -> None:
    """Give the application Fusion, the theme's palette and the window's font."""
    if application.style().name() != "fusion":
        application.setStyle("Fusion")
    application.setPalette(desk_palette(theme))
    application.setFont(desk_font())


def set_look(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and restyle the widget where it changed."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
