"""Why the chosen firing fired: its terms before and after, its place, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.override import override
from app.panels.dock import PanelTitle
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font, set_look
from app.viewmodels.explanation import Explanation, TermLine
from app.viewmodels.suspicion import WARNING_SIGN

_EDGE_PX = 10
_NAMES_PX = 58
_LEAST_WIDTH_PX = 200
_LEAST_PX, _MOST_PX = 72, 260


class FiringCard(QFrame):
    """One firing explained; empty and hidden until `show_firing`. Its signals carry nothing: who shows it knows."""

    replayed = Signal()
    shown_wanted = Signal()
    edit_wanted = Signal()
    snooze_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("firingCard")
        self.setAccessibleName("Why it fired")
        self._told: Explanation | None = None
        head = PanelTitle("Why it fired")
        self._close_button = _button("✕", "Close the explanation (Esc)", self.closed.emit, look="quiet")
        head.add(self._close_button)
        self._body = QWidget()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        self._scroll.setWidget(self._body)
        self.replay_button = _button(
            "▶ Replay ±30 s", "Play the half minute before and after it in the chart (R)", self.replayed.emit
        )
        self.show_button = _button(
            "Show in chart", "Go to its tick in the chart (Enter)", self.shown_wanted.emit
        )
        self.edit_button = _button("Edit rule", "Open the rule (E)", self.edit_wanted.emit)
        self.snooze_button = _button(
            "Snooze 15 min", "Hide its firings for 15 min (S)", self.snooze_wanted.emit
        )
        buttons = QGridLayout()
        buttons.setContentsMargins(_EDGE_PX, 4, _EDGE_PX, 8)
        buttons.setSpacing(6)
        for place, button in enumerate(
            (self.replay_button, self.show_button, self.edit_button, self.snooze_button)
        ):
            buttons.addWidget(button, place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(head)
        column.addWidget(self._scroll, 1)
        column.addLayout(buttons)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def text(self) -> str:
        """Return all that it says, in lines."""
        return "" if self._told is None else self._told.text

    def show_firing(self, told: Explanation, *, has_rule: bool) -> None:
        """Explain a firing; without its rule it can be neither edited nor snoozed."""
        self.edit_button.setEnabled(has_rule)
        self.snooze_button.setEnabled(has_rule)
        if told != self._told:
            self._told = told
            self._fill(told)
            self.setAccessibleDescription(told.text)
        self.show()

    def clear(self) -> None:
        """Explain nothing any more."""
        self._told = None
        self.hide()

    def _fill(self, told: Explanation) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(_EDGE_PX, 4, _EDGE_PX, 2)
        column.setSpacing(4)
        column.addWidget(_label(told.title, bold=True))
        column.addWidget(_label(told.tick, tone="dim"))
        if told.suspicion:
            column.addWidget(_label(f"{WARNING_SIGN} On suspect data: {told.suspicion}", tone="warning"))
        for term in told.terms:
            column.addSpacing(2)
            column.addWidget(_label(term.text))
            column.addLayout(_pairs(_sides(term, alone=len(told.terms) == 1)))
        if told.facts:
            column.addSpacing(2)
            column.addLayout(_pairs(told.facts))
        column.addStretch(1)
        self._body = body
        self._scroll.setWidget(body)
        self._fit()

    def _fit(self) -> None:
        """Take the height that the words need, up to a bound; what is more scrolls."""
        layout = self._body.layout()
        if layout is not None:
            layout.activate()
            needed = layout.heightForWidth(max(self.width(), _LEAST_WIDTH_PX))
            self._scroll.setFixedHeight(min(max(needed, _LEAST_PX), _MOST_PX))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _sides(term: TermLine, *, alone: bool) -> list[tuple[str, str]]:
    """Return what stood before and on the tick, and what became of the term: of one alone that is plain."""
    sides = [("before", term.before), ("now", term.now)] if term.now else []
    return sides if alone and sides else [*sides, ("is", term.state)]


def _pairs(pairs: Sequence[tuple[str, str]]) -> QGridLayout:
    """Return names in a dim column and what they name beside them."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(1)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, _NAMES_PX)
    for row, (name, value) in enumerate(pairs):
        grid.addWidget(_label(name, tone="dim"), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_label(value), row, 1)
    return grid


def _label(text: str, *, tone: str = "", bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setFont(desk_font(TEXT_PX, QFont.Weight.DemiBold) if bold else desk_font(SECONDARY_PX))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if tone:
        set_look(label, "tone", tone)
    return label


def _button(text: str, tip: str, act: object, look: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setFont(desk_font(SECONDARY_PX))
    button.setToolTip(tip)
    button.setAccessibleName(text if len(text) > 1 else tip)
    button.clicked.connect(act)
    if look:
        set_look(button, "look", look)
    return button
