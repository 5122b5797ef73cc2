"""Toasts: a firing shows for a few seconds at the chart's bottom right; a storm is one toast that counts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from analytics.rules.rule import Firing
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look

SHOWN_NS = 6_000_000_000
MOST = 3
_WIDTH_PX, _HEIGHT_PX, _GAP_PX, _MARGIN_PX = 248, 48, 8, 14


class _Toast(QFrame):
    """One firing; a click picks it."""

    picked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setFixedSize(_WIDTH_PX, _HEIGHT_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.firing: Firing | None = None
        self.title, self.detail = QLabel(), QLabel()
        self.title.setFont(desk_font(12, QFont.Weight.DemiBold))
        self.detail.setFont(desk_font(SECONDARY_PX))
        set_look(self.detail, "tone", "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 5, 10, 5)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.detail)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.firing is not None:
            self.picked.emit(self.firing)


@dataclass(slots=True)
class _Shown:
    toast: _Toast
    rule: str
    count: int
    until_ns: int


class Toasts(QWidget):
    """At most three toasts, the newest at the bottom. It takes no space and no clicks beside them."""

    firing_picked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: list[_Shown] = []
        self.hide()

    @property
    def count(self) -> int:
        """Return how many toasts are visible."""
        return len(self._shown)

    def add(self, firing: Firing, title: str, detail: str, now_ns: int) -> bool:
        """Show a firing and return whether it is a new toast, not one more of a storm."""
        for shown in self._shown:
            if shown.rule == firing.rule:
                shown.count += 1
                shown.until_ns = now_ns + SHOWN_NS
                self._fill(shown, firing, f"{title} ×{shown.count}", detail)
                return False
        if len(self._shown) >= MOST:
            self._drop(self._shown[0])
        toast = _Toast(self)
        toast.picked.connect(self.firing_picked)
        shown = _Shown(toast, firing.rule, 1, now_ns + SHOWN_NS)
        self._shown.append(shown)
        self._fill(shown, firing, title, detail)
        toast.show()
        self.place()
        return True

    def expire(self, now_ns: int) -> None:
        """Let go of toasts whose time is over."""
        over = [shown for shown in self._shown if shown.until_ns <= now_ns]
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

    def place(self) -> None:
        """Stand at the parent's bottom right."""
        self.setVisible(bool(self._shown))
        parent = self.parentWidget()
        if parent is None or not self._shown:
            return
        height = len(self._shown) * (_HEIGHT_PX + _GAP_PX) - _GAP_PX
        self.setGeometry(
            parent.width() - _WIDTH_PX - _MARGIN_PX - 64,
            parent.height() - height - _MARGIN_PX - 24,
            _WIDTH_PX,
            height,
        )
        for number, shown in enumerate(self._shown):
            shown.toast.move(0, number * (_HEIGHT_PX + _GAP_PX))
        self.raise_()

    def _fill(self, shown: _Shown, firing: Firing, title: str, detail: str) -> None:
        shown.toast.firing = firing
        metrics = shown.toast.title.fontMetrics()
        shown.toast.title.setText(
            metrics.elidedText(f"◆ {title}", Qt.TextElideMode.ElideMiddle, _WIDTH_PX - 24)
        )
        shown.toast.detail.setText(detail)
        shown.toast.setAccessibleName(f"Alert fired: {title}, {detail}")

    def _drop(self, shown: _Shown) -> None:
        self._shown.remove(shown)
        shown.toast.hide()
        shown.toast.deleteLater()
