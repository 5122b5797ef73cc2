"""The menu behind ☰, and the keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QMenu, QWidget

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Deeds:
    """What menu and keys do."""

    find: Act
    open_file: Act
    open_folder: Act
    connect_kafka: Act
    demo: Act
    open: Callable[[str], object]
    record: Act
    switch_theme: Act
    undo: Act
    shortcuts: Act
    about: Act
    menu: Act
    full_screen: Act
    performance: Act
    escape: Act
    follow: Act
    new_alert: Act
    play: Act
    step: Callable[[int], object]
    speed: Callable[[int], object]


class DeskMenu(QMenu):
    """Made once; what changes is set as it opens. `panels` are the docks' own on/off actions."""

    def __init__(self, deeds: Deeds, panels: list[QAction], parent: QMainWindow) -> None:
        super().__init__(parent)
        self.setAccessibleName("Menu")
        self._open = deeds.open
        self._entry("Open tick file…", deeds.open_file, "Ctrl+O")
        self._entry("Open tape folder…", deeds.open_folder)
        self._recent = self.addMenu("Recent files")
        self._entry("Connect Kafka…", deeds.connect_kafka)
        self._entry("Demo market", deeds.demo)
        self.addSeparator()
        self._record = self._entry("Record…", deeds.record)
        self.undo = self._entry("Undo", deeds.undo, "Ctrl+Z")
        self.addSeparator()
        view = self.addMenu("Panels")
        view.addActions(panels)
        self._theme = self._entry("Light theme", deeds.switch_theme)
        self._entry("Full screen", deeds.full_screen, "F11")
        self._entry("Performance", deeds.performance, "F12")
        self.addSeparator()
        self._entry("Shortcuts", deeds.shortcuts, "F1")
        self._entry("About", deeds.about)
        self._entry("Quit", parent.close, "Ctrl+Q")

    def prepare(
        self,
        *,
        dark: bool,
        recording: bool,
        can_record: bool,
        undoable: str | None,
        recent: tuple[str, ...],
    ) -> None:
        """Set what changes between two openings."""
        self._theme.setText("Light theme" if dark else "Dark theme")
        self._record.setText("Stop recording" if recording else "Record")
        self._record.setEnabled(can_record)
        self.undo.setText("Nothing to undo" if undoable is None else f"Undo: {undoable}")
        self.undo.setEnabled(undoable is not None)
        self._recent.clear()
        self._recent.setEnabled(bool(recent))
        for path in recent:
            self._recent.addAction(path, partial(self._open, path))

    def _entry(self, title: str, act: Act, key: str | None = None) -> QAction:
        action = self.addAction(title, act)
        if key is not None:
            # Shown here; the key itself is bound to the window, so that it works while the menu is closed.
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setShortcutVisibleInContextMenu(True)
        return action


def bind_keys(window: QWidget, deeds: Deeds, single_key_places: tuple[QWidget, ...]) -> None:
    """Bind keys to the window, and single keys and arrows to the chart and the transport only."""
    for key, act in (
        ("/", deeds.find),
        ("Ctrl+O", deeds.open_file),
        ("Ctrl+Z", deeds.undo),
        ("Ctrl+Q", window.close),
        ("F1", deeds.shortcuts),
        ("F10", deeds.menu),
        ("F11", deeds.full_screen),
        ("F12", deeds.performance),
        ("Esc", deeds.escape),
    ):
        _bind(key, window, Qt.ShortcutContext.WindowShortcut, act)
    for place in single_key_places:
        for key, act in (
            ("A", deeds.new_alert),
            ("End", deeds.follow),
            ("Space", _unless_on_button(deeds.play)),
            ("Left", lambda: deeds.step(-1)),
            ("Right", lambda: deeds.step(1)),
            ("[", lambda: deeds.speed(-1)),
            ("]", lambda: deeds.speed(1)),
        ):
            _bind(key, place, Qt.ShortcutContext.WidgetWithChildrenShortcut, act)


def _bind(key: str, place: QWidget, context: Qt.ShortcutContext, act: Act) -> None:
    shortcut = QShortcut(QKeySequence(key), place)
    shortcut.setContext(context)
    shortcut.activated.connect(act)


def _unless_on_button(act: Act) -> Act:
    """Return an act for Space that leaves a focused button its own meaning: to be pressed."""

    def press_or_act() -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        else:
            act()

    return press_or_act
