"""The status bar: where the ticks go, how far behind the window is, and what it costs."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QWidget

from analytics.events import EventKind, GuardCounts
from app.formatting import number_text, rate_text
from app.guarded import guarded, nothing
from app.override import override
from app.panels.elided import ElidedLabel
from app.stylesheet import SECONDARY_PX, desk_font, set_look

BAR_PX = 24
_FOCUS_PX = 4


class _Figure(QWidget):
    """A dim word and its number."""

    def __init__(self, before: str, after: str, hint: str) -> None:
        super().__init__()
        self.words, self.hint = before or after, hint
        self.setToolTip(hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(_FOCUS_PX, 0, _FOCUS_PX, 0)
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
        self.setAccessibleName(f"{self.words} {text}")
        set_look(self.number, "tone", "warning" if loud else "text")


class _LeadingFigure(QAbstractButton):
    """A figure that leads somewhere: it can be clicked, and reached by Tab."""

    def __init__(self, word: str, hint: str) -> None:
        super().__init__()
        self._figure = _Figure(word, "", "")
        self._figure.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint = f"{hint}; a click shows them in the event log"
        self.setToolTip(self._hint)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._figure)
        self._row = row

    def show_text(self, text: str, *, loud: bool = False, more: str = "") -> None:
        """Show a value, a loud one in the warning's colour; `more` goes below the hint of the tooltip."""
        self._figure.show_text(text, loud=loud)
        self.setAccessibleName(f"{self._figure.words} {text}")
        self.setToolTip(f"{self._hint}\n{more}" if more else self._hint)

    @override
    @guarded(QSize)
    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    @override
    @guarded(nothing)
    def paintEvent(self, _event: QPaintEvent) -> None:
        if not (self.hasFocus() or self.underMouse()):
            return
        painter = QPainter(self)
        role = QPalette.ColorRole.Highlight if self.hasFocus() else QPalette.ColorRole.Mid
        painter.setPen(QPen(self.palette().color(role), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5), 4, 4)
        painter.end()


class StatusBar(QWidget):
    """24 px of figures, changed twice a second. `events_wanted` carries the EventKind of a figure clicked."""

    events_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(BAR_PX - 1)
        self._rate = _Figure("", "ticks/s", "Ticks taken per second, over the last two seconds")
        self._lag = _Figure("lag", "ticks", "Ticks published and not yet taken")
        self._quarantined = self._leading(EventKind.QUARANTINED, "quarantined", "Bad ticks set aside")
        self._late = self._leading(EventKind.LATE, "late", "Ticks that came after their time had been told")
        self._duplicate = self._leading(EventKind.DUPLICATE, "duplicate", "Ticks that had come before")
        self._gaps = self._leading(EventKind.GAP, "gaps", "Places where ticks are known to be missing")
        self._to_pixel = _Figure(
            "tick to pixel", "", "Median time from a tick's arrival to the frame that shows it"
        )
        self._frame = _Figure("frame", "", "Median time to draw one frame of the charts")
        self._memory = _Figure("", "", "Memory held by this program")
        self._notice = ElidedLabel()
        self._notice.setFont(desk_font(SECONDARY_PX))
        set_look(self._notice, "tone", "dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(10 - _FOCUS_PX, 0, 12 - _FOCUS_PX, 0)
        row.setSpacing(16 - 2 * _FOCUS_PX)
        for figure in (
            self._rate,
            self._lag,
            self._quarantined,
            self._late,
            self._duplicate,
            self._gaps,
            self._to_pixel,
            self._frame,
        ):
            row.addWidget(figure)
        row.addWidget(self._notice, 1)
        row.addWidget(self._memory)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._duplicate.hide()
        self._gaps.hide()
        self._to_pixel.hide()

    def show_counts(self, counts: GuardCounts, ticks_s: float, lag: int, *, indian: bool) -> None:
        """Show where the ticks went; duplicates and gaps only where there are some."""

        def text(count: int) -> str:
            return number_text(count, 0, indian=indian)

        self._rate.show_text(rate_text(ticks_s, indian=indian))
        self._lag.show_text(text(lag))
        more = _more(counts, indian=indian)
        self._quarantined.show_text(text(counts.quarantined), loud=counts.quarantined > 0, more=more)
        self._late.show_text(text(counts.late), more=more)
        self._duplicate.show_text(text(counts.duplicate))
        self._duplicate.setVisible(counts.duplicate > 0)
        self._gaps.show_text(text(counts.gaps), loud=counts.gaps > 0)
        self._gaps.setVisible(counts.gaps > 0)

    def show_costs(self, frame_ms: float, memory_mb: float | None, to_pixel_ms: float | None = None) -> None:
        """Show the frame's time, the memory, and how long a tick takes to the screen where that is known."""
        self._to_pixel.setVisible(to_pixel_ms is not None)
        if to_pixel_ms is not None:
            self._to_pixel.show_text(f"{to_pixel_ms:,.0f} ms")
        self._frame.show_text(f"{frame_ms:.1f} ms")
        self._memory.setVisible(memory_mb is not None)
        if memory_mb is not None:
            self._memory.show_text(f"{memory_mb:,.0f} MB")

    def _leading(self, kind: EventKind, word: str, hint: str) -> _LeadingFigure:
        figure = _LeadingFigure(word, hint)
        figure.clicked.connect(lambda: self.events_wanted.emit(kind))
        return figure

    def say(self, text: str) -> None:
        """Show a short word on what was just done, such as what an undo took back."""
        self._notice.setText(text)


def _more(counts: GuardCounts, *, indian: bool) -> str:
    """Return duplicates and gaps in a line."""

    def text(count: int) -> str:
        return number_text(count, 0, indian=indian)

    return (
        f"{text(counts.duplicate)} duplicate · {text(counts.gaps)} gaps, {text(counts.missing)} ticks missing"
    )
