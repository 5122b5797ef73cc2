"""The window's layout between two runs: one JSON file, written whole or not at all."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.errors import ConfigError
from app.places import write_whole

VERSION = 2
QT_VERSION = 1
"""The number that Qt's own bytes are kept under; another one than before makes it refuse them."""
MOST_RECENT = 8
HIGHEST_PX = 10_000
"""No height that is remembered is more; Qt refuses what does not fit its own whole numbers."""
_READABLE = (1, VERSION)
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error)


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """What is remembered. `docks` and `geometry` are Qt's own bytes; `tab` is None while folded; `recent`
    are the tick files opened last, newest first.

    Since version 2: `charts` and `watchlist` are what the charts and the watchlist say of themselves, `theme`
    and `symbol` those that were in force.
    """

    geometry: bytes = b""
    docks: bytes = b""
    tab: str | None = None
    bottom_height: int = 0
    narrow: bool = False
    columns: tuple[int, ...] = ()
    recent: tuple[str, ...] = ()
    charts: Mapping[str, Any] = field(default_factory=dict)
    watchlist: Mapping[str, Any] = field(default_factory=dict)
    theme: str | None = None
    symbol: str | None = None


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
    return parse_layout(text, str(path))


def load_or_set_aside(path: Path) -> tuple[WindowLayout, str | None]:
    """Return the layout in a file, or the default and why.

    A file that is no layout is kept beside as ``….damaged``, so that saving does not write over it.
    """
    try:
        return load_layout(path), None
    except ConfigError as error:
        reason = str(error)
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError as error:
        return WindowLayout(), f"{reason}; it could not be put aside: {error}"
    return WindowLayout(), f"{reason}; it is kept as {aside.name}"


def parse_layout(text: str, where: str) -> WindowLayout:
    """Return the layout in a text; `where` names it in errors. Raises ConfigError."""
    try:
        found = json.loads(text)
        if found["version"] not in _READABLE:
            raise ConfigError(f"window layout {where}: expected version {VERSION}, found {found['version']}")
        return WindowLayout(
            geometry=base64.b64decode(found["geometry"], validate=True),
            docks=base64.b64decode(found["docks"], validate=True),
            tab=_text(found["tab"]),
            bottom_height=min(max(int(found["bottom_height"]), 0), HIGHEST_PX),
            narrow=bool(found["narrow"]),
            columns=tuple(int(each) for each in found["columns"]),
            recent=tuple(str(each) for each in found["recent"])[:MOST_RECENT],
            **({} if found["version"] == 1 else _since_2(found)),
        )
    except _DAMAGE as error:
        raise ConfigError(f"window layout {where} is damaged ({type(error).__name__}: {error})") from error


def layout_text(layout: WindowLayout) -> str:
    """Return a layout as the text that `parse_layout` reads back."""
    whole = {
        "version": VERSION,
        "geometry": base64.b64encode(layout.geometry).decode(),
        "docks": base64.b64encode(layout.docks).decode(),
        "tab": layout.tab,
        "bottom_height": layout.bottom_height,
        "narrow": layout.narrow,
        "columns": layout.columns,
        "recent": layout.recent,
        "charts": dict(layout.charts),
        "watchlist": dict(layout.watchlist),
        "theme": layout.theme,
        "symbol": layout.symbol,
    }
    return json.dumps(whole, indent=1) + "\n"


def save_layout(path: Path, layout: WindowLayout) -> None:
    """Write the layout in place of the one before. Raises OSError."""
    write_whole(path, layout_text(layout))


def with_recent(recent: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Return the recent files with `path` in front, each once."""
    return (path, *(each for each in recent if each != path))[:MOST_RECENT]


def _since_2(found: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("charts", "watchlist"):
        if not isinstance(found[name], dict):
            raise TypeError(f"{name}: expected a table, found {found[name]!r:.40}")
    return {
        "charts": found["charts"],
        "watchlist": found["watchlist"],
        "theme": _text(found["theme"]),
        "symbol": _text(found["symbol"]),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
