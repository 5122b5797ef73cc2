"""How time and sales is painted: big prints stand out, and a gap stands across the row."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QTableView

from app.guarded import guarded, nothing
from app.override import override
from app.panels.cells import CellDelegate
from app.stylesheet import SECONDARY_PX, desk_font
from app.viewmodels.tones import ACROSS_ROLE, LOUD_ROLE, TONE_ROLE, Tone

TINT_ALPHA = 16  # of 255; all tones keep 4.5:1 on it, on the panel's colour and no other
_UNDER_HAND = QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected
_MARK_PX = 2


class PrintDelegate(CellDelegate):
    """Paints prints. Each cell of a gap paints its own piece of the words across."""

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        across = index.data(ACROSS_ROLE)
        if across:
            self._paint_across(painter, option, str(across), index.data(TONE_ROLE) or Tone.DIM)
            return
        loud = bool(index.data(LOUD_ROLE))
        self.paint_ground(painter, option, index)
        rect: QRect = option.rect
        if loud:
            colour = QColor(self.theme.alert)
            if index.column() == 0:
                painter.fillRect(QRect(rect.left(), rect.top(), _MARK_PX, rect.height()), colour)
            if not option.state & _UNDER_HAND:
                colour.setAlpha(TINT_ALPHA)
                painter.fillRect(rect, colour)
        self.paint_content(painter, option, index, loud=loud)

    def _paint_across(self, painter: QPainter, option: QStyleOptionViewItem, words: str, tone: Tone) -> None:
        rect: QRect = option.rect
        colour = QColor(tone.colour(self.theme))
        ground = QColor(colour)
        ground.setAlpha(TINT_ALPHA)
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, ground)
        painter.setFont(desk_font(SECONDARY_PX))
        painter.setPen(colour)
        painter.drawText(_row_rect(option), int(Qt.AlignmentFlag.AlignCenter), words)
        painter.restore()


def _row_rect(option: QStyleOptionViewItem) -> QRect:
    """Return the place of a cell's whole row."""
    rect: QRect = option.rect
    table = option.widget
    if not isinstance(table, QTableView):
        return rect
    header = table.horizontalHeader()
    return QRect(-header.offset(), rect.top(), header.length(), rect.height())
