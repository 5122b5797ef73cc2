"""What lies over the panes of a chart: the way back to the newest tick, what is awaited, what a tool wants."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.theme import Theme

_AWAY_PX = 12
WAITING = "Waiting for ticks…"


class OverPanes:
    """Three small widgets, each in its place over the price pane."""

    def __init__(self, panes: QWidget, follow: Callable[[], object]) -> None:
        self.live = QPushButton("⟶ Live (End)", panes)
        self.live.setAccessibleName("Back to the newest tick")
        self.live.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.live.setCursor(Qt.CursorShape.PointingHandCursor)
        self.live.clicked.connect(lambda: follow())
        self.live.hide()
        self.empty = QLabel(WAITING, panes)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint = QLabel("", panes)
        self.hint.setAccessibleDescription("Arrow keys move the crosshair, Return sets a point, Esc ends")
        self.hint.hide()
        for label in (self.empty, self.hint):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._pane = QRectF()

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        plate = (
            f"color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.line};"
            "border-radius: 6px; padding: 4px 10px; font-size: 11px;"
        )
        self.empty.setStyleSheet(f"color: {theme.dim}; background: transparent; font-size: 13px;")
        self.hint.setStyleSheet(f"QLabel {{ {plate} }}")
        self.live.setStyleSheet(
            f"QPushButton {{ {plate} }} QPushButton:hover, QPushButton:focus {{ border-color: {theme.up}; }}"
        )
        self.place(self._pane)

    def show_hint(self, hint: str) -> None:
        """Say what the tool in hand wants; nothing without one."""
        self.hint.setText(f"{hint} · Esc ends" if hint else "")
        self.hint.setAccessibleName(hint or "No tool in hand")
        self.hint.setVisible(bool(hint))
        self.place(self._pane)

    def place(self, pane: QRectF) -> None:
        """Take places over a pane."""
        self._pane = pane
        self.live.adjustSize()
        self.hint.adjustSize()
        live, hint = self.live.size(), self.hint.size()
        self.live.move(
            int(pane.right()) - live.width() - _AWAY_PX, int(pane.bottom()) - live.height() - _AWAY_PX
        )
        self.hint.move(int(pane.left()) + _AWAY_PX, int(pane.bottom()) - hint.height() - _AWAY_PX)
        self.empty.setGeometry(pane.toRect())
