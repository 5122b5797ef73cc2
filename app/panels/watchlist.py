"""The watchlist: every symbol's last price, change and distance to VWAP; a click charts it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.override import override
from app.panels.dock import PanelTitle
from app.panels.quiet_table import QuietTable
from app.panels.watch_cells import WatchDelegate
from app.panels.watch_footer import Offer, WatchFooter
from app.panels.watch_header import WatchHeader
from app.panels.watch_menu import WatchDeeds, WatchState, watch_menu
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.tones import Tone
from app.viewmodels.watch_columns import COLUMNS
from app.viewmodels.watched import missing_reason, nearest_symbol
from app.viewmodels.watchlist import WatchlistModel

_FINDER_PX = 112
_BADGE_MARGIN_PX = 8
_NO_TYPING = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class WatchlistPanel(QWidget):
    """The table of symbols, with a find box in its title.

    `watched_changed` carries the chosen symbols, None for all of the feed; `edited` says in words what was
    done to the list, with what takes it back.
    """

    symbol_picked = Signal(str)
    watched_changed = Signal(object)
    edited = Signal(str, object)

    def __init__(self, model: WatchlistModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(200)
        self._model = model
        self.title = PanelTitle("Watchlist")
        self.finder = _finder()
        self.finder.textChanged.connect(self._find)
        self.finder.returnPressed.connect(self._take_found)
        self.title.add(self.finder)
        self.table = QuietTable(model, theme, stretch=0, name="Watchlist", cells=WatchDelegate(theme))
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        for watched in (self.finder, self.table, self.table.viewport()):
            watched.installEventFilter(self)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._row_menu)
        self.columns = WatchHeader(self.table, model)
        self.columns.menu_wanted.connect(lambda at: self._open_menu(at, None))
        self.columns.sorted.connect(self._show_mark)
        self.footer = WatchFooter()
        self._mark = QLabel(self)
        self._mark.setObjectName("badge")
        self._mark.setFont(desk_font(SECONDARY_PX))
        self._mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._mark.hide()
        self._put_back: Offer | None = None
        self._said = ""
        self._current: str | None = None
        model.modelAboutToBeReset.connect(self._remember_current)
        model.modelReset.connect(self._rows_reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.footer)

    # What is remembered between two runs

    @property
    def extra_columns(self) -> tuple[int, ...]:
        """Return the columns shown besides the first four, and those that are never shown as negative numbers."""
        return self.columns.choice

    def show_columns(self, extra: tuple[int, ...]) -> None:
        """Show the first four columns and these; a negative number hides the column of that number."""
        self.columns.choose(extra)

    @property
    def symbols_wanted(self) -> tuple[str, ...] | None:
        """Return the chosen symbols, None for all of the feed."""
        return self._model.watched

    def set_watched(self, symbols: tuple[str, ...] | None) -> None:
        """List these symbols; None lists all of the feed. Tells `watched_changed` where that is a change."""
        before = self._model.watched
        self._put_back, self._said = None, ""
        self._model.set_watched(symbols)
        self._show_footer()
        if self._model.watched != before:
            self.watched_changed.emit(self._model.watched)

    def set_flash(self, flashing: bool) -> None:
        """Switch the flash of prices that moved on or off."""
        self._model.set_flashing(flashing)

    def layout_choice(self) -> dict[str, object]:
        """Return all choices made in this panel as what JSON can hold."""
        sorting = self._model.sorting
        return {
            "columns": list(self.extra_columns),
            "watched": None if self._model.watched is None else list(self._model.watched),
            "sort": None if sorting is None else list(sorting),
            "spark_span_ns": self._model.sparks.span_ns,
            "flash": self._model.flashing,
        }

    def restore(self, choice: Mapping[str, object]) -> None:
        """Take choices on that `layout_choice` gave; what is missing or of another kind is left as it is."""
        columns, watched = choice.get("columns"), choice.get("watched", ())
        if isinstance(columns, list) and all(isinstance(each, int) for each in columns):
            self.show_columns(tuple(columns))
        if watched is None or (isinstance(watched, list) and all(isinstance(each, str) for each in watched)):
            self.set_watched(None if watched is None else tuple(watched))
        match choice.get("sort"):
            case [int(column), bool(descending)] if 0 <= column < len(COLUMNS):
                self.columns.sort(column, descending=descending)
        span_ns = choice.get("spark_span_ns", -1)
        if span_ns is None or (isinstance(span_ns, int) and span_ns > 0):
            self._model.set_spark_span(span_ns)
        if isinstance(flash := choice.get("flash"), bool):
            self.set_flash(flash)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.table.set_theme(theme)

    # Finding, adding, removing

    def focus_find(self) -> None:
        """Put the keyboard into the find box."""
        self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.finder.selectAll()

    def remove(self, symbol: str) -> None:
        """Take a symbol out of the list; all of the feed becomes a list of all others."""
        model, rest = self._model, self._model.without(symbol)
        if rest != (model.known if model.watched is None else model.watched):
            self._edit(rest, f"{symbol} removed")

    def _edit(self, symbols: tuple[str, ...] | None, words: str) -> None:
        """Change the list so that it can be taken back."""
        before, current = self._model.watched, self.table.currentIndex().row()
        self.set_watched(symbols)
        self.table.selectRow(min(current, self._model.rowCount() - 1))
        self._put_back, self._said = ("Put back", lambda: self.set_watched(before)), words
        self._show_footer()
        self.edited.emit(words, lambda: self.set_watched(before))

    def _find(self, text: str) -> None:
        self._put_back, self._said = None, ""
        self._model.set_find(text)
        self._show_footer()

    def _take_found(self) -> None:
        typed = self.finder.text().strip().upper()
        symbol = self._model.symbol_at(0)
        if symbol is None and self._model.watched is not None and typed in self._model.table:
            symbol = typed  # it may yet trade
        if symbol is not None and typed:
            self._pick_symbol(symbol)

    def _pick(self, index: QModelIndex) -> None:
        symbol = self._model.symbol_at(index.row())
        if symbol is not None:
            self._pick_symbol(symbol)

    def _pick_symbol(self, symbol: str) -> None:
        adds = not self._model.holds(symbol)
        if self.finder.text():
            self.finder.clear()
        if adds:
            self._edit(self._model.with_symbol(symbol), f"{symbol} added")
        row = self._model.row_of(symbol)
        if row is not None:
            self.table.selectRow(row)
        self.symbol_picked.emit(symbol)

    def _remember_current(self) -> None:
        self._current = self._model.symbol_at(self.table.currentIndex().row())

    def _rows_reset(self) -> None:
        """Keep the keyboard on its symbol where others came or went; what is sought starts at the first."""
        row = None if self._current is None or self.finder.text() else self._model.row_of(self._current)
        if row is not None:
            self.table.selectRow(row)
        self._show_footer()

    def _show_footer(self) -> None:
        """Say what is most needed: why nothing is found, what was just done, that the list is a chosen one."""
        model, typed = self._model, self.finder.text().strip().upper()
        lacking = bool(typed) and model.rowCount() == 0
        set_look(self.finder, "wrong", lacking)
        everything: Offer = ("Show all", lambda: self._edit(None, "All symbols of the feed"))
        if lacking:
            near = nearest_symbol(typed, model.known)
            offers: tuple[Offer, ...] = () if near is None else ((near, lambda: self._pick_symbol(near)),)
            addable = model.watched is not None and typed in model.table
            words = (
                f"Enter adds {typed}, without a tick yet"
                if addable
                else missing_reason(typed, model.known, model.table)
            )
            self.footer.say(words, *offers, tone=Tone.DIM if addable else Tone.WARNING)
        elif self._put_back is not None:
            offers = (self._put_back, everything) if model.watched is not None else (self._put_back,)
            self.footer.say(self._said, *offers)
        elif model.watched is not None:
            self.footer.say(_list_words(model), everything)
        else:
            self.footer.say("")

    # The menu

    def _row_menu(self, at: QPoint) -> None:
        symbol = self._model.symbol_at(self.table.indexAt(at).row())
        self._open_menu(self.table.viewport().mapToGlobal(at), symbol)

    def _menu_by_key(self) -> None:
        """Open the menu of the row that the keyboard is on, below it."""
        index = self.table.currentIndex()
        at = self.table.visualRect(index).bottomLeft()
        self._open_menu(self.table.viewport().mapToGlobal(at), self._model.symbol_at(index.row()))

    def make_menu(self, symbol: str | None) -> QMenu:
        """Return a menu for one opening: that of a symbol's row, or with None the header's."""
        model, sorting = self._model, self._model.sorting
        state = WatchState(
            columns=self.columns.shown,
            sorted_by=None if sorting is None else sorting[0],
            span_ns=model.sparks.span_ns,
            flashing=model.flashing,
            chosen=model.watched is not None,
            symbol=symbol,
        )
        deeds = WatchDeeds(
            show_column=self.columns.show_column,
            sort=self.columns.step_sort,
            unsort=self.columns.unsort,
            set_span=self._model.set_spark_span,
            set_flashing=self.set_flash,
            remove=self.remove,
            list_only=lambda each: self._edit((each,), f"{each} only"),
            list_all=lambda: self._edit(None, "All symbols of the feed"),
        )
        return watch_menu(state, deeds, self)

    def _open_menu(self, at: QPoint, symbol: str | None) -> None:
        menu = self.make_menu(symbol)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # Events

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_mark()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._hold(False)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if watched is self.finder:
                return self._key_in_finder(event) or super().eventFilter(watched, event)
            if watched is self.table:
                return self._key_in_table(event) or super().eventFilter(watched, event)
        elif isinstance(event, QContextMenuEvent) and watched is self.table:
            if event.reason() is QContextMenuEvent.Reason.Keyboard:
                self._menu_by_key()
                return True
        elif event.type() in (QEvent.Type.Enter, QEvent.Type.Leave) and watched is self.table.viewport():
            self._hold(event.type() is QEvent.Type.Enter)
        elif event.type() is QEvent.Type.Resize and watched is self.table:
            self._show_mark()  # a footer came or went
        return super().eventFilter(watched, event)

    def escape(self) -> bool:
        """Find nothing any more, where the keyboard is here; True if there was something to put away."""
        if self.finder.hasFocus():
            self.finder.clear()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if self.table.hasFocus() and self.finder.text():
            self.finder.clear()
            return True
        return False

    def _key_in_finder(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.finder.clear()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if event.key() == Qt.Key.Key_Down:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self.table.selectRow(0)
            return True
        return False

    def _key_in_table(self, event: QKeyEvent) -> bool:
        symbol = self._model.symbol_at(self.table.currentIndex().row())
        if event.key() == Qt.Key.Key_Delete and symbol is not None:
            self.remove(symbol)
            return True
        if event.key() == Qt.Key.Key_Escape and self.finder.text():
            self.finder.clear()
            return True
        text = event.text()
        if (text.isalnum() or text == "/") and not event.modifiers() & _NO_TYPING:
            self.finder.setFocus(Qt.FocusReason.OtherFocusReason)
            self.finder.setText("" if text == "/" else text)
            return True
        return False

    def _hold(self, held: bool) -> None:
        self._model.set_held(held)
        self._show_mark()

    def _show_mark(self) -> None:
        """Say while the pointer is over a sorted table that its rows keep their places meanwhile."""
        sorting = self._model.sorting
        self._mark.setVisible(sorting is not None and self._model.held)
        if sorting is not None:
            self._mark.setText(f"sorted by {COLUMNS[sorting[0]].title} · held")
            self._mark.adjustSize()
            below = self.table.geometry().bottomRight()
            size = self._mark.size()
            self._mark.move(
                below.x() - size.width() - _BADGE_MARGIN_PX, below.y() - size.height() - _BADGE_MARGIN_PX
            )
            self._mark.raise_()


def _finder() -> QLineEdit:
    finder = QLineEdit()
    finder.setObjectName("find")
    finder.setFont(desk_font(SECONDARY_PX))
    finder.setPlaceholderText("/ to find")
    finder.setAccessibleName("Find a symbol")
    finder.setFixedWidth(_FINDER_PX)
    finder.setAlignment(Qt.AlignmentFlag.AlignRight)
    return finder


def _list_words(model: WatchlistModel) -> str:
    chosen, known = model.watched or (), model.known
    if not chosen:
        return "Nothing is listed: type to find, Enter adds"
    if known and not any(each in known for each in chosen):
        return "None of these is in this feed"
    return f"{len(chosen)} chosen"
