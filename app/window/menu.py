"""The menu behind ☰, made from the table of deeds."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.window.deeds import SUBMENUS, Deed, Group, Table

_TITLE_CHARS = 60


class DeskMenu(QMenu):
    """Filled as it opens, so that it tells what is possible at that moment."""

    def __init__(self, table: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Menu")
        self._table = table
        self.prepare()

    def prepare(self) -> None:
        """Fill the menu with what can be done now."""
        self.clear()
        for menu in self.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
            menu.deleteLater()
        shelves = {shelf.group: shelf for shelf in self._table.shelves if shelf.in_menu}
        before: Group | None = None
        for group in _ORDER:
            deeds = [deed for deed in self._table.deeds if deed.group is group and deed.in_menu]
            own = shelves[group].deeds() if group in shelves else ()
            if not deeds and not own and group not in shelves:
                continue
            if before is not None and (group, before) not in _TOGETHER:
                self.addSeparator()
            before = group
            self._fill(self._page(group), own, deeds)

    def _page(self, group: Group) -> QMenu:
        if group not in SUBMENUS:
            return self
        page = QMenu(group.value, self)
        page.setAccessibleName(group.value)
        self.addMenu(page)
        return page

    def _fill(self, page: QMenu, own: tuple[Deed, ...], deeds: list[Deed]) -> None:
        for deed in own:
            _entry(page, deed)
        if own and deeds and page is not self:
            page.addSeparator()
        for deed in deeds:
            _entry(page, deed)
        if page is not self:
            page.menuAction().setEnabled(bool(page.actions()))


def _entry(page: QMenu, deed: Deed) -> QAction:
    title = deed.title if deed.title_now is None else deed.title_now()
    if len(title) > _TITLE_CHARS:
        title = f"…{title[-_TITLE_CHARS:]}"
    action = page.addAction(title.replace("&", "&&"))
    action.setObjectName(deed.name)
    if deed.act is not None:
        act = deed.act
        action.triggered.connect(lambda _checked: act())
    action.setEnabled(deed.can_be_done)
    if deed.checked is not None:
        action.setCheckable(True)
        action.setChecked(deed.checked())
    if deed.keys:
        # Shown here; the key itself is bound to the window, so that it works while the menu is closed.
        action.setShortcut(QKeySequence(deed.keys[0]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
    return action


_ORDER = (
    Group.FEED,
    Group.RECENT,
    Group.EDIT,
    Group.CHART,
    Group.REPLAY,
    Group.PANELS,
    Group.THEME,
    Group.WORKSPACES,
    Group.VIEW,
    Group.PROGRAM,
)
_TOGETHER = {
    (Group.RECENT, Group.FEED),
    (Group.REPLAY, Group.CHART),
    (Group.THEME, Group.PANELS),
    (Group.WORKSPACES, Group.THEME),
    (Group.VIEW, Group.WORKSPACES),
}
"""Groups that follow another without a line between."""
