"""The button that tells how many charts there are, by a picture of them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_SIZE = QSize(28, 24)
_PICTURE = QRectF(7.5, 6.5, 13.0, 11.0)


class GridButton(QAbstractButton):
    """Shows one, two or four charts as a small drawing."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._count = theme, 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip("One, two or four charts, and what links them")
        self.show_count(1)

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self.update()

    def show_count(self, count: int) -> None:
        """Show how many charts there are."""
        self._count = count
        self.setAccessibleName(f"Layout: {count} chart{'s' * (count > 1)}")
        self.update()

    @override
    @guarded(QSize)
    def sizeHint(self) -> QSize:
        return _SIZE

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, lit = self._theme, self.underMouse() or self.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if lit:
            painter.setPen(QColor(theme.up) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6.0, 6.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(theme.text if lit else theme.dim), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(_PICTURE)
        middle = _PICTURE.center()
        if self._count > 1:
            painter.drawLine(
                round(middle.x()), round(_PICTURE.top()), round(middle.x()), round(_PICTURE.bottom())
            )
        if self._count > 2:
            painter.drawLine(
                round(_PICTURE.left()), round(middle.y()), round(_PICTURE.right()), round(middle.y())
            )
        painter.end()
