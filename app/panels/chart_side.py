"""The window's centre: strip and banner above the chart, toasts and the performance overlay over it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.override import override
from app.panels.banner import Banner
from app.panels.performance import PerformanceOverlay
from app.panels.strip import FirstStartStrip
from app.panels.toasts import Toasts

_OVERLAY_BELOW_PX = 56  # the chart's own bar and read-out stay free


class ChartSide(QWidget):
    """Holds the chart, whatever it is, and what goes with it."""

    def __init__(self, chart: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chartSide")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.chart = chart
        self.strip = FirstStartStrip()
        self.banner = Banner()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.banner)
        column.addWidget(chart, 1)
        self.toasts = Toasts(self)
        self.performance = PerformanceOverlay(self)

    def place_overlays(self) -> None:
        """Put toasts and overlay where they belong."""
        self.toasts.place()
        self.performance.place(self.chart.y() + _OVERLAY_BELOW_PX)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_overlays()
