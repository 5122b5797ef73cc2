"""What comes in front of the window's parts and goes again: menu, palette, pages, overlay, full screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QDialog, QMainWindow

from app.dialogs.palette import PalettePopup
from app.settings_book import SettingsBook
from app.theme import Theme
from app.viewmodels.palette import Palette
from app.window.deeds import Table, sheet_of
from app.window.menu import DeskMenu
from app.window.notices import Notices
from app.window.parts import Parts


class Front(QObject):
    """Opens and closes; `settings_saved` carries what the settings dialog wrote, None for what it took out.

    Pages and settings are loaded when they are opened first: the first painted tick does not wait for them.
    """

    settings_saved = Signal(object)

    def __init__(
        self, window: QMainWindow, parts: Parts, notices: Notices, settings: SettingsBook | None
    ) -> None:
        super().__init__(window)
        self._window, self._parts, self._notices, self.settings = window, parts, notices, settings

    def fill(self, table: Table, palette: Palette, theme: Theme) -> None:
        """Make what is made of the table of deeds."""
        self._table = table
        self.menu = DeskMenu(table, self._window)
        self.palette = PalettePopup(palette, theme, self._window)

    def open_menu(self) -> None:
        """Drop the menu down below its button."""
        self.menu.prepare()
        button = self._parts.top.menu_button
        left = button.width() - self.menu.sizeHint().width()
        self.menu.popup(button.mapToGlobal(QPoint(left, button.height() + 4)))

    def open_palette(self, text: str = "") -> None:
        """Open the palette with a text typed already."""
        self.palette.open(text)

    def open_shortcuts(self) -> None:
        """Open the shortcut sheet."""
        from app.dialogs.pages import ShortcutsPage

        self._open(ShortcutsPage(sheet_of(self._table), self._window))

    def open_about(self) -> None:
        """Open the page about this program."""
        from app.dialogs.pages import AboutPage

        self._open(AboutPage(self._window))

    def open_settings(self) -> None:
        """Open the settings dialog, where there are settings to change."""
        if self.settings is not None:
            from app.dialogs.settings import SettingsDialog

            dialog = SettingsDialog(self.settings, self._window)
            dialog.saved.connect(self.settings_saved)
            self._open(dialog)

    def switch_full_screen(self) -> None:
        """Fill the screen, or no more."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def switch_performance(self, pull: Callable[[], object]) -> None:
        """Show the performance overlay, or hide it; `pull` fills it."""
        overlay = self._parts.side.performance
        overlay.setVisible(not overlay.isVisible())
        pull()

    def escape(self) -> None:
        """Close what is in front: a tool, toasts, the overlay, a notice, full screen; else back to the chart."""
        parts, side = self._parts, self._parts.side
        if parts.watchlist.escape() or parts.trades.escape() or parts.alerts.escape():
            return  # what has the keys and something to put away
        if parts.charts.escape() or side.toasts.clear():
            return
        if side.performance.isVisible():
            side.performance.hide()
        elif self._notices.dismiss():
            return
        elif self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._parts.chart.setFocus(Qt.FocusReason.OtherFocusReason)

    def close(self) -> None:
        """Leave nothing open behind a closed window."""
        self.palette.close_quietly()
        self.menu.hide()

    def _open(self, page: QDialog) -> None:
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.open()
