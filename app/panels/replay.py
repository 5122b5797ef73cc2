"""The replay's transport: start, step, play and pause, speed, and the timeline."""

from __future__ import annotations

import bisect
from zoneinfo import ZoneInfo

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.formatting import NumberStyle, rate_text, speed_text
from app.override import override
from app.panels.elided import ElidedLabel
from app.panels.timeline import Timeline
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from feeds.source import FeedState, Transport

_LOOK_EVERY_MS, _LOOKS = 20, 6  # an effect is on the screen within 100 ms
_LEAST_PX, _ROOM_FOR_FIRINGS_PX, _ROOM_FOR_GAPS_PX = 560, 760, 1060
SPEEDS: tuple[float | None, ...] = (0.5, 1.0, 5.0, 20.0, 100.0, None)


class ReplayPanel(QWidget):
    """Shows a Transport and emits what the user wants of it."""

    play_wanted = Signal()
    pause_wanted = Signal()
    step_wanted = Signal(int)
    speed_wanted = Signal(object)
    seek_wanted = Signal(int)
    look_wanted = Signal()
    """Something was asked for: what comes of it is to be looked at now, and not in turn."""
    open_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("replayPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._paused = True
        self.timeline = Timeline(theme)
        self.timeline.seek_wanted.connect(self.seek_wanted)
        self._start = self._push("|◀", "Go to the start", lambda: self.timeline.seek_to(0))
        self._back = self._push("◀ Step", "Step one tick back", lambda: self.step_wanted.emit(-1))
        self.play_button = self._push("▶ Play", "Play", self.toggle)
        self.play_button.setMinimumWidth(78)
        set_look(self.play_button, "look", "primary")
        self._forth = self._push("Step ▶", "Step one tick forward", lambda: self.step_wanted.emit(1))
        self._next = self._push("Next firing ▶|", "Go to the next firing that is known", self._seek_firing)
        self._gap_before = self._push("|◀ Gap", "Go to the last gap before", lambda: self._seek_gap(-1))
        self._gap_after = self._push("Gap ▶|", "Go to the next gap that is known", lambda: self._seek_gap(1))
        self._firing_rows: tuple[int, ...] = ()
        self._gap_rows: tuple[int, ...] = ()
        self._row = 0
        self._looks = QTimer(self)
        self._looks.setInterval(_LOOK_EVERY_MS)
        self._looks.timeout.connect(self._look)
        self._looks_left = 0
        self._speeds = QButtonGroup(self)
        self._where = ElidedLabel()
        self._where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._where.setFont(desk_font(SECONDARY_PX))
        self._where.setAccessibleName("Where the replay stands")
        set_look(self._where, "tone", "dim")
        self._none = QWidget()
        self._controls = QWidget()
        self._lay_out()
        for asked in (
            self.play_wanted,
            self.pause_wanted,
            self.step_wanted,
            self.speed_wanted,
            self.seek_wanted,
        ):
            asked.connect(self._await_effect)
        self.show_transport(None, None, 0.0, NumberStyle())

    @property
    def paused(self) -> bool:
        """Return whether the replay holds."""
        return self._paused

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.timeline.set_theme(theme)

    def toggle(self) -> None:
        """Ask for play while it holds, for pause while it plays; the button turns at once."""
        wanted = self.play_wanted if self._paused else self.pause_wanted
        self._show_paused(not self._paused)
        wanted.emit()

    def step(self, ticks: int) -> None:
        """Ask for some steps."""
        self.step_wanted.emit(ticks)

    def shift_speed(self, places: int) -> None:
        """Ask for the next faster or slower speed."""
        now = self._speeds.checkedId()
        wanted = min(max(now + places, 0), len(SPEEDS) - 1) if now >= 0 else 1
        self.speed_wanted.emit(SPEEDS[wanted])

    def set_marks(self, firing_rows: tuple[int, ...], gap_rows: tuple[int, ...]) -> None:
        """Mark firings and gaps, rows ascending, on the timeline."""
        self._firing_rows, self._gap_rows = firing_rows, gap_rows
        self.timeline.set_marks(firing_rows, gap_rows)

    def show_transport(
        self,
        transport: Transport | None,
        state: FeedState | None,
        ticks_s: float,
        style: NumberStyle,
        *,
        seeking: bool = False,
    ) -> None:
        """Show where the replay stands, how fast it goes, and whether it holds or seeks."""
        self._controls.setVisible(transport is not None)
        self._none.setVisible(transport is None)
        self.timeline.show_transport(transport, seeking=seeking)
        self.timeline.set_style(style)
        if transport is None:
            return
        self._row = transport.row
        self._next.setEnabled(self._next_firing() is not None)
        self._gap_before.setEnabled(self._gap(-1) is not None)
        self._gap_after.setEnabled(self._gap(1) is not None)
        self._show_paused(transport.paused or state is FeedState.ENDED)
        for number, speed in enumerate(SPEEDS):
            if speed == transport.speed:
                self._speeds.button(number).setChecked(True)
        rate = f" · {rate_text(ticks_s, indian=style.indian)} ticks/s"
        if transport.paused or state is FeedState.ENDED:
            rate = ""
        held = "Paused · " if transport.paused else ""
        if seeking or state is FeedState.ENDED:
            held = "Seeking · " if seeking else "End · "
        row, rows = style.count(transport.row), style.count(transport.rows)
        self._where.setText(f"{held}tick {row} of {rows}{rate}")

    def set_zone(self, zone: ZoneInfo) -> None:
        """Tell times in this zone."""
        self.timeline.set_zone(zone)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        for button in (self._gap_before, self._gap_after):
            button.setVisible(width >= _ROOM_FOR_GAPS_PX)
        self._next.setVisible(width >= _ROOM_FOR_FIRINGS_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_PX, super().minimumSizeHint().height())

    def _await_effect(self) -> None:
        self._looks_left = _LOOKS
        self._looks.start()

    def _look(self) -> None:
        self._looks_left -= 1
        if self._looks_left <= 0:
            self._looks.stop()
        self.look_wanted.emit()

    def _next_firing(self) -> int | None:
        """Return the row after the next known firing's, so that it has fired there; None without one."""
        at = bisect.bisect_left(self._firing_rows, self._row)
        return self._firing_rows[at] + 1 if at < len(self._firing_rows) else None

    def _seek_firing(self) -> None:
        row = self._next_firing()
        if row is not None:
            self.timeline.seek_to(row)

    def _gap(self, way: int) -> int | None:
        """Return the row just before the next known gap, or the last one before for -1; None without one."""
        if way > 0:
            at = bisect.bisect_right(self._gap_rows, self._row + 1)
            return self._gap_rows[at] if at < len(self._gap_rows) else None
        at = bisect.bisect_left(self._gap_rows, self._row)
        return self._gap_rows[at - 1] if at else None

    def _seek_gap(self, way: int) -> None:
        row = self._gap(way)
        if row is not None:
            self.timeline.seek_to(row)

    def _show_paused(self, paused: bool) -> None:
        self._paused = paused
        self.play_button.setText("▶ Play" if paused else "▮▮ Pause")
        self.play_button.setAccessibleName("Play" if paused else "Pause")
        self.play_button.setToolTip(f"{'Play' if paused else 'Pause'} (Space)")

    def _push(self, text: str, name: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self._start, self._back, self.play_button, self._forth, self._next):
            row.addWidget(button)
        for button in (self._gap_before, self._gap_after):
            row.addWidget(button)
        row.addSpacing(8)
        for number, speed in enumerate(SPEEDS):
            button = QPushButton(speed_text(speed))
            button.setCheckable(True)
            button.setAccessibleName(f"Speed {speed_text(speed)}")
            set_look(button, "look", "speed")
            button.clicked.connect(lambda _checked=False, speed=speed: self.speed_wanted.emit(speed))
            self._speeds.addButton(button, number)
            row.addWidget(button)
        row.addWidget(self._where, 1)
        controls = QVBoxLayout(self._controls)
        controls.setContentsMargins(12, 8, 12, 6)
        controls.setSpacing(6)
        controls.addLayout(row)
        controls.addWidget(self.timeline, 1)
        nothing = QHBoxLayout(self._none)
        nothing.setContentsMargins(12, 8, 12, 8)
        words = QLabel("No recording is open.")
        set_look(words, "tone", "dim")
        open_file = QPushButton("Open tick file…")
        set_look(open_file, "look", "link")
        open_file.clicked.connect(self.open_wanted)
        nothing.addWidget(words)
        nothing.addWidget(open_file)
        nothing.addStretch(1)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # what finds no room is left out
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._controls, 1)
        column.addWidget(self._none)
