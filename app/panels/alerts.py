"""The alerts: rules that can be edited, switched, snoozed and deleted, and below them what fired today, and why."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from analytics.rules.rule import Firing
from app.override import override
from app.panels.alert_menu import AlertMenu
from app.panels.cells import TWO_LINE_PX
from app.panels.dock import PanelTitle
from app.panels.firing_card import FiringCard
from app.panels.rows import TwoLineList
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.alerts import AlertsModel
from app.viewmodels.firings import FiringsModel
from app.viewmodels.snooze import SNOOZES

_NO_KEYS = Qt.KeyboardModifier.NoModifier | Qt.KeyboardModifier.KeypadModifier


class AlertsPanel(QWidget):
    """Two lists, and the chosen firing explained. The signals carry a rule's name, or the Firing that was clicked.

    `snooze_wanted` carries a name and for how many minutes: None until the session ends, 0 to wake it.
    `firing_replayed` asks for the half minute before and after a Firing to be played in the chart.
    """

    new_wanted = Signal()
    edit_wanted = Signal(str)
    toggle_wanted = Signal(str)
    delete_wanted = Signal(str)
    duplicate_wanted = Signal(str)
    snooze_wanted = Signal(str, object)
    why_not_wanted = Signal(str)
    firing_picked = Signal(object)
    firing_replayed = Signal(object)

    def __init__(
        self, alerts: AlertsModel, firings: FiringsModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(200)
        self._alerts, self._firings = alerts, firings
        self._chosen: Firing | None = None
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
        self.log.selectionModel().currentChanged.connect(self._choose_firing)
        self.log.installEventFilter(self)
        self.card = self._make_card()
        for signal in (alerts.modelReset, alerts.rowsInserted, alerts.rowsRemoved):
            signal.connect(self.rules.updateGeometry)
        firings.modelReset.connect(self._log_renewed)
        firings.dataChanged.connect(self._explain_anew)
        self._lay_out()

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.rules.set_theme(theme)
        self.log.set_theme(theme)

    def show_count(self) -> None:
        """Say how many firings there were."""
        self._count.setText(f"{self._firings.total:,}" if self._firings.total else "")

    def explain(self, firing: Firing) -> None:
        """Tell why a firing fired, below the log."""
        self._chosen = firing
        self._show_card()

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 400)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            plain = not event.modifiers() & ~_NO_KEYS
            if watched is self.rules and plain and self._rule_key(event.key()):
                return True
            if watched is self.log and plain and self._firing_key(event.key()):
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

    # The rules

    def _rule_key(self, key: int) -> bool:
        index = self.rules.currentIndex()
        signal = {
            int(Qt.Key.Key_Return): self.edit_wanted,
            int(Qt.Key.Key_Enter): self.edit_wanted,
            int(Qt.Key.Key_Space): self.toggle_wanted,
            int(Qt.Key.Key_Delete): self.delete_wanted,
            int(Qt.Key.Key_W): self.why_not_wanted,
        }.get(key)
        if signal is not None:
            self._emit(signal, index)
        elif key == Qt.Key.Key_S:
            self._snooze_at(index, SNOOZES[0][0])
        else:
            return False
        return True

    def _emit(self, signal: SignalInstance, index: QModelIndex) -> None:
        self._ask(index, signal.emit)

    def _snooze_at(self, index: QModelIndex, minutes: int | None) -> None:
        self._ask(index, lambda name: self.snooze_wanted.emit(name, minutes))

    def _ask(self, index: QModelIndex, ask: Callable[[str], object]) -> None:
        """Ask for something of the rule in a row, and keep the row chosen, as the list may be made anew."""
        rule = self._alerts.rule_at(index.row()) if index.isValid() else None
        if rule is not None:
            row = index.row()
            ask(rule.name)
            self.rules.setCurrentIndex(self._alerts.index(min(row, self._alerts.rowCount() - 1)))

    def menu_for(self, index: QModelIndex) -> AlertMenu:
        """Return the menu of a row, or of none; it is not yet open."""
        menu = AlertMenu(self, new=self.new_wanted.emit)
        rule = self._alerts.rule_at(index.row()) if index.isValid() else None
        if rule is not None:
            asks = {
                "edit": lambda: self._emit(self.edit_wanted, index),
                "toggle": lambda: self._emit(self.toggle_wanted, index),
                "why_not": lambda: self._emit(self.why_not_wanted, index),
                "duplicate": lambda: self._emit(self.duplicate_wanted, index),
                "delete": lambda: self._emit(self.delete_wanted, index),
            }
            menu.add_rule(rule, asks, lambda minutes: self._snooze_at(index, minutes))
        return menu

    def _menu(self, at: QPoint) -> None:
        self.menu_for(self.rules.indexAt(at)).popup(self.rules.viewport().mapToGlobal(at))

    # The firings

    def _firing_key(self, key: int) -> bool:
        if self._chosen is None:
            return False
        act = {
            int(Qt.Key.Key_R): self._replay,
            int(Qt.Key.Key_E): self._edit,
            int(Qt.Key.Key_S): self._snooze,
            int(Qt.Key.Key_Escape): self._close_card,
        }.get(key)
        if act is None:
            return False
        act()
        return True

    def _pick_firing(self, index: QModelIndex) -> None:
        line = self._firings.line_at(index.row())
        if line is not None:
            self.explain(line.firing)
            self.firing_picked.emit(line.firing)

    def _choose_firing(self, current: QModelIndex) -> None:
        """Explain a firing that the arrows came to; a click does so too, and shows it."""
        line = self._firings.line_at(current.row()) if current.isValid() else None
        if line is not None and self.log.hasFocus():
            self.explain(line.firing)

    def _forget_firing(self) -> None:
        self._chosen = None
        self.card.clear()

    def _log_renewed(self) -> None:
        """Explain nothing any more once the log is empty; a flood of firings only makes it anew."""
        if not self._firings.rowCount():
            self._forget_firing()

    def _explain_anew(self) -> None:
        """Tell again what is shown: a late tick near a firing may come after it."""
        if self._chosen is not None and self.card.isVisible():
            self._show_card()

    def _show_card(self) -> None:
        firing = self._chosen
        if firing is not None:
            has_rule = any(
                rule.name == firing.rule
                for row in range(self._alerts.rowCount())
                if (rule := self._alerts.rule_at(row))
            )
            self.card.show_firing(self._firings.explanation(firing), has_rule=has_rule)

    def escape(self) -> bool:
        """Close the card of a firing, where the keyboard is here; True if it was open."""
        focused = QApplication.focusWidget()
        if self._chosen is None or focused is None or not self.isAncestorOf(focused):
            return False
        self._close_card()
        return True

    def _close_card(self) -> None:
        self._forget_firing()
        self.log.setFocus(Qt.FocusReason.OtherFocusReason)

    def _replay(self) -> None:
        if self._chosen is not None:
            self.firing_replayed.emit(self._chosen)

    def _show(self) -> None:
        if self._chosen is not None:
            self.firing_picked.emit(self._chosen)

    def _edit(self) -> None:
        if self._chosen is not None:
            self.edit_wanted.emit(self._chosen.rule)

    def _snooze(self) -> None:
        if self._chosen is not None:
            self.snooze_wanted.emit(self._chosen.rule, SNOOZES[0][0])

    # Building

    def _make_card(self) -> FiringCard:
        card = FiringCard()
        card.replayed.connect(self._replay)
        card.shown_wanted.connect(self._show)
        card.edit_wanted.connect(self._edit)
        card.snooze_wanted.connect(self._snooze)
        card.closed.connect(self._close_card)
        return card

    def _lay_out(self) -> None:
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
        column.addWidget(self.card)
        # The rules take the height that they need, and the log the rest.
        self.rules.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.rules.setMinimumHeight(2 * TWO_LINE_PX)
        self.log.setMinimumHeight(2 * TWO_LINE_PX)
