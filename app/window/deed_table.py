"""The table of deeds of one window: what each is called, its keys, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from app.desk import Desk
from app.panels.replay import SPEEDS
from app.theme import THEMES, Theme
from app.viewmodels.file_preview import choice_of_file
from app.viewmodels.workspaces import MOST_WITH_KEY, NAMELESS
from app.window.alert_edits import AlertEdits
from app.window.deeds import Act, Deed, Group, Place, Shelf, Table
from app.window.docks import Docks
from app.window.feed_choices import FeedChoices
from app.window.layout_keeper import LayoutKeeper
from app.window.parts import EVENTS, REPLAY, TRADES, Parts
from app.window.undo import Undo


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the deeds act on."""

    desk: Desk
    parts: Parts
    docks: Docks
    edits: AlertEdits
    feeds: FeedChoices
    keeper: LayoutKeeper
    undo: Undo


@dataclass(frozen=True, slots=True)
class WindowActs:
    """What only the window itself can do."""

    palette: Act
    menu: Act
    settings: Act
    shortcuts: Act
    about: Act
    quit: Act
    escape: Act
    full_screen: Act
    performance: Act
    new_alert: Act
    add_series: Act
    theme: Callable[[], Theme]
    set_theme: Callable[[Theme], object]
    has_settings: Callable[[], bool]
    is_full_screen: Callable[[], bool]


def make_table(rooms: Rooms, acts: WindowActs) -> Table:
    """Return all deeds of a window."""
    return Table(
        (
            *_anywhere(acts),
            *_of_feeds(rooms),
            *_of_alerts(rooms, acts),
            *_of_charts(rooms, acts),
            *_of_replay(rooms),
            *_of_panels(rooms),
            *_of_themes(acts),
            *_of_workspaces(rooms.keeper),
            *_of_view(rooms, acts),
            *_of_program(acts),
        ),
        (
            Shelf(Group.RECENT, partial(_recent, rooms.feeds)),
            Shelf(Group.WORKSPACES, partial(_workspaces, rooms.keeper)),
            Shelf(Group.REPLAY, partial(_speeds, rooms.desk), in_menu=False),
        ),
    )


def _anywhere(acts: WindowActs) -> tuple[Deed, ...]:
    return (
        Deed("palette", "Command palette", acts.palette, ("Ctrl+K",), in_menu=True, in_palette=False),
        Deed("escape", "Close what is in front", acts.escape, ("Esc",), in_palette=False),
        Deed("menu", "Menu", acts.menu, ("F10",), in_palette=False),
    )


def _of_feeds(rooms: Rooms) -> tuple[Deed, ...]:
    feeds, desk = rooms.feeds, rooms.desk
    feed = partial(Deed, group=Group.FEED, in_menu=True)
    return (
        Deed("find", "Find a symbol", rooms.parts.watchlist.focus_find, ("/",), group=Group.FEED),
        feed("open-file", "Open tick file…", feeds.ask_file, ("Ctrl+O",)),
        feed("open-folder", "Open tape folder…", feeds.ask_folder, words="recording directory"),
        feed("kafka", "Connect Kafka…", feeds.ask_kafka, words="broker topic live"),
        feed("demo", "Demo market", feeds.open_demo, words="sim simulator"),
        feed(
            "record", "Record, or stop", feeds.switch_recording, words="tape",
            title_now=lambda: "Record" if desk.recording is None else "Stop recording",
            possible=lambda: desk.info is not None,
        ),
    )  # fmt: skip


def _of_alerts(rooms: Rooms, acts: WindowActs) -> tuple[Deed, ...]:
    undo = rooms.undo
    edit = partial(Deed, group=Group.EDIT)
    in_list = partial(Deed, act=None, place=Place.ALERTS, group=Group.EDIT, in_palette=False, bound=False)
    return (
        edit("alert", "New alert…", acts.new_alert, ("A",), Place.CHART, in_menu=True,
             line="New alert at the crosshair"),
        edit(
            "undo", "Undo", undo.undo, ("Ctrl+Z",), in_menu=True,
            title_now=lambda: "Nothing to undo" if undo.next is None else f"Undo: {undo.next}",
            possible=lambda: undo.next is not None,
        ),
        edit(
            "redo", "Redo", undo.redo, ("Ctrl+Shift+Z",), in_menu=True,
            title_now=lambda: "Nothing to redo" if undo.redoable is None else f"Redo: {undo.redoable}",
            possible=lambda: undo.redoable is not None,
        ),
        in_list("alert-edit", "Edit", keys=("Return",)),
        in_list("alert-switch", "On or off", keys=("Space",)),
        in_list("alert-delete", "Delete", keys=("Del",)),
        in_list("alert-snooze", "Snooze", keys=("S",)),
        in_list("alert-why-not", "Why has it not fired?", keys=("W",)),
        in_list("firing-replay", "Firing log: replay 30 s either side", keys=("R",)),
    )  # fmt: skip


