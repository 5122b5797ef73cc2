"""Keeps the window's layout between two runs, and lets it be one of several workspaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from analytics.errors import ConfigError
from app.dialogs.name import NameDialog
from app.panels.watchlist import WatchlistPanel
from app.theme import THEMES, Theme
from app.viewmodels.layout import WindowLayout
from app.viewmodels.workspaces import MOST_WITH_KEY, NAMELESS, Workspaces
from app.window.docks import Docks
from app.window.feed_choices import FeedChoices
from app.window.parts import Parts

_DEFAULT_NOTICE = "The window starts with its default layout"
_OF_SETTINGS = ("flash",)
"""What the watchlist remembers and a setting decides."""


class LayoutKeeper(QObject):
    """Saves and restores layouts. `failed` has a title and a reason; `said` what was done.

    `current_changed` carries the name of the workspace in force, None for the layout without a name.
    `left` tells that changes made so far were another workspace's; a new name alone is no other workspace.
    `deleted` carries words and what brings the workspace back, which returns whether it did.
    """

    failed = Signal(str, str)
    said = Signal(str)
    current_changed = Signal(object)
    theme_wanted = Signal(object)
    symbol_wanted = Signal(str)
    left = Signal()
    deleted = Signal(str, object)

    def __init__(self, workspaces: Workspaces | None, docks: Docks, parts: Parts, window: QWidget) -> None:
        super().__init__(window)
        self.workspaces = workspaces
        self._docks, self._parts, self._window = docks, parts, window
        self._feeds: FeedChoices | None = None
        self.theme_of: Callable[[], Theme] | None = None
        self.symbol_of: Callable[[], str] | None = None
        self.dialog: NameDialog | None = None

    # Between two runs

    def restore(self, feeds: FeedChoices) -> None:
        """Take the layout in force on; a damaged one gives the defaults and is told."""
        self._feeds = feeds
        if self.workspaces is not None:
            self._load()

    def save(self) -> None:
        """Write the layout as it stands."""
        if self.workspaces is None or self._feeds is None:
            return
        try:
            self.workspaces.save(self._now(self._feeds.recent))
        except OSError as error:
            self.failed.emit("The layout was not saved", str(error))

    def _load(self) -> None:
        if self.workspaces is None or self._feeds is None:
            return
        layout, fault = self.workspaces.load()
        if fault is not None:
            self.failed.emit(_DEFAULT_NOTICE, fault)
        self._feeds.recent = tuple(dict.fromkeys((*self._feeds.recent, *layout.recent)))
        self._show(layout)

    def _show(self, layout: WindowLayout) -> None:
        _show_watchlist(self._parts.watchlist, layout)
        faults = self._parts.charts.restore(layout.charts)
        if not self._docks.restore(layout):
            self.failed.emit(_DEFAULT_NOTICE, f"{self.file_name} is of another version of Qt")
        elif faults:
            self.failed.emit("Some of the charts could not be brought back", "; ".join(faults))
        if layout.theme in THEMES:
            self.theme_wanted.emit(THEMES[layout.theme])
        if layout.symbol:
            self.symbol_wanted.emit(layout.symbol)

    def _now(self, recent: tuple[str, ...]) -> WindowLayout:
        named = self.workspaces is not None and self.workspaces.current is not None
        theme, symbol = self.theme_of, self.symbol_of
        kept = self._parts.watchlist.layout_choice()
        return replace(
            self._docks.layout(recent, self._parts.watchlist.extra_columns),
            charts=self._parts.charts.layout_choice(),
            watchlist={name: value for name, value in kept.items() if name not in _OF_SETTINGS},
            theme=theme().name if named and theme is not None else None,  # else it is remembered by itself
            symbol=symbol() if named and symbol is not None else None,
        )

    @property
    def file_name(self) -> str:
        """Return the name of the layout's file."""
        return "" if self.workspaces is None else self.workspaces.file.name

    # Workspaces

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the workspaces, in order."""
        return () if self.workspaces is None else self.workspaces.names

    @property
    def current(self) -> str | None:
        """Return the name of the workspace in force."""
        return None if self.workspaces is None else self.workspaces.current

    def switch(self, name: str | None) -> None:
        """Save the layout as it stands, and take another workspace on."""
        if self.workspaces is None or name == self.current:
            return
        self.save()
        self.workspaces.switch(name)
        self._load()
        self.left.emit()
        self.current_changed.emit(name)
        self.said.emit(f"{NAMELESS} workspace" if name is None else f"Workspace “{name}”")

    def switch_to(self, place: int) -> None:
        """Switch to the workspace of this place, 1 to 9, where there is one."""
        if 1 <= place <= min(len(self.names), MOST_WITH_KEY):
            self.switch(self.names[place - 1])

    def ask_new(self) -> None:
        """Ask for a name, and keep the layout as it stands under it too."""
        self._ask("New workspace", "", self._add)

    def ask_rename(self) -> None:
        """Ask for another name of the workspace in force."""
        if self.current is not None:
            self._ask("Rename workspace", self.current, self._rename)

    def delete(self) -> None:
        """Delete the workspace in force, and take the layout without a name on as it was left."""
        name = self.current
        if self.workspaces is None or name is None:
            return
        try:
            self.save()
            text = self.workspaces.delete(name)
        except OSError as error:
            self.failed.emit("The workspace was not deleted", str(error))
            return
        self._load()
        self.left.emit()
        self.current_changed.emit(None)
        self.said.emit(f"Deleted “{name}” · Ctrl+Z brings it back")
        self.deleted.emit(f"deleted workspace “{name}”", partial(self._bring_back, name, text))

    def _bring_back(self, name: str, text: str) -> bool:
        if self.workspaces is None:
            return False
        try:
            self.workspaces.bring_back(name, text)
        except (ConfigError, OSError) as error:
            self.failed.emit("The workspace was not brought back", str(error))
            return False
        self.switch(name)
        return True

    def _add(self, name: str) -> None:
        if self.workspaces is None:
            return
        self.save()
        self.workspaces.switch(name)
        self.save()
        self.left.emit()
        self.current_changed.emit(name)
        place = self.names.index(name) + 1
        key = f" · Ctrl+{place}" if place <= MOST_WITH_KEY else ""
        self.said.emit(f"Workspace “{name}”{key}")

    def _rename(self, name: str) -> None:
        if self.workspaces is None or self.current is None:
            return
        try:
            self.save()
            self.workspaces.rename(self.current, name)
        except (ConfigError, OSError) as error:
            self.failed.emit("The workspace was not renamed", str(error))
            return
        self.current_changed.emit(name)
        self.said.emit(f"Renamed to “{name}”")

    def _ask(self, title: str, name: str, take: Callable[[str], object]) -> None:
        if self.workspaces is None or self.dialog is not None:
            return
        own = name or None
        fault_of = partial(self.workspaces.name_fault, taken_by_self=own)
        dialog = NameDialog(title, name, fault_of, self._window)
        self.dialog = dialog
        dialog.accepted.connect(lambda: take(dialog.name))
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()


def _show_watchlist(watchlist: WatchlistPanel, layout: WindowLayout) -> None:
    watchlist.show_columns(layout.columns)
    kept = {name: value for name, value in layout.watchlist.items() if name not in _OF_SETTINGS}
    watchlist.restore({"watched": None} | kept)
