"""A chip of the chart's bar: one series in its colour, shown or hidden by a click, removed by its × or Delete."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import desk_font
from app.theme import Theme
from app.viewmodels.chart_series import DrawnSeries

CHIP_PX = 24
_EDGE_PX, _SAMPLE_PX, _GAP_PX, _CROSS_PX = 9, 11, 5, 18
_MOST_TEXT_PX = 180
_ROUND_PX = 6.0
_DASHES = {"vwap": [], "vwap_second": [2.0, 1.5], "overlay": [], "histogram": [1.0, 1.5]}


def curve_colour(theme: Theme, series: DrawnSeries) -> str:
    """Return the colour that a series is drawn in."""
    if series.role == "vwap":
        return theme.vwap
    if series.role == "vwap_second":
        return theme.vwap_second
    return theme.palette[series.colour % len(theme.palette)]


class SeriesChip(QAbstractButton):
    """Shows a `DrawnSeries`; it is checked while that is shown."""

    remove_wanted = Signal(str)

    def __init__(self, series: DrawnSeries, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series, self._theme = series, theme
        self._on_cross = False
        self.setCheckable(True)
        self.setFont(desk_font())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        self.show_series(series)

    @property
    def series(self) -> DrawnSeries:
        """Return what is shown."""
        return self._series

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self.update()

    def show_series(self, series: DrawnSeries) -> None:
        """Show another state of the series, or another one."""
        self._series = series
        self.setChecked(series.shown)
        self.setText(series.label)
        state = "shown" if series.shown else "hidden"
        self.setAccessibleName(f"Series {series.label}, {state}")
        self.setAccessibleDescription(
            series.fault or f"{series.text}; Space shows or hides it, Delete removes it"
        )
        act = "hide" if series.shown else "show"
        self.setToolTip(series.fault or f"{series.drawn}\nClick to {act} it; × or Delete removes it")
        self.updateGeometry()
        self.update()

    @override
    @guarded(QSize)
    def sizeHint(self) -> QSize:
        text = min(QFontMetrics(self.font()).horizontalAdvance(self.text()), _MOST_TEXT_PX)
        return QSize(_EDGE_PX + _SAMPLE_PX + _GAP_PX + text + _CROSS_PX, CHIP_PX)

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, series = self._theme, self._series
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused, hovered = self.hasFocus(), self.underMouse()
        edge = theme.up if focused else theme.faint if hovered else theme.line
        painter.setPen(QPen(QColor(edge), 1.0))
        painter.setBrush(QColor(theme.raised) if hovered or self.isDown() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _ROUND_PX, _ROUND_PX)
        drawn = self.isChecked() and not series.fault
        self._paint_sample(painter, curve_colour(theme, series) if drawn else theme.faint)
        painter.setPen(QColor(curve_colour(theme, series) if drawn else theme.dim))
        left = _EDGE_PX + _SAMPLE_PX + _GAP_PX
        inner = self.rect().adjusted(left, 0, 2 - _CROSS_PX, 0)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)
        if hovered or focused:
            self._paint_cross(painter, theme.text if self._on_cross else theme.dim)
        painter.end()

    def _paint_sample(self, painter: QPainter, colour: str) -> None:
        pen = QPen(QColor(colour), 2.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        dashes = _DASHES.get(self._series.role, [])
        if dashes:
            pen.setDashPattern(dashes)
        painter.setPen(pen)
        middle = self.height() / 2
        painter.drawLine(QPointF(_EDGE_PX, middle), QPointF(_EDGE_PX + _SAMPLE_PX, middle))

    def _paint_cross(self, painter: QPainter, colour: str) -> None:
        painter.setPen(QPen(QColor(colour), 1.2))
        middle = QPointF(self.width() - _CROSS_PX / 2, self.height() / 2)
        for lean in (-1.0, 1.0):
            reach = QPointF(3.0, 3.0 * lean)
            painter.drawLine(middle - reach, middle + reach)

    def _is_cross(self, at: QPointF) -> bool:
        return at.x() >= self.width() - _CROSS_PX

    @override
    @guarded(nothing)
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press the chip, but not where its × is."""
        if not self._is_cross(event.position()):
            super().mousePressEvent(event)

    @override
    @guarded(nothing)
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Remove the series where the × was clicked."""
        left = event.button() == Qt.MouseButton.LeftButton
        if left and not self.isDown() and self._is_cross(event.position()):
            self.remove_wanted.emit(self._series.text)
        else:
            super().mouseReleaseEvent(event)

    @override
    @guarded(nothing)
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the × up where the pointer is on it."""
        super().mouseMoveEvent(event)
        self._light(self._is_cross(event.position()))

    @override
    @guarded(nothing)
    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the ×."""
        super().enterEvent(event)
        self._light(self._is_cross(event.position()))

    @override
    @guarded(nothing)
    def leaveEvent(self, event: QEvent) -> None:
        """Hide the ×."""
        super().leaveEvent(event)
        self._light(False)

    def _light(self, on_cross: bool) -> None:
        self._on_cross = on_cross
        self.update()

    @override
    @guarded(nothing)
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes the series."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wanted.emit(self._series.text)
        else:
            super().keyPressEvent(event)
