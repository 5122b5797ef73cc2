"""Toasts: a firing shows for a few seconds at the chart's bottom right; a storm is one toast that counts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from analytics.rules.rule import Firing
from app.override import override
from app.panels.elided import ElidedLabel
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font, set_look

SHOWN_NS = 6_000_000_000
HELD_NS = 2_000_000_000
"""How long a toast stays once the mouse or the keyboard has left it."""
MOST = 3
SNOOZE_MINUTES = 15
_WIDTH_PX, _GAP_PX, _MARGIN_PX, _EDGE_PX = 364, 8, 14, 12
_AXIS_PX = 64  # the chart's price axis stays free


class _Toast(QFrame):
    """One firing; a click picks it, and so does Enter; S snoozes its rule, Esc lets go of it."""

    picked = Signal(object)
    snoozed = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.firing: Firing | None = None
        self.title, self.detail, self.suspicion = ElidedLabel(), ElidedLabel(), ElidedLabel()
        self.title.setFont(desk_font(TEXT_PX, QFont.Weight.DemiBold))
        for label, tone in ((self.detail, "dim"), (self.suspicion, "warning")):
            label.setFont(desk_font(SECONDARY_PX))
            set_look(label, "tone", tone)
        self.show_button = _link("Show", "Show in the chart")
        self.snooze_button = _link("Snooze", f"Snooze for {SNOOZE_MINUTES} min (S)")
        self._close_button = _link("✕", "Close the notice (Esc)")
        set_look(self._close_button, "look", "quiet")
        self._close_button.setFont(desk_font(TEXT_PX))
        self.show_button.clicked.connect(self._pick)
        self.snooze_button.clicked.connect(self._snooze)
        self._close_button.clicked.connect(self.closed)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.title, 1)
        first.addWidget(self._close_button)
        second.setSpacing(2)
        second.addWidget(self.detail, 1)
        second.addWidget(self.show_button)
        second.addWidget(self.snooze_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE_PX, 4, 6, 4)
        column.setSpacing(0)
        column.addLayout(first)
        column.addWidget(self.suspicion)
        column.addLayout(second)

    @property
    def is_held(self) -> bool:
        """Return whether mouse or keyboard are on it, so that it may not go away."""
        focused = self.window().focusWidget()
        return self.underMouse() or (
            focused is not None and self.isAncestorOf(focused) and self.window().isActiveWindow()
        )

    def fill(self, firing: Firing, title: str, detail: str, suspicion: str) -> None:
        """Tell a firing; `suspicion` is ``""`` for whole data."""
        self.firing = firing
        self.title.setText(f"◆ {title}")
        self.detail.setText(detail)
        suspect = f"⚠ on suspect data: {suspicion}" if suspicion else ""
        self.suspicion.setText(suspect)
        self.suspicion.setVisible(bool(suspicion))
        spoken = f", {suspect}" if suspect else ""
        self.setAccessibleName(f"Alert fired: {title}, {detail}{spoken}")
        self.show_button.setAccessibleName(f"Show {title} in the chart")
        self.snooze_button.setAccessibleName(f"Snooze {firing.rule} for {SNOOZE_MINUTES} minutes")
        self._close_button.setAccessibleName(f"Close the notice of {title}")

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pick()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_S and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._snooze()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _pick(self) -> None:
        if self.firing is not None:
            self.picked.emit(self.firing)

    def _snooze(self) -> None:
        if self.firing is not None:
            self.snoozed.emit(self.firing)


@dataclass(slots=True)
class _Shown:
    toast: _Toast
    rule: str
    count: int
    until_ns: int


class Toasts(QWidget):
    """At most three toasts, the newest at the bottom. It takes no space and no clicks beside them.

    `firing_picked` carries the Firing to show, `snooze_wanted` a rule's name and for how many minutes.
    """

    firing_picked = Signal(object)
    snooze_wanted = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: list[_Shown] = []
        self.hide()

    @property
    def count(self) -> int:
        """Return how many toasts are visible."""
        return len(self._shown)

    def add(
        self, firing: Firing, title: str, detail: str, now_ns: int, *, suspicion: str = "", count: int = 1
    ) -> bool:
        """Show a firing and return whether it is a new toast, not one more of a storm.

        It is the last of `count` of its rule. `suspicion` says what was wrong with the data around it, ``""`` for
        nothing.
        """
        for shown in self._shown:
            if shown.rule == firing.rule:
                shown.count += count
                shown.until_ns = now_ns + SHOWN_NS
                shown.toast.fill(firing, f"{title} ×{shown.count}", detail, suspicion)
                self.place()
                return False
        if len(self._shown) >= MOST:
            self._drop(self._shown[0])
        shown = _Shown(_Toast(self), firing.rule, count, now_ns + SHOWN_NS)
        shown.toast.picked.connect(self.firing_picked)
        shown.toast.snoozed.connect(lambda firing: self._snooze(shown, firing))
        shown.toast.closed.connect(lambda: self._close(shown))
        self._shown.append(shown)
        shown.toast.fill(firing, f"{title} ×{count}" if count > 1 else title, detail, suspicion)
        shown.toast.show()
        self.place()
        return True

    def expire(self, now_ns: int) -> None:
        """Let go of toasts whose time is over, but for one that mouse or keyboard are on."""
        over = []
        for shown in self._shown:
            if shown.toast.is_held:
                shown.until_ns = max(shown.until_ns, now_ns + HELD_NS)
            elif shown.until_ns <= now_ns:
                over.append(shown)
        for shown in over:
            self._drop(shown)
        if over:
            self.place()

    def clear(self) -> bool:
        """Let go of all toasts and return whether there were any."""
        had = bool(self._shown)
        for shown in list(self._shown):
            self._drop(shown)
        self.place()
        return had

    def focus_newest(self) -> bool:
        """Give the keyboard to the newest toast and return whether there is one; Tab leads to its other buttons."""
        if not self._shown:
            return False
        self._shown[-1].toast.show_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def place(self) -> None:
        """Stand at the parent's bottom right."""
        self.setVisible(bool(self._shown))
        parent = self.parentWidget()
        if parent is None or not self._shown:
            return
        heights = [shown.toast.sizeHint().height() for shown in self._shown]
        height = sum(heights) + _GAP_PX * (len(heights) - 1)
        width = min(_WIDTH_PX, parent.width() - 2 * _MARGIN_PX)
        left = max(parent.width() - width - _MARGIN_PX - _AXIS_PX, _MARGIN_PX)
        self.setGeometry(left, parent.height() - height - _MARGIN_PX - 24, width, height)
        top = 0
        for shown, each in zip(self._shown, heights, strict=True):
            shown.toast.setGeometry(0, top, width, each)
            top += each + _GAP_PX
        self.raise_()

    def _snooze(self, shown: _Shown, firing: Firing) -> None:
        self._close(shown)
        self.snooze_wanted.emit(firing.rule, SNOOZE_MINUTES)

    def _close(self, shown: _Shown) -> None:
        if shown in self._shown:
            self._drop(shown)
            self.place()

    def _drop(self, shown: _Shown) -> None:
        self._shown.remove(shown)
        shown.toast.hide()
        shown.toast.deleteLater()


def _link(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setFont(desk_font(SECONDARY_PX))
    button.setToolTip(tip)
    set_look(button, "look", "link")
    return button
