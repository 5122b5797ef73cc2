"""Where files live: the user's config folder, what the program remembers, and tapes."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from analytics.errors import ConfigError

HOME_VARIABLE = "TICKDESK_HOME"
_LONGEST = 64
_MOST_BYTES = 224
"""A file's name has 255 at most, and 31 are kept for what is set behind a workspace's."""
_JOINERS = "\u200c\u200d"
_LEFT_BEHIND_S = 3_600
"""No write takes so long: what is older and half written was left by a program that was killed."""


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
    if not re.fullmatch(rf"\w(?:[\w .-]{{0,{_LONGEST - 2}}}[\w.-])?", _without_marks(name)):
        raise ConfigError(
            f"a workspace is named by letters, digits, spaces, - and _, {_LONGEST} signs at most, found {name!r}"
        )
    size = len(name.encode())
    if size > _MOST_BYTES:
        raise ConfigError(
            f"a workspace's name takes {_MOST_BYTES} bytes at most, found {size}: choose a shorter one"
        )
    return state / "workspaces" / f"{name}.json"


def _without_marks(name: str) -> str:
    """Return the name with a letter for each vowel sign, accent and joiner behind the first sign."""
    return name[:1] + "".join(
        "a" if sign in _JOINERS or unicodedata.category(sign).startswith("M") else sign for sign in name[1:]
    )


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

    A link is followed, so that a file kept elsewhere stays there. What a killed write of the same file left
    behind is cleared away. Raises OSError, UnicodeEncodeError for text that is none.
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
    _clear_left_behind(target)
    _sync_folder(target.parent)


def _clear_left_behind(target: Path) -> None:
    ours = re.compile(rf"\.{re.escape(target.name)}\.\d+\.tmp")
    with contextlib.suppress(OSError):
        oldest_s = target.stat().st_mtime - _LEFT_BEHIND_S
        for each in target.parent.iterdir():
            if ours.fullmatch(each.name) and each.stat().st_mtime < oldest_s:
                each.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
