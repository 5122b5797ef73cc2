"""The menu of a chart: what can be done where the pointer is, then what is shown, then what goes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class MenuState:
    """What is under the pointer, prices as texts, None where there is nothing; and what the chart shows."""

    price: str | None
    level: str | None
    time: str | None
    has_ticks: bool
    has_volume: bool
    profile: bool
    profile_of_session: bool
    following: bool


@dataclass(frozen=True, slots=True)
class MenuDeeds:
    """What the entries do."""

    alert: Act
    anchor: Act
    level: Act
    level_alert: Act
    level_remove: Act
    tool: Callable[[str], object]
    profile: Callable[[bool, bool], object]
    """Told whether the profile is to be shown, and whether it is the session's."""
    follow: Act
    session: Act
    save: Act
    export: Act


def chart_menu(parent: QWidget, state: MenuState, deeds: MenuDeeds) -> QMenu:
    """Return the menu; it deletes itself once it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if state.level is not None:
        _entry(menu, f"Make an alert of {state.level}", deeds.level_alert)
        _entry(menu, "Remove level", deeds.level_remove, "Delete")
        menu.addSeparator()
    if state.price is not None:
        _entry(menu, f"Alert here: {state.price}", deeds.alert, "A")
        _entry(menu, f"Draw level at {state.price}", deeds.level, "L")
    if state.time is not None and state.has_volume:
        _entry(menu, f"Anchor VWAP here: {state.time}", deeds.anchor, "V")
    menu.addSeparator()
    if state.has_ticks:
        _entry(menu, "Measure", partial(deeds.tool, "measure"), "M")
        _entry(menu, "Zoom to a span", partial(deeds.tool, "zoom"), "Z")
        menu.addSeparator()
    if state.has_volume:
        _add_profile(menu, state, deeds.profile)
    _entry(menu, "Follow newest", deeds.follow, "End").setEnabled(not state.following)
    _entry(menu, "Whole session, up to 30 min", deeds.session)
    if state.has_ticks:
        menu.addSeparator()
        _entry(menu, "Save picture…", deeds.save)
        _entry(menu, "Export ticks in sight…", deeds.export)
    return menu


def _add_profile(menu: QMenu, state: MenuState, choose: Callable[[bool, bool], object]) -> None:
    sub = menu.addMenu("Volume profile")
    for title, checked, chosen in (
        ("Off", not state.profile, (False, state.profile_of_session)),
        ("Of what is in sight", state.profile and not state.profile_of_session, (True, False)),
        ("Of the session", state.profile and state.profile_of_session, (True, True)),
    ):
        action = sub.addAction(title, partial(choose, *chosen))
        action.setCheckable(True)
        action.setChecked(checked)


def _entry(menu: QMenu, title: str, act: Act, key: str | None = None) -> QAction:
    action = menu.addAction(title, act)
    if key is not None:
        # Shown here; the chart itself takes the key, so that it works while the menu is closed.
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
    return action
