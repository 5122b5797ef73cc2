"""Docks with a quiet title of their own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QWidget

from app.override import override
from app.stylesheet import caption_font, set_look

TITLE_PX = 30


class PanelTitle(QWidget):
    """A panel's title at the left and what belongs to it at the right."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panelTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TITLE_PX)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 0, 6, 0)
        self._row.setSpacing(6)
        label = QLabel(text)
        label.setFont(caption_font())
        set_look(label, "tone", "dim")
        self._row.addWidget(label)
        self._row.addStretch(1)

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), TITLE_PX)

    def add(self, widget: QWidget) -> None:
        """Put one more widget at the right end."""
        self._row.addWidget(widget)


class SideDock(QDockWidget):
    """A dock at the window's side: movable, closable from the menu, its title as flat as the panel."""

    def __init__(self, title: str, name: str, panel: QWidget, head: PanelTitle) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetClosable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        )
        head.setObjectName("dockTitle")
        self.setTitleBarWidget(head)
        self.setWidget(panel)
