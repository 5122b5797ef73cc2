"""How table cells and two-line rows are painted: by tone, with the shown row marked at its left edge."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font
from app.theme import Theme
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, SHOWN_ROLE, TONE_ROLE, Tone

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
ROW_PX = 26
TWO_LINE_PX = 46
EDGE_PX = 10
_GAP_PX = 3
_MARK_PX = 2
_NUMBER_MAY_REACH_PX = 24  # into the column at its left, where it is wider than expected
_DOT_PX = 8
_SHOWN_SHARE, _POINTED_SHARE = 0.8, 0.5  # of the raised colour over the panel's; text keeps 4.5:1 on both
_DISPLAY = Qt.ItemDataRole.DisplayRole
_OVER, _CHOSEN = QStyle.StateFlag.State_MouseOver, QStyle.StateFlag.State_Selected
_ACTIVE = QStyle.StateFlag.State_Active
_RIGHT = int(
    Qt.AlignmentFlag.AlignRight
)  # flags are joined once: doing it for each cell costs more than its text
_AT_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_AT_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def row_colour(theme: Theme, *, shown: bool) -> QColor:
    """Return what lies behind a row that is shown in the chart, or else pointed at or chosen."""
    panel, raised = QColor(theme.panel), QColor(theme.raised)
    share = _SHOWN_SHARE if shown else _POINTED_SHARE
    mixed = [
        round(under * (1 - share) + over * share)
        for under, over in zip(panel.getRgb()[:3], raised.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*mixed)


def _fill_state(
    painter: QPainter, theme: Theme, option: QStyleOptionViewItem, rect: QRect, *, shown: bool
) -> None:
    state = option.state
    if shown or state & _OVER or (state & _CHOSEN and state & _ACTIVE):
        painter.fillRect(rect, row_colour(theme, shown=shown))


class CellDelegate(QStyledItemDelegate):
    """Paints a table's cells: texts in their tone, numbers at the right, the shown row marked."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._font = desk_font(TEXT_PX)
        self._bold = desk_font(TEXT_PX, QFont.Weight.Medium)
        self._metrics = QFontMetrics(self._font)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self._theme = theme

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.paint_ground(painter, option, index)
        self.paint_content(painter, option, index)

    @property
    def theme(self) -> Theme:
        """Return the theme that is painted in."""
        return self._theme

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint what lies behind a cell: whether its row is shown, pointed at or chosen."""
        rect: QRect = option.rect
        shown = bool(index.data(SHOWN_ROLE))
        _fill_state(painter, self._theme, option, rect, shown=shown)
        if index.column() == 0 and shown:
            painter.fillRect(QRect(rect.left(), rect.top(), _MARK_PX, rect.height()), QColor(self._theme.up))

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex, *, loud: bool = False
    ) -> None:
        """Paint a cell's text in its tone, a loud one heavier."""
        rect: QRect = option.rect
        tone = index.data(TONE_ROLE) or Tone.TEXT
        heavy = loud or (index.column() == 0 and bool(index.data(SHOWN_ROLE)))
        painter.setFont(self._bold if heavy else self._font)
        painter.setPen(QColor(tone.colour(self._theme)))
        alignment = index.data(Qt.ItemDataRole.TextAlignmentRole)
        right = bool(alignment and int(alignment) & _RIGHT)
        left_gap = EDGE_PX if index.column() == 0 else _GAP_PX
        last = right and index.column() == _last_visible(option)
        inner = rect.adjusted(left_gap, 0, -(EDGE_PX if last else _GAP_PX), 0)
        text = index.data(_DISPLAY) or ""
        if right:
            inner.setLeft(inner.left() - _NUMBER_MAY_REACH_PX)  # a number is never cut
        elif self._metrics.horizontalAdvance(text) > inner.width():
            text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, _AT_RIGHT if right else _AT_LEFT, text)

    @override
    @guarded(QSize)
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        text = index.data(_DISPLAY) or ""
        return QSize(self._metrics.horizontalAdvance(text) + EDGE_PX + _GAP_PX, ROW_PX)


def _last_visible(option: QStyleOptionViewItem) -> int:
    """Return the column at the right edge of the table that is being painted."""
    header = getattr(option.widget, "horizontalHeader", None)
    if header is None:
        return -1
    shown = header()
    for visual in range(shown.count() - 1, -1, -1):
        column = shown.logicalIndex(visual)
        if not shown.isSectionHidden(column):
            return int(column)
    return -1


class TwoLineDelegate(QStyledItemDelegate):
    """Paints a row of two lines with a number at the right; `dot` puts an on/off dot at the left."""

    def __init__(self, theme: Theme, *, dot: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dot = dot
        self._first = desk_font(TEXT_PX)
        self._second = desk_font(SECONDARY_PX)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self._theme = theme

    def dot_rect(self, rect: QRect) -> QRect:
        """Return where a click means the dot."""
        return QRect(rect.left(), rect.top(), EDGE_PX + _DOT_PX + 4, rect.height())

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, rect = self._theme, option.rect
        _fill_state(painter, theme, option, rect, shown=False)
        state = option.state
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.fillRect(QRect(rect.left(), rect.top(), _MARK_PX, rect.height()), QColor(theme.up))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        on = not self._dot or bool(index.data(SHOWN_ROLE))
        left = rect.left() + EDGE_PX
        if self._dot:
            self._paint_dot(painter, left, rect, on=on)
            left += _DOT_PX + 8
        figure = index.data(FIGURE_ROLE) or ""
        painter.setFont(self._first)
        painter.setPen(QColor(theme.dim if self._dot else theme.text))
        figure_px = painter.fontMetrics().horizontalAdvance(figure)
        right = rect.right() - EDGE_PX
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(right - figure_px, rect.top(), figure_px + 1, rect.height()), middle, figure)
        width = right - figure_px - 8 - left
        text = elided_name(index.data(_DISPLAY) or "", painter.fontMetrics(), width)
        painter.setPen(QColor(theme.text if on else theme.dim))
        line = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(left, rect.top() + 6, width, 17), line, text)
        painter.setFont(self._second)
        painter.setPen(QColor(theme.dim))
        detail = painter.fontMetrics().elidedText(
            index.data(DETAIL_ROLE) or "", Qt.TextElideMode.ElideRight, width
        )
        painter.drawText(QRect(left, rect.top() + 23, width, 16), line, detail)

    @override
    @guarded(QSize)
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, TWO_LINE_PX)

    def _paint_dot(self, painter: QPainter, left: int, rect: QRect, *, on: bool) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(left, rect.center().y() - _DOT_PX / 2 + 0.5, _DOT_PX, _DOT_PX)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.alert))
        else:
            painter.setPen(QPen(QColor(self._theme.faint), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        painter.restore()


def elided_name(name: str, metrics: QFontMetrics, width: int) -> str:
    """Return a name that fits into a width; how often it was, as in ``Crosses VWAP ×37``, is never cut."""
    title, times, count = name.rpartition(" ×")
    if not times or not count.isdigit():
        return metrics.elidedText(name, Qt.TextElideMode.ElideRight, width)
    tail = times + count
    room = width - metrics.horizontalAdvance(tail)
    return metrics.elidedText(title, Qt.TextElideMode.ElideRight, room) + tail
