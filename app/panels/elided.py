"""A label that gives way: it asks for no width of its own and ends in … where its text does not fit."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget

from app.guarded import guarded, nothing
from app.override import override

_UTF16_BYTES = 2  # what Qt counts in


class ElidedLabel(QLabel):
    """Takes at most `most_lines` lines, and shows its whole text as a tooltip where it is cut."""

    def __init__(self, parent: QWidget | None = None, *, most_lines: int = 1) -> None:
        super().__init__(parent)
        self._most_lines = most_lines
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    @property
    def text_px(self) -> int:
        """Return the width of the whole text on one line."""
        return self.fontMetrics().horizontalAdvance(self.text())

    def lines_at(self, width: int) -> list[str]:
        """Return the text in lines of at most `width` pixels, the last one cut where they are too many."""
        return lines_of(self.text(), self.font(), width, self._most_lines)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @override
    def sizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        lines = self.lines_at(self.width())
        self.setToolTip(self.text() if lines and lines[-1] not in self.text() else "")
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        self.style().drawItemText(
            painter,
            self.rect(),
            int(self.alignment()),
            option.palette,
            self.isEnabled(),
            "\n".join(lines),
            self.foregroundRole(),
        )
        painter.end()


def lines_of(text: str, font: QFont, width: int, most: int) -> list[str]:
    """Return a text in at most `most` lines of `width` pixels; the last one ends in … where more follows.

    Lines break at spaces, and within what is too long without one, as an address.
    """
    if QFontMetrics(font).horizontalAdvance(text) <= width:
        return [text]
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    starts: list[int] = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1))
        starts.append(line.textStart())
    layout.endLayout()
    units = text.encode("utf-16-le")
    ends = [*starts[1:], len(units) // _UTF16_BYTES]
    pieces = [
        units[_UTF16_BYTES * start : _UTF16_BYTES * end].decode("utf-16-le", "replace")
        for start, end in zip(starts, ends, strict=True)
    ]
    if len(pieces) > most:
        rest = "".join(pieces[most - 1 :])
        cut = QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)
        pieces = [*pieces[: most - 1], cut]
    return [each.rstrip() for each in pieces]
