"""Keys, bound from the table of deeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.window.deeds import Act, Deed, Place, Table


def bind_keys(table: Table, places: Mapping[Place, Sequence[QWidget]]) -> None:
    """Bind the keys of all deeds that are bound to the widgets of their places.

    Keys of the window act whatever is focused, those of other places only where it or a child of it is.
    """
    for deed in table.deeds:
        if deed.act is None or not deed.bound:
            continue
        window = deed.place is Place.WINDOW
        context = (
            Qt.ShortcutContext.WindowShortcut if window else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        for key in deed.keys:
            for widget in places.get(deed.place, ()):
                shortcut = QShortcut(QKeySequence(key), widget)
                shortcut.setContext(context)
                shortcut.setAutoRepeat(deed.line != "")  # steps and speeds repeat while a key is held
                shortcut.activated.connect(_act_of(deed, key))


def _act_of(deed: Deed, key: str) -> Act:
    act = deed.act
    assert act is not None

    def do() -> None:
        focused = QApplication.focusWidget()
        if key == "Space" and isinstance(focused, QAbstractButton):
            focused.click()  # Space keeps a focused button's own meaning: to be pressed
        elif deed.can_be_done:
            act()

    return do
