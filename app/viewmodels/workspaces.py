"""Workspaces: layouts by name, a file each."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from analytics.errors import ConfigError
from app.places import workspace_file, write_whole
from app.viewmodels.layout import WindowLayout, load_or_set_aside, save_layout

NAMELESS = "Default"
"""What the layout without a name is called; no workspace can bear that name."""
MOST_WITH_KEY = 9
"""Ctrl+1 to Ctrl+9 switch to the first nine."""


class Workspaces:
    """The named layouts beside the one without a name, and which of them is in force.

    `layout_file` is that without a name, which is always there; `current` is None for it.
    """

    def __init__(self, layout_file: Path, current: str | None = None) -> None:
        self._nameless = layout_file
        self._current = current if current is None else self._checked(current)

    @property
    def current(self) -> str | None:
        """Return the name of the workspace in force."""
        return self._current

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in alphabetical order, capitals or not; the one in force even before it is saved."""
        folder = self._file_of("x").parent
        found = {path.stem for path in folder.glob("*.json") if not path.name.startswith(".")}
        if self._current is not None:
            found.add(self._current)
        return tuple(sorted(found, key=lambda name: (name.casefold(), name)))

    @property
    def file(self) -> Path:
        """Return the file of the layout in force."""
        return self._nameless if self._current is None else self._file_of(self._current)

    def name_fault(self, name: str, *, taken_by_self: str | None = None) -> str | None:
        """Return why a name cannot be given to another workspace."""
        try:
            self._file_of(name)
        except ConfigError as error:
            return str(error)
        taken = {_spoken(each) for each in (NAMELESS, *self.names) if each != taken_by_self}
        return f"another workspace is called {name!r}" if _spoken(name) in taken else None

    def load(self) -> tuple[WindowLayout, str | None]:
        """Return the layout in force, or the default and why; a damaged file is put aside."""
        return load_or_set_aside(self.file)

    def save(self, layout: WindowLayout) -> None:
        """Write the layout in force. Raises OSError."""
        save_layout(self.file, layout)

    def switch(self, name: str | None) -> None:
        """Make another workspace the one in force. Raises ConfigError for a name that cannot be."""
        self._current = None if name is None else self._checked(name)

    def rename(self, old: str, new: str) -> None:
        """Give a workspace another name. Raises ConfigError where it cannot be had, OSError."""
        fault = self.name_fault(new, taken_by_self=old)
        if fault is not None:
            raise ConfigError(fault)
        self._file_of(old).replace(self._file_of(new))
        if self._current == old:
            self._current = new

    def delete(self, name: str) -> str:
        """Delete a workspace and return its text, for `bring_back`. Raises OSError.

        Where it is the one in force, the layout without a name is from then on.
        """
        path = self._file_of(name)
        text = path.read_text(encoding="utf-8")
        path.unlink()
        if self._current == name:
            self._current = None
        return text

    def bring_back(self, name: str, text: str) -> None:
        """Undo a deletion. Raises ConfigError where the name was given to another meanwhile, OSError."""
        fault = self.name_fault(name)
        if fault is not None:
            raise ConfigError(fault)
        write_whole(self._file_of(name), text)

    def _file_of(self, name: str) -> Path:
        return workspace_file(self._nameless.parent, name)

    def _checked(self, name: str) -> str:
        self._file_of(name)
        return name


def _spoken(name: str) -> str:
    """Return what two names share that some systems keep in one file: capitals or not, however accents are kept."""
    return unicodedata.normalize("NFC", name).casefold()
