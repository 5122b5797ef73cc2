"""One table of all that can be done: menu, keys, shortcut sheet and command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

Act = Callable[[], object]


class Place(Enum):
    """Where keys act. Single keys and arrows are left to text fields and tables by every place but `WINDOW`."""

    WINDOW = "Anywhere"
    CHART = "Chart and transport"
    ALERTS = "Alerts"


class Group(Enum):
    """What a deed is about; the menu draws a line between two, the palette says it beside the title."""

    FEED = "Feed"
    EDIT = "Alerts"
    CHART = "Chart"
    REPLAY = "Replay"
    VIEW = "View"
    THEME = "Theme"
    PANELS = "Panels"
    WORKSPACES = "Workspaces"
    RECENT = "Recent files"
    PROGRAM = "Tickdesk"


SUBMENUS = (Group.CHART, Group.RECENT, Group.THEME, Group.PANELS, Group.WORKSPACES)
"""The groups that the menu shows as menus of their own."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that can be done.

    `title` is what menu, sheet and palette call it; `title_now` what the menu calls it as it opens, where that
    changes. `act` is None where only the place itself can do it. `keys` act in `place`: bound to it, or taken
    by it itself where not `bound`. Deeds that share a `line` stand together in the sheet under that text.
    `checked` says whether it is on, where it is something that is on or off.
    """

    name: str
    title: str
    act: Act | None
    keys: tuple[str, ...] = ()
    place: Place = Place.WINDOW
    group: Group = Group.PROGRAM
    bound: bool = True
    line: str = ""
    in_menu: bool = False
    in_palette: bool = True
    words: str = ""
    title_now: Callable[[], str] | None = None
    possible: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None

    @property
    def can_be_done(self) -> bool:
        """Return whether it would do anything now."""
        return self.act is not None and (self.possible is None or self.possible())


@dataclass(frozen=True, slots=True)
class Shelf:
    """Deeds that come and go, such as recent files; made anew whenever somebody looks."""

    group: Group
    deeds: Callable[[], tuple[Deed, ...]]
    in_menu: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """All deeds: those that are always there, and shelves of those that come and go."""

    deeds: tuple[Deed, ...]
    shelves: tuple[Shelf, ...] = ()

    def __getitem__(self, name: str) -> Deed:
        return next(deed for deed in self.deeds if deed.name == name)

    def now(self) -> Iterable[Deed]:
        """Return every deed there is at this moment."""
        yield from self.deeds
        for shelf in self.shelves:
            yield from shelf.deeds()

    def do(self, name: str) -> None:
        """Do what a deed of this name does, where it can be done."""
        deed = self[name]
        if deed.act is not None and deed.can_be_done:
            deed.act()


def sheet_of(table: Table) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the shortcut sheet: for each place its keys and what they do, in the table's order.

    Keys of deeds that share a line are joined; a run such as Ctrl+1 to Ctrl+9 is told by its ends.
    """
    pages: dict[Place, dict[str, list[str]]] = {place: {} for place in Place}
    for deed in table.deeds:
        if deed.keys:
            keys = pages[deed.place].setdefault(deed.line or deed.title.removesuffix("…"), [])
            keys += [key_text(key) for key in deed.keys]
    return tuple(
        (place.value, tuple((_joined(keys), words) for words, keys in lines.items()))
        for place, lines in pages.items()
        if lines
    )


def key_text(key: str) -> str:
    """Return a key as a person reads it.

    >>> key_text("Left"), key_text("Ctrl+Shift+Z"), key_text("PgUp")
    ('←', 'Ctrl+Shift+Z', 'Page up')
    """
    return _KEY_TEXTS.get(key, key)


def _joined(keys: list[str]) -> str:
    return f"{keys[0]} … {keys[-1]}" if len(keys) > _MOST_KEYS else "  ".join(keys)


_MOST_KEYS = 4
_KEY_TEXTS = {
    "Left": "←",
    "Right": "→",
    "Up": "↑",
    "Down": "↓",
    "PgUp": "Page up",
    "PgDown": "Page down",
    "-": "−",
    "Return": "Enter",
    "Del": "Delete",
}
