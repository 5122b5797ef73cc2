"""The tools of a chart, one of them in hand at most, and the ways to it: by name, by a key, by holding a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QPointF, Qt

_DRAG_PX = 4.0
_HELD = (
    (Qt.KeyboardModifier.ShiftModifier, "zoom"),
    (Qt.KeyboardModifier.ControlModifier, "measure"),
)
"""Which tool a drag is while a key is held."""


class Tool(Protocol):
    """Something done with the pointer in the price pane; all points are in its pixels."""

    points: int
    """1: done with the first point. 2: with the second, by a drag or by two clicks."""
    hint: str
    """What to do, for reading."""

    def begin(self, at: QPointF) -> None:
        """Take the first point."""

    def move(self, at: QPointF) -> None:
        """Follow the pointer to where the second point may be."""

    def end(self, at: QPointF) -> None:
        """Take the second point."""

    def cancel(self) -> None:
        """Leave what was begun."""


class Toolbox:
    """Gives what the pointer does to the tool in hand. `changed(name)` is called when another is, None for none."""

    def __init__(self, tools: Mapping[str, Tool], changed: Callable[[str | None], object]) -> None:
        self._tools = tools
        self._changed = changed
        self._held: str | None = None  # the tool of a drag with a key held
        self._begun_at: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self.name: str | None = None

    @property
    def hint(self) -> str:
        """Return what to do with the tool in hand, empty without one."""
        return "" if self.name is None else self._tools[self.name].hint

    @property
    def busy(self) -> bool:
        """Return whether a tool is in hand or a drag is one."""
        return self.name is not None or self._held is not None

    def start(self, name: str | None) -> None:
        """Take a tool; None puts it back. Raises KeyError for one that is not here."""
        if name is not None and name not in self._tools:
            raise KeyError(name)
        self._leave()
        if name != self.name:
            self.name = name
            self._changed(name)

    def press(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        """Take a press of the left button; True if it is a tool's."""
        if self.name is None:
            self._held = next((tool for key, tool in _HELD if modifiers & key), None)
        tool = self._in_hand()
        if tool is None:
            return False
        self._pressed_at = at
        if self._begun_at is None:
            self._begun_at = at
            tool.begin(at)
            if tool.points == 1:
                self._finish()
        return True

    def move(self, at: QPointF) -> bool:
        """Take a move; True if it is a tool's drag."""
        tool = self._in_hand()
        if tool is not None and self._begun_at is not None:
            tool.move(at)
        return self._pressed_at is not None

    def release(self, at: QPointF) -> bool:
        """Take a release of the left button; True if it is a tool's."""
        pressed, self._pressed_at = self._pressed_at, None
        tool = self._in_hand()
        if pressed is None:
            return False
        if tool is None or self._begun_at is None:
            return True
        if _apart(at, self._begun_at):
            tool.end(at)
            self._finish()
        elif (
            self._held is not None or pressed is not self._begun_at
        ):  # a click with a key held, or two at one place
            self.start(None)
        return True

    def let_go(self) -> None:
        """Know that no button is down: its release went elsewhere, as to a dialog that opened."""
        if self._pressed_at is not None:
            self._pressed_at = None
            if self._held is not None:
                self.start(None)

    def click(self, at: QPointF) -> None:
        """Take a point as a click there would give it: for the keyboard."""
        self.press(at, Qt.KeyboardModifier.NoModifier)
        self.release(at)

    def _in_hand(self) -> Tool | None:
        name = self._held if self.name is None else self.name
        return None if name is None else self._tools[name]

    def _leave(self) -> None:
        tool = self._in_hand()
        if tool is not None and self._begun_at is not None:
            tool.cancel()
        self._begun_at = self._held = None

    def _finish(self) -> None:
        self._begun_at = self._held = None
        if self.name is not None:
            self.name = None
            self._changed(None)


def _apart(a: QPointF, b: QPointF) -> bool:
    return (a - b).manhattanLength() > _DRAG_PX
