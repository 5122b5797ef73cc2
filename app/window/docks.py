"""The docks around the chart: two at the sides, one at the bottom; below 1,000 px the sides become tabs."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from app.panels.dock import SideDock
from app.viewmodels.layout import QT_VERSION, WindowLayout
from app.window.parts import Parts

NARROW_BELOW_PX = 1_000
LEFT_PX, RIGHT_PX, REPLAY_PX = 290, 260, 134
_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


class Docks(QObject):
    """Places the panels in the window and keeps their places between two runs."""

    def __init__(self, window: QMainWindow, parts: Parts) -> None:
        super().__init__(window)
        self._window, self._bottom_panel = window, parts.bottom
        self.left = SideDock("Watchlist", "watchlist", parts.watchlist, parts.watchlist.title)
        self.right = SideDock("Alerts", "alerts", parts.alerts, parts.alerts.title)
        self.bottom = QDockWidget("Replay and logs")
        self.bottom.setObjectName("bottom")
        self.bottom.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.bottom.setTitleBarWidget(QWidget())
        self.bottom.setWidget(parts.bottom)
        self._narrow = False
        self._settled = False
        self._unfolded_px = REPLAY_PX
        window.setDockNestingEnabled(False)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.South)
        window.addDockWidget(_LEFT, self.left)
        window.addDockWidget(_RIGHT, self.right)
        window.addDockWidget(_BOTTOM, self.bottom)
        parts.bottom.folding_changed.connect(self._fold)

    @property
    def panels(self) -> list[QAction]:
        """Return the actions that show and hide the side docks."""
        return [self.left.toggleViewAction(), self.right.toggleViewAction()]

    def settle(self) -> None:
        """Spread the docks as the window shows for the first time, unless a layout said how."""
        if not self._settled:
            self._settled = True
            self.spread()

    def spread(self) -> None:
        """Give the docks the sizes that they start with."""
        self._window.resizeDocks([self.left, self.right], [LEFT_PX, RIGHT_PX], Qt.Orientation.Horizontal)

    def fit(self, width: int) -> None:
        """Tab the side docks together in a narrow window, and part them again in a wide one."""
        narrow = width < NARROW_BELOW_PX
        if narrow == self._narrow:
            return
        self._narrow = narrow
        if narrow:
            self._window.tabifyDockWidget(self.left, self.right)
            self.left.raise_()
            self._window.resizeDocks([self.left], [LEFT_PX], Qt.Orientation.Horizontal)
        else:
            visible = self.right.isVisibleTo(self._window)
            self._window.removeDockWidget(self.right)
            self._window.addDockWidget(_RIGHT, self.right)
            self.right.setVisible(visible)
            self.spread()

    def layout(self, recent: tuple[str, ...], columns: tuple[int, ...]) -> WindowLayout:
        """Return the layout as it stands."""
        return WindowLayout(
            geometry=bytes(self._window.saveGeometry().data()),
            docks=bytes(self._window.saveState(QT_VERSION).data()),
            tab=self._bottom_panel.unfolded,
            bottom_height=self._height_now(),
            narrow=self._narrow,
            columns=columns,
            recent=recent,
        )

    def restore(self, layout: WindowLayout) -> bool:
        """Take a layout on and return whether Qt understood it; what it does not leaves the defaults."""
        whole = True
        if layout.geometry:
            whole = self._window.restoreGeometry(QByteArray(layout.geometry))
        if layout.docks:
            self._settled = self._window.restoreState(QByteArray(layout.docks), QT_VERSION)
            whole = self._settled and whole
            self._narrow = layout.narrow
            self.bottom.show()
        if layout.bottom_height > 0:
            self._unfolded_px = layout.bottom_height
        self._bottom_panel.unfold(layout.tab)
        return whole

    def _height_now(self) -> int:
        return self.bottom.height() if self._bottom_panel.unfolded is not None else self._unfolded_px

    def _fold(self, key: object) -> None:
        if key is not None:
            self._window.resizeDocks([self.bottom], [self._unfolded_px], Qt.Orientation.Vertical)
