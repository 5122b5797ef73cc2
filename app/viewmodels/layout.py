"""The window's layout between two runs: one JSON file, written whole or not at all."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import ConfigError
from app.places import write_whole

VERSION = 1
MOST_RECENT = 8


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """What is remembered. `docks` and `geometry` are Qt's own bytes; `tab` is None while folded; `recent`
    are the tick files opened last, newest first.
    """

    geometry: bytes = b""
    docks: bytes = b""
    tab: str | None = None
    bottom_height: int = 0
    narrow: bool = False
    columns: tuple[int, ...] = ()
    recent: tuple[str, ...] = ()


def load_layout(path: Path) -> WindowLayout:
    """Return the layout in a file; defaults where there is no file.

    Raises ConfigError for a file that is damaged or of another version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return WindowLayout()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"window layout {path} cannot be read: {error}") from error
    try:
        found = json.loads(text)
        if found["version"] != VERSION:
            raise ConfigError(f"window layout {path}: expected version {VERSION}, found {found['version']}")
        return WindowLayout(
            geometry=base64.b64decode(found["geometry"], validate=True),
            docks=base64.b64decode(found["docks"], validate=True),
            tab=None if found["tab"] is None else str(found["tab"]),
            bottom_height=int(found["bottom_height"]),
            narrow=bool(found["narrow"]),
            columns=tuple(int(each) for each in found["columns"]),
            recent=tuple(str(each) for each in found["recent"])[:MOST_RECENT],
        )
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise ConfigError(f"window layout {path} is damaged ({type(error).__name__}: {error})") from error


def with_recent(recent: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Return the recent files with `path` in front, each once."""
    return (path, *(each for each in recent if each != path))[:MOST_RECENT]


def save_layout(path: Path, layout: WindowLayout) -> None:
    """Write the layout in place of the one before. Raises OSError."""
    whole = {
        "version": VERSION,
        "geometry": base64.b64encode(layout.geometry).decode(),
        "docks": base64.b64encode(layout.docks).decode(),
        "tab": layout.tab,
        "bottom_height": layout.bottom_height,
        "narrow": layout.narrow,
        "columns": layout.columns,
        "recent": layout.recent,
    }
    write_whole(path, json.dumps(whole, indent=1) + "\n")
