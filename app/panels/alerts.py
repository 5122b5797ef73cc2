"""The alerts: rules that can be edited, switched and deleted, and below them what fired today."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.override import override
from app.panels.cells import TWO_LINE_PX
from app.panels.dock import PanelTitle
from app.panels.rows import TwoLineList
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.alerts import AlertsModel
from app.viewmodels.firings import FiringsModel


class AlertsPanel(QWidget):
    """Two lists. The signals carry a rule's name, or the Firing that was clicked."""

    new_wanted = Signal()
    edit_wanted = Signal(str)
    toggle_wanted = Signal(str)
    delete_wanted = Signal(str)
    duplicate_wanted = Signal(str)
    firing_picked = Signal(object)

    def __init__(
        self, alerts: AlertsModel, firings: FiringsModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(200)
        self._alerts, self._firings = alerts, firings
        self.title = PanelTitle("Alerts")
        self.new_button = QPushButton("+ New  A")
        self.new_button.setAccessibleName("New alert")
        self.new_button.setToolTip("A new alert; key A on the chart starts one at the crosshair")
        self.new_button.setFont(desk_font(SECONDARY_PX))
        set_look(self.new_button, "look", "link")
        self.new_button.clicked.connect(self.new_wanted)
        self.title.add(self.new_button)
        self.rules = TwoLineList(
            alerts,
            theme,
            dot=True,
            name="Alerts",
            empty="No alerts yet. Click a level in the chart, or press A there.",
        )
        self.rules.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.rules.customContextMenuRequested.connect(self._menu)
        self.rules.doubleClicked.connect(lambda index: self._emit(self.edit_wanted, index))
        self.rules.installEventFilter(self)
        self.rules.viewport().installEventFilter(self)
        self.log = TwoLineList(
            firings, theme, dot=False, name="Fired today", empty="Nothing has fired today."
        )
        self.log.clicked.connect(self._pick_firing)
        self.log.activated.connect(self._pick_firing)
        fired = PanelTitle("Fired today")
        self._count = QLabel("")
        self._count.setFont(desk_font(SECONDARY_PX))
        set_look(self._count, "tone", "dim")
        fired.add(self._count)
        self._count.setContentsMargins(0, 0, 4, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.rules)
        column.addWidget(fired)
        column.addWidget(self.log, 1)
        # The rules take the height that they need, and the log the rest.
        self.rules.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.rules.setMinimumHeight(2 * TWO_LINE_PX)
        self.log.setMinimumHeight(3 * TWO_LINE_PX)
        for signal in (alerts.modelReset, alerts.rowsInserted, alerts.rowsRemoved):
            signal.connect(self.rules.updateGeometry)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.rules.set_theme(theme)
        self.log.set_theme(theme)

    def show_count(self) -> None:
        """Say how many firings there were."""
        self._count.setText(f"{self._firings.total:,}" if self._firings.total else "")

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 400)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.rules and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            signal = {
                int(Qt.Key.Key_Return): self.edit_wanted,
                int(Qt.Key.Key_Enter): self.edit_wanted,
                int(Qt.Key.Key_Space): self.toggle_wanted,
                int(Qt.Key.Key_Delete): self.delete_wanted,
            }.get(event.key())
            if signal is not None:
                self._emit(signal, self.rules.currentIndex())
                return True
        if (
            watched is self.rules.viewport()
            and isinstance(event, QMouseEvent)
            and event.type() is QEvent.Type.MouseButtonPress
            and event.button() is Qt.MouseButton.LeftButton
        ):
            index = self.rules.indexAt(event.position().toPoint())
            spot = self.rules.rows.dot_rect(self.rules.visualRect(index))
            if index.isValid() and spot.contains(event.position().toPoint()):
                self._emit(self.toggle_wanted, index)
                return True
        return super().eventFilter(watched, event)

    def _emit(self, signal: SignalInstance, index: QModelIndex) -> None:
        rule = self._alerts.rule_at(index.row()) if index.isValid() else None
        if rule is not None:
            row = index.row()
            signal.emit(rule.name)
            self.rules.setCurrentIndex(self._alerts.index(min(row, self._alerts.rowCount() - 1)))

    def _menu(self, at: QPoint) -> None:
        index = self.rules.indexAt(at)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rule = self._alerts.rule_at(index.row()) if index.isValid() else None
        menu.addAction("New alert…", self.new_wanted.emit)
        if rule is not None:
            menu.addSeparator()
            turn = "Turn off" if rule.enabled else "Turn on"
            menu.addAction(
                "Edit…", QKeySequence(Qt.Key.Key_Return), lambda: self._emit(self.edit_wanted, index)
            )
            menu.addAction(
                turn, QKeySequence(Qt.Key.Key_Space), lambda: self._emit(self.toggle_wanted, index)
            )
            menu.addAction("Duplicate", lambda: self._emit(self.duplicate_wanted, index))
            menu.addAction(
                "Delete", QKeySequence(Qt.Key.Key_Delete), lambda: self._emit(self.delete_wanted, index)
            )
        menu.popup(self.rules.viewport().mapToGlobal(at))

    def _pick_firing(self, index: QModelIndex) -> None:
        line = self._firings.line_at(index.row())
        if line is not None:
            self.firing_picked.emit(line.firing)
