"""The status bar: where the ticks go, how far behind the window is, and what it costs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from analytics.events import GuardCounts
from app.formatting import number_text, rate_text
from app.panels.elided import ElidedLabel
from app.stylesheet import SECONDARY_PX, desk_font, set_look

BAR_PX = 24


class _Figure(QWidget):
    """A dim word and its number."""

    def __init__(self, before: str, after: str, hint: str) -> None:
        super().__init__()
        self._words = f"{before or after}"
        self.setToolTip(hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.number = QLabel("–")
        self.number.setFont(desk_font(SECONDARY_PX, QFont.Weight.DemiBold))
        parts = [QLabel(before)] if before else []
        parts += [self.number, *([QLabel(after)] if after else [])]
        for part in parts:
            if part is not self.number:
                part.setFont(desk_font(SECONDARY_PX))
                set_look(part, "tone", "dim")
            row.addWidget(part)

    def show_text(self, text: str, *, loud: bool = False) -> None:
        """Show a value; a loud one in the warning's colour."""
        self.number.setText(text)
        self.setAccessibleName(f"{self._words} {text}")
        set_look(self.number, "tone", "warning" if loud else "text")


class StatusBar(QWidget):
    """24 px of figures, changed twice a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(BAR_PX - 1)
        self._rate = _Figure("", "ticks/s", "Ticks taken per second, over the last two seconds")
        self._lag = _Figure("lag", "ticks", "Ticks published and not yet taken")
        self._quarantined = _Figure("quarantined", "", "Bad ticks set aside; see the event log")
        self._late = _Figure("late", "", "Ticks that came after their time had been told")
        self._duplicate = _Figure("duplicate", "", "Ticks that had come before")
        self._gaps = _Figure("gaps", "", "Places where ticks are known to be missing")
        self._frame = _Figure("frame", "", "Median time to draw one frame of the charts")
        self._memory = _Figure("", "", "Memory held by this program")
        self._notice = ElidedLabel()
        self._notice.setFont(desk_font(SECONDARY_PX))
        set_look(self._notice, "tone", "dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 12, 0)
        row.setSpacing(16)
        for figure in (
            self._rate,
            self._lag,
            self._quarantined,
            self._late,
            self._duplicate,
            self._gaps,
            self._frame,
        ):
            row.addWidget(figure)
        row.addWidget(self._notice, 1)
        row.addWidget(self._memory)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._duplicate.hide()
        self._gaps.hide()

    def show_counts(self, counts: GuardCounts, ticks_s: float, lag: int, *, indian: bool) -> None:
        """Show where the ticks went; duplicates and gaps only where there are some."""

        def text(count: int) -> str:
            return number_text(count, 0, indian=indian)

        self._rate.show_text(rate_text(ticks_s, indian=indian))
        self._lag.show_text(text(lag))
        self._quarantined.show_text(text(counts.quarantined), loud=counts.quarantined > 0)
        self._late.show_text(text(counts.late))
        self._duplicate.show_text(text(counts.duplicate))
        self._duplicate.setVisible(counts.duplicate > 0)
        self._gaps.show_text(text(counts.gaps), loud=counts.gaps > 0)
        self._gaps.setVisible(counts.gaps > 0)

    def show_costs(self, frame_ms: float, memory_mb: float | None) -> None:
        """Show the frame's time and the memory."""
        self._frame.show_text(f"{frame_ms:.1f} ms")
        self._memory.setVisible(memory_mb is not None)
        if memory_mb is not None:
            self._memory.show_text(f"{memory_mb:,.0f} MB")

    def say(self, text: str) -> None:
        """Show a short word on what was just done, such as what an undo took back."""
        self._notice.setText(text)