def _of_charts(rooms: Rooms, acts: WindowActs) -> tuple[Deed, ...]:
    parts = rooms.parts
    chart = partial(Deed, place=Place.CHART, group=Group.CHART)
    taken = partial(chart, act=None, in_palette=False, bound=False)
    tools = (
        ("measure", "Measure", "M", "distance"),
        ("zoom", "Zoom to a span", "Z", "rubber band"),
        ("level", "Draw a level", "L", "line support resistance"),
        ("anchor", "Anchor VWAP at a tick", "V", "anchored"),
    )
    return (
        chart("follow", "Follow the newest tick", lambda: parts.chart.follow(), ("End",), in_menu=True),
        *(
            chart(name, title, partial(_take_tool, parts, name), (key,), bound=False, in_menu=True, words=words)
            for name, title, key, words in tools
        ),
        taken("zoom-in", "Zoom in and out", keys=("+", "-")),
        taken("page", "Page back and forward", keys=("PgUp", "PgDown")),
        taken("home", "Go to the first tick", keys=("Home",)),
        Deed("series", "Add series…", acts.add_series, group=Group.CHART, in_menu=True, words="indicator"),
        *_counts(parts),
        Deed("save-picture", "Save picture…", lambda: _tell(parts, "saveWanted"), ("Ctrl+Shift+S",),
             group=Group.CHART, in_menu=True, words="png svg image screenshot", line="Save the chart as a picture"),
        Deed("export", "Export visible ticks…", lambda: _tell(parts, "exportWanted"), ("Ctrl+Shift+E",),
             group=Group.CHART, in_menu=True, words="csv parquet"),
    )  # fmt: skip


def _counts(parts: Parts) -> tuple[Deed, ...]:
    names = ((1, "One chart"), (2, "Two charts"), (4, "Four charts"))
    return tuple(
        Deed(
            f"charts-{count}", title, partial(_set_count, parts, count), group=Group.CHART, in_menu=True,
            words="grid layout", checked=partial(_has_count, parts, count),
        )
        for count, title in names
    )  # fmt: skip


def _of_replay(rooms: Rooms) -> tuple[Deed, ...]:
    desk, panel = rooms.desk, rooms.parts.replay
    replay = partial(Deed, place=Place.CHART, group=Group.REPLAY, possible=lambda: desk.transport is not None)
    steps, speeds = "Step one tick back or forward", "Slower, faster"
    return (
        replay("play", "Play or pause", panel.toggle, ("Space",), words="replay"),
        replay("step-back", "Step one tick back", lambda: panel.step(-1), ("Left",), line=steps),
        replay("step", "Step one tick forward", lambda: panel.step(1), ("Right",), line=steps),
        replay("slower", "Replay slower", lambda: panel.shift_speed(-1), ("[",), line=speeds),
        replay("faster", "Replay faster", lambda: panel.shift_speed(1), ("]",), line=speeds),
    )


def _of_panels(rooms: Rooms) -> tuple[Deed, ...]:
    panels = [
        Deed(
            f"panel-{action.text().lower()}", action.text(), action.trigger, group=Group.PANELS, in_menu=True,
            words="panel dock show hide", checked=action.isChecked,
        )
        for action in rooms.docks.panels
    ]  # fmt: skip
    pages = [
        Deed(
            f"page-{key}", title, partial(rooms.parts.bottom.unfold, key), group=Group.PANELS,
            words=f"bottom {words}",
        )
        for key, title, words in (
            (REPLAY, "Replay transport", "timeline"),
            (EVENTS, "Event log", "gaps late quarantine"),
            (TRADES, "Time and sales", "tape trades prints"),
        )
    ]  # fmt: skip
    return (*panels, *pages)


def _of_themes(acts: WindowActs) -> tuple[Deed, ...]:
    return tuple(
        Deed(
            f"theme-{theme.name}", theme.title, partial(acts.set_theme, theme), group=Group.THEME, in_menu=True,
            words=f"{theme.name} theme colours", checked=partial(_is_theme, acts, theme),
        )
        for theme in THEMES.values()
    )  # fmt: skip


