"""The tools by the keyboard alone: a letter takes one, arrows move its point, Return sets it, Esc ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_STEP_PX, _FINE_PX = 10, 1
_SETS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_REMOVES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


@dataclass(frozen=True, slots=True)
class KeyDeeds:
    """What keys do. Each returns whether there was something to do, but for `nudge` and `letters`."""

    busy: Callable[[], bool]
    """A tool is in hand."""
    nudge: Callable[[int, int], object]
    set_point: Callable[[], object]
    end: Callable[[], bool]
    ends: Callable[[], bool]
    """Whether `end` would do something."""
    remove: Callable[[], bool]
    letters: Mapping[Qt.Key, Callable[[], object]]


class ToolKeys:
    """Looks at keys before shortcuts do, so that arrows and Esc are a tool's while one is in hand."""

    def __init__(self, deeds: KeyDeeds) -> None:
        self._deeds = deeds

    def claims(self, event: QKeyEvent) -> bool:
        """Return whether a key is a tool's now, whatever shortcut it has."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            return self._deeds.ends()
        return self._deeds.busy() and (key in _ARROWS or key in _SETS)

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means; False where it means nothing here."""
        key, deeds = Qt.Key(event.key()), self._deeds
        if key == Qt.Key.Key_Escape:
            return deeds.end()
        if deeds.busy() and key in _ARROWS:
            step = _FINE_PX if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP_PX
            right, down = _ARROWS[key]
            deeds.nudge(right * step, down * step)
            return True
        if event.modifiers() not in _PLAIN:
            return False
        if deeds.busy() and key in _SETS:
            deeds.set_point()
            return True
        if key in _REMOVES:
            return deeds.remove()
        if key in deeds.letters:
            deeds.letters[key]()
            return True
        return False
