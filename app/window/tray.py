"""A notice in the system's tray when a rule fires, where there is a tray."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from app.theme import Theme

_NOTICE_MS = 6_000
_SIZES_PX = (16, 24, 32, 64)


def tray_icon(theme: Theme) -> QIcon:
    """Return the program's sign in a theme's colours: a price line with an alert on it."""
    icon = QIcon()
    for size in _SIZES_PX:
        icon.addPixmap(_sign(theme, size))
    return icon


def _sign(theme: Theme, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 16.0, size / 16.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.window))
    painter.drawRoundedRect(QRectF(0.5, 0.5, 15.0, 15.0), 3.5, 3.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.price), 1.4))
    points = ((2.5, 11.5), (5.0, 8.5), (7.0, 10.0), (10.5, 5.5), (13.5, 7.5))
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.alert))
    painter.drawPolygon(QPolygonF([QPointF(8.0, 1.8), QPointF(13.0, 1.8), QPointF(10.5, 4.8)]))
    painter.end()
    return picture


class Tray(QObject):
    """Shows notices in the tray while it is on; a click on one, or on the sign, is told by `clicked`.

    Where the system has no tray nothing happens. The sign stands there only while the tray is on.
    """

    clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sign: QSystemTrayIcon | None = None

    @staticmethod
    def is_there() -> bool:
        """Return whether the system has a tray that shows notices."""
        return QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()

    @property
    def on(self) -> bool:
        """Return whether notices are shown."""
        return self._sign is not None

    def switch(self, on: bool) -> None:
        """Show notices from now on, or no more."""
        if not on and self._sign is not None:
            self._sign.hide()
            self._sign.deleteLater()
            self._sign = None
        elif on and self._sign is None and self.is_there():
            sign = self._sign = QSystemTrayIcon(tray_icon(self._theme), self)
            sign.setToolTip("Tickdesk")
            sign.activated.connect(lambda _reason: self.clicked.emit())
            sign.messageClicked.connect(self.clicked)
            sign.show()

    def set_theme(self, theme: Theme) -> None:
        """Draw the sign in another theme."""
        self._theme = theme
        if self._sign is not None:
            self._sign.setIcon(tray_icon(theme))

    def notify(self, title: str, text: str) -> None:
        """Show a notice for some seconds."""
        if self._sign is not None:
            self._sign.showMessage(title, text, tray_icon(self._theme), _NOTICE_MS)
