"""The performance overlay (F12): what frames cost, how long ticks take to the screen, and what is held."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from app.stylesheet import SECONDARY_PX, desk_font, set_look

_MARGIN_PX = 12
_COLUMNS = ("", "p50", "p99")
_UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Timing:
    """A row: a name and two durations in ms, None where they are not known yet. A `total` stands out."""

    name: str
    p50_ms: float | None
    p99_ms: float | None
    total: bool = False


class PerformanceOverlay(QFrame):
    """A small box at the chart's top left that takes no clicks: timings in a table, and lines below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("overlay")
        self.setAccessibleName("Performance")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(2)
        for column, name in enumerate(_COLUMNS):
            if name:
                self._grid.addWidget(_label(f"{name} ms", dim=True, right=True), 0, column)
        self._rows: list[tuple[QLabel, ...]] = []
        self._lines: list[QLabel] = []
        self.hide()

    def show_values(self, timings: tuple[Timing, ...], lines: tuple[str, ...]) -> None:
        """Show a row for each timing and the lines below; their number stays the same from call to call."""
        if not self._rows:
            self._build(timings, lines)
        for row, timing in zip(self._rows, timings, strict=True):
            for label, text in zip(row, (timing.name, _ms(timing.p50_ms), _ms(timing.p99_ms)), strict=True):
                label.setText(text)
        for label, line in zip(self._lines, lines, strict=True):
            label.setText(line)
            label.setVisible(bool(line))

    def _build(self, timings: tuple[Timing, ...], lines: tuple[str, ...]) -> None:
        for at, timing in enumerate(timings, start=1):
            row = (
                _label(dim=not timing.total),
                _label(right=True),
                _label(right=True),
            )
            for column, label in enumerate(row):
                self._grid.addWidget(label, at, column)
            self._rows.append(row)
        for at, _ in enumerate(lines, start=len(timings) + 1):
            label = _label()
            self._grid.addWidget(label, at, 0, 1, len(_COLUMNS))
            self._lines.append(label)

    def place(self, top: int) -> None:
        """Stand at the parent's left edge below `top`."""
        self.adjustSize()
        self.move(_MARGIN_PX, top + _MARGIN_PX)
        self.raise_()


def _label(text: str = "", *, dim: bool = False, right: bool = False) -> QLabel:
    label = QLabel(text)
    label.setFont(desk_font(SECONDARY_PX))
    if dim:
        set_look(label, "tone", "dim")
    if right:
        label.setAlignment(Qt.AlignmentFlag.AlignRight)
        label.setMinimumWidth(52)
    return label


def _ms(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:,.1f}".replace("-", "−")
