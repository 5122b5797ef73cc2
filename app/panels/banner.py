"""The banner above the chart: what is to be said about the feed, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QWidget

from app.override import override
from app.panels.elided import ElidedLabel
from app.stylesheet import desk_font, set_look
from app.viewmodels.feed_face import Choice, Notice

ROW_PX = 34
_LEFT_PX, _RIGHT_PX, _GAP_PX = 12, 8, 8
_NEARER_PX = 4  # what stands below stands nearer to the first row than that is high
_PROGRESS_PX, _PROGRESS_HIGH_PX = 180, 4
_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_MOST_LINES = 6
_LINKS = (Choice.DEMO, Choice.OPEN, Choice.KAFKA)  # as in the first-start strip


class Banner(QFrame):
    """One row where all of it fits; else the detail stands below in lines of its own, and so do the buttons.

    It never covers the chart and asks for no width. While one notice counts on it does not shrink, so that
    the chart stands still.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setFixedHeight(ROW_PX)
        self.setAccessibleName("Feed notice")
        self._icon, self._title = QLabel(self), ElidedLabel(self)
        self._detail = ElidedLabel(self, most_lines=_MOST_LINES)
        self._title.setFont(desk_font(12, QFont.Weight.DemiBold))
        set_look(self._detail, "tone", "dim")
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress")
        self._notice: Notice | None = None
        self._lines = 0  # of the detail, below the first row; 0 where it stands in that
        self._buttons: dict[Choice, QPushButton] = {}
        for choice in Choice:
            button = QPushButton(choice.value, self)
            if choice in _LINKS:
                set_look(button, "look", "link")
            button.clicked.connect(lambda _checked=False, choice=choice: self.chosen.emit(choice))
            self._buttons[choice] = button
        self.hide()

    @property
    def notice(self) -> Notice | None:
        """Return what is shown now."""
        return self._notice

    def show_notice(self, notice: Notice | None) -> None:
        """Show a notice, or nothing for None."""
        before = self._notice
        if notice == before:
            return
        self._notice = notice
        if notice is None:
            self.hide()
            return
        if before is None or before.title != notice.title:
            self._lines = 0
        self.setAccessibleDescription(f"{notice.title}. {notice.detail}")
        self._icon.setText(notice.icon)
        self._title.setText(notice.title)
        self._detail.setText(notice.detail)
        for label in (self._icon, self._title):
            set_look(label, "tone", notice.tone.value)
        for choice, button in self._buttons.items():
            button.setVisible(choice in notice.choices)
        self._progress.setVisible(notice.total > 0)
        if notice.total > 0:
            self._progress.setRange(0, 1000)
            self._progress.setValue(1000 * notice.done // notice.total)
        self._arrange()
        self.show()  # last, so that what is hidden has taken no room

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, ROW_PX)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lines = 0
            self._arrange()

    def _arrange(self) -> None:
        """Give each part its place, and the banner the height that it needs."""
        notice = self._notice
        if notice is None:
            return
        right = self.width() - _RIGHT_PX
        icon_px = self._icon.sizeHint().width()
        left = _LEFT_PX + icon_px + _GAP_PX
        buttons = [self._buttons[each] for each in Choice if each in notice.choices]
        progress_px = _PROGRESS_PX + _GAP_PX if notice.total else 0
        buttons_px = sum(each.sizeHint().width() + _GAP_PX for each in buttons)
        beside = left + self._title.text_px + progress_px + buttons_px <= right
        room = right - left - progress_px - (buttons_px if beside else 0)
        title_px = min(self._title.text_px, room)
        detail_left = left + title_px + _GAP_PX
        detail_room = left + room - detail_left
        if self._lines or self._detail.text_px > max(detail_room, 0):
            self._lines = max(self._lines, len(self._detail.lines_at(right - left)))
        self._icon.setGeometry(_LEFT_PX, 0, icon_px, ROW_PX)
        self._title.setGeometry(left, 0, title_px, ROW_PX)
        bottom = ROW_PX
        if self._lines:
            high = self._lines * self._detail.fontMetrics().lineSpacing()
            self._detail.setAlignment(_TOP)
            self._detail.setGeometry(left, ROW_PX - _NEARER_PX, right - left, high)
            bottom += high + _NEARER_PX
        else:
            self._detail.setAlignment(_MIDDLE)
            self._detail.setGeometry(detail_left, 0, max(detail_room, 0), ROW_PX)
        end = left + room + progress_px
        top = (ROW_PX - _PROGRESS_HIGH_PX) // 2
        self._progress.setGeometry(end - _PROGRESS_PX, top, _PROGRESS_PX, _PROGRESS_HIGH_PX)
        if beside:
            _place(buttons, QPoint(end + _GAP_PX, 0), right)
        else:
            bottom = _place(buttons, QPoint(left, bottom - _NEARER_PX), right) + _NEARER_PX
        self.setFixedHeight(bottom)


def _place(buttons: list[QPushButton], start: QPoint, right: int) -> int:
    """Put buttons side by side, in further rows where `right` is reached; return how far down they go."""
    left, top = start.x(), start.y()
    for button in buttons:
        size = button.sizeHint()
        if left > start.x() and left + size.width() > right:
            left, top = start.x(), top + ROW_PX
        button.setGeometry(QRect(QPoint(left, top + (ROW_PX - size.height()) // 2), size))
        left += size.width() + _GAP_PX
    return top + ROW_PX
