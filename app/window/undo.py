"""The order of changes that can be taken back: alerts, which keep their own history, and all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.window.alert_edits import AlertEdits

_MOST = 50


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is no alert's: what was done, and what takes it back; False from that says it could not.

    One of a single workspace (`here`) means nothing in another.
    """

    words: str
    take_back: Callable[[], object]
    here: bool = False


class Undo:
    """Takes back the last change, whatever it was; `say` tells what was taken back.

    A change of alerts is kept as None: their history knows what it was.
    """

    def __init__(self, edits: AlertEdits, say: Callable[[str], object]) -> None:
        self._edits, self._say = edits, say
        self._changes: list[Change | None] = []
        self._busy = self._heard = False

    @property
    def next(self) -> str | None:
        """Return what the next undo takes back."""
        last = self._last()
        return self._edits.undoable if last is None else last.words

    @property
    def redoable(self) -> str | None:
        """Return what the next redo does again; only changes of alerts can be."""
        found = getattr(self._edits, "redoable", None)
        return found if isinstance(found, str) else None

    def add(self, words: str, take_back: Callable[[], object]) -> None:
        """Remember a change that is no alert's."""
        self._push(Change(words, take_back))

    def add_here(self, words: str, take_back: Callable[[], object]) -> None:
        """Remember a change of the workspace in force, until that is left."""
        self._push(Change(words, take_back, here=True))

    def leave(self) -> None:
        """Forget what was changed in the workspace that was in force: in another it would be put over its own."""
        self._changes = [each for each in self._changes if each is None or not each.here]

    def alerts_changed(self) -> None:
        """Remember that alerts were changed, but for what an undo itself changes."""
        self._heard = True
        if not self._busy and self._edits.undoable is not None:
            self._push(None)

    def undo(self) -> None:
        """Take the last change back; one that could not be taken back stays the last."""
        last = self._last()
        if last is None:
            self._heard = False
            self._quietly(self._edits.undo)
            if self._heard and self._changes:
                self._changes.pop()
        elif last.take_back() is not False:
            self._changes = [each for each in self._changes if each is not last]
            self._say(f"Undone: {last.words}")

    def redo(self) -> None:
        """Do again what was undone last."""
        redo = getattr(self._edits, "redo", None)
        if redo is None:
            return
        could = self.redoable is not None
        self._quietly(redo)
        if could:
            self._push(None)

    def _last(self) -> Change | None:
        return self._changes[-1] if self._changes else None

    def _push(self, change: Change | None) -> None:
        self._changes = [*self._changes, change][-_MOST:]

    def _quietly(self, act: Callable[[], object]) -> None:
        self._busy = True
        try:
            act()
        finally:
            self._busy = False
