"""The line below the watchlist: that the list is a chosen one, what was taken out, why a symbol is not found."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.panels.elided import ElidedLabel
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.tones import Tone

FOOTER_PX = 28
Offer = tuple[str, Callable[[], object]]
"""What a button says, and what it does."""


class WatchFooter(QWidget):
    """Says one thing with a button or two to act on it; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(FOOTER_PX)
        self.words = ElidedLabel()
        self.words.setFont(desk_font(SECONDARY_PX))
        self.words.setAccessibleName("About the watchlist")
        self._offers: tuple[Offer, ...] = ()
        self.buttons = (QPushButton(), QPushButton())
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 6, 0)
        row.setSpacing(2)
        row.addWidget(self.words, 1)
        for number, button in enumerate(self.buttons):
            button.setFont(desk_font(SECONDARY_PX))
            button.setAccessibleName("Act on the watchlist")
            set_look(button, "look", "link")
            button.clicked.connect(lambda _checked=False, place=number: self._act(place))
            row.addWidget(button)
        self.hide()

    def say(self, words: str, *offers: Offer, tone: Tone = Tone.DIM) -> None:
        """Show words and at most two offers; no words hide the line."""
        self._offers = offers
        self.words.setText(words)
        set_look(self.words, "tone", tone.value)
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(offers))
            if number < len(offers):
                button.setText(offers[number][0].replace("&", "&&"))
                button.setAccessibleName(offers[number][0])
        self.setVisible(bool(words))

    def _act(self, place: int) -> None:
        if place < len(self._offers):
            self._offers[place][1]()