def _of_workspaces(keeper: LayoutKeeper) -> tuple[Deed, ...]:
    named = partial(
        Deed, group=Group.WORKSPACES, in_menu=True, words="workspace layout",
        possible=lambda: keeper.current is not None,
    )  # fmt: skip
    keys = tuple(
        Deed(
            f"workspace-{place}", f"Workspace {place}", partial(keeper.switch_to, place), (f"Ctrl+{place}",),
            group=Group.WORKSPACES, in_palette=False, line="Switch to a workspace",
        )
        for place in range(1, MOST_WITH_KEY + 1)
    )  # fmt: skip
    return (
        *keys,
        Deed("workspace-new", "New workspace…", keeper.ask_new, group=Group.WORKSPACES, in_menu=True,
             words="save layout as", possible=lambda: keeper.workspaces is not None),
        named("workspace-rename", "Rename workspace…", keeper.ask_rename),
        named("workspace-delete", "Delete workspace", keeper.delete),
    )  # fmt: skip


def _of_view(rooms: Rooms, acts: WindowActs) -> tuple[Deed, ...]:
    view = partial(Deed, group=Group.VIEW, in_menu=True)
    overlay = rooms.parts.side.performance
    return (
        view("full-screen", "Full screen", acts.full_screen, ("F11",), checked=acts.is_full_screen),
        view(
            "performance",
            "Performance",
            acts.performance,
            ("F12",),
            checked=overlay.isVisible,
            words="frames lag",
        ),
        view(
            "toasts",
            "Go to the newest notice",
            rooms.parts.side.toasts.focus_newest,
            ("F8",),
            in_menu=False,
            words="toast alert fired",
        ),
    )


def _of_program(acts: WindowActs) -> tuple[Deed, ...]:
    program = partial(Deed, in_menu=True)
    return (
        program("settings", "Settings…", acts.settings, ("Ctrl+,",), words="options preferences",
                possible=acts.has_settings),
        program("shortcuts", "Shortcuts", acts.shortcuts, ("F1",), words="keys help"),
        program("about", "About", acts.about, words="version"),
        program("quit", "Quit", acts.quit, ("Ctrl+Q",), words="exit close"),
    )  # fmt: skip


# Shelves


def _recent(feeds: FeedChoices) -> tuple[Deed, ...]:
    return tuple(
        Deed(
            f"recent-{address}",
            choice_of_file(address).path,
            partial(feeds.ask_about, address),
            group=Group.RECENT,
            words=PurePath(choice_of_file(address).path).name,
        )
        for address in feeds.recent
    )


def _workspaces(keeper: LayoutKeeper) -> tuple[Deed, ...]:
    if keeper.workspaces is None:
        return ()

    def workspace(name: str | None, title: str, keys: tuple[str, ...]) -> Deed:
        return Deed(
            f"to-{title}", title, partial(keeper.switch, name), keys, group=Group.WORKSPACES,
            words="workspace layout switch", checked=lambda: keeper.current == name,
        )  # fmt: skip

    named = tuple(
        workspace(name, name, (f"Ctrl+{place}",) if place <= MOST_WITH_KEY else ())
        for place, name in enumerate(keeper.names, start=1)
    )
    return (workspace(None, NAMELESS, ()), *named)


def _speeds(desk: Desk) -> tuple[Deed, ...]:
    if desk.transport is None:
        return ()
    return tuple(
        Deed(f"speed-{speed}", _speed_title(speed), partial(desk.set_speed, speed), group=Group.REPLAY)
        for speed in SPEEDS
    )


def _speed_title(speed: float | None) -> str:
    return "Speed: as fast as it goes" if speed is None else f"Speed {speed:g}×"


def _set_count(parts: Parts, count: int) -> None:
    """Show so many charts; the one that was active keeps the keys while it is in sight."""
    before = parts.chart
    parts.charts.set_count(count)
    (before if before.isVisible() else parts.chart).setFocus()


def _has_count(parts: Parts, count: int) -> bool:
    return parts.charts.count == count


def _take_tool(parts: Parts, name: str) -> None:
    parts.chart.start_tool(name)
    parts.chart.setFocus()


def _tell(parts: Parts, signal: str) -> None:
    getattr(parts.chart, signal).emit()


def _is_theme(acts: WindowActs, theme: Theme) -> bool:
    return acts.theme() == theme
