"""The watchlist's menu: columns, order, sparklines, flashes, and what is listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from app.viewmodels.sparklines import SPANS_NS
from app.viewmodels.watch_columns import COLUMNS, SHOWN_ORDER


@dataclass(frozen=True, slots=True)
class WatchDeeds:
    """What the menu does."""

    show_column: Callable[[int, bool], object]
    sort: Callable[[int], object]
    unsort: Callable[[], object]
    set_span: Callable[[int | None], object]
    set_flashing: Callable[[bool], object]
    remove: Callable[[str], object]
    list_only: Callable[[str], object]
    list_all: Callable[[], object]


@dataclass(frozen=True, slots=True)
class WatchState:
    """What is ticked: shown columns, the sorted one, the sparklines' span, flashes; whether a list is chosen.

    `symbol` is the row's that the menu is opened for, None for the header's.
    """

    columns: frozenset[int]
    sorted_by: int | None
    span_ns: int | None
    flashing: bool
    chosen: bool
    symbol: str | None


def watch_menu(state: WatchState, deeds: WatchDeeds, parent: QWidget) -> QMenu:
    """Return a menu for one opening; a row's begins with what concerns its symbol."""
    menu = QMenu(parent)
    menu.setAccessibleName("Watchlist")
    columns = menu
    if state.symbol is not None:
        _add_listing(menu, state, deeds)
        menu.addSeparator()
        columns = menu.addMenu("Columns")
    for each in SHOWN_ORDER[1:]:
        on = each in state.columns
        _ticked(columns, COLUMNS[each].hint, on, partial(deeds.show_column, each, not on))
    if state.symbol is None:
        menu.addSeparator()
    order = menu.addMenu("Sort by")
    for each in SHOWN_ORDER:
        _ticked(order, COLUMNS[each].hint, each == state.sorted_by, partial(deeds.sort, each))
    order.addSeparator()
    _ticked(order, "As listed", state.sorted_by is None, deeds.unsort)
    spans = menu.addMenu("Sparklines")
    for name, span_ns in SPANS_NS.items():
        _ticked(spans, name, span_ns == state.span_ns, partial(deeds.set_span, span_ns))
    _ticked(menu, "Flash on change", state.flashing, partial(deeds.set_flashing, not state.flashing))
    if state.symbol is None:
        menu.addSeparator()
        _add_all(menu, state, deeds)
    return menu


def _add_listing(menu: QMenu, state: WatchState, deeds: WatchDeeds) -> None:
    symbol = state.symbol or ""
    menu.addAction(f"Remove {_plain(symbol)} from the list\tDel", partial(deeds.remove, symbol))
    menu.addAction(f"List {_plain(symbol)} only", partial(deeds.list_only, symbol))
    _add_all(menu, state, deeds)


def _add_all(menu: QMenu, state: WatchState, deeds: WatchDeeds) -> None:
    action = menu.addAction("All symbols of the feed", deeds.list_all)
    action.setEnabled(state.chosen)


def _plain(symbol: str) -> str:
    """Return a symbol as a menu shows it: M&M has no key of its own."""
    return symbol.replace("&", "&&")


def _ticked(menu: QMenu, title: str, on: bool, act: Callable[[], object]) -> None:
    action = menu.addAction(title)
    action.setCheckable(True)
    action.setChecked(on)
    action.triggered.connect(lambda: act())
