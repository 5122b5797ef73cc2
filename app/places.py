"""Where files live: the user's config folder, what the program remembers, and tapes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from analytics.errors import ConfigError

HOME_VARIABLE = "TICKDESK_HOME"


@dataclass(frozen=True, slots=True)
class Places:
    """The three folders. Nothing is created before something is written.

    `config` holds what the user writes, `state` what the program remembers, `data` the tapes.
    """

    config: Path
    state: Path
    data: Path

    @property
    def settings(self) -> Path:
        """Return the settings that the user writes."""
        return self.config / "settings.toml"

    @property
    def alerts(self) -> Path:
        """Return the rules, written by the user and by the window."""
        return self.config / "alerts.toml"

    @property
    def series(self) -> Path:
        """Return the folder of the user's own series."""
        return self.config / "series"

    @property
    def remembered(self) -> Path:
        """Return what the program remembers between two starts."""
        return self.state / "remembered.json"

    @property
    def layout(self) -> Path:
        """Return the window's layout."""
        return self.state / "layout.json"

    def workspace(self, name: str) -> Path:
        """Return the layout of a named workspace. Raises ConfigError for a name that cannot be a file's."""
        return workspace_file(self.state, name)

    @property
    def tapes(self) -> Path:
        """Return the folder for recordings made by the window."""
        return self.data / "tapes"


def workspace_file(state: Path, name: str) -> Path:
    """Return the layout of a named workspace in a state folder, as `Places.workspace` does."""
    if not re.fullmatch(r"[\w](?:[\w .-]{0,62}[\w.-])?", name):
        raise ConfigError(f"a workspace is named by letters, digits, spaces, - and _, found {name!r}")
    return state / "workspaces" / f"{name}.json"


def places_at(home: Path) -> Places:
    """Return the places under one folder."""
    return Places(home / "config", home / "state", home / "data")


def find_places(environ: Mapping[str, str] = os.environ) -> Places:
    """Return the places in force: under TICKDESK_HOME where it is set, else the platform's folders."""
    home = environ.get(HOME_VARIABLE, "")
    if home:
        return places_at(Path(home).expanduser().absolute())
    folders = platformdirs.PlatformDirs("tickdesk", appauthor=False)
    return Places(folders.user_config_path, folders.user_state_path, folders.user_data_path)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a start after a crash, finds the old text or the new one.

    A link is followed, so that a file kept elsewhere stays there. Raises OSError.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
