"""Settings: what the user chose, and apart from it what the program remembers.

A setting is taken from the command line, else from the environment (``TICKDESK_THEME=light``), else from
``settings.toml``, else from what the program remembers, else its default. The program writes
``settings.toml`` only through the settings dialog (`app.settings_book`); what it remembers lives in the state
folder.
"""

from __future__ import annotations

import enum
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from analytics.errors import ConfigError, nearest
from app.places import HOME_VARIABLE, Places, write_whole
from app.theme import THEMES

PREFIX = "TICKDESK_"
ENGINES = ("auto", "thread", "process")
_OTHER_VARIABLES = (HOME_VARIABLE, "TICKDESK_TEST_DATA", "TICKDESK_TEST_JARS")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `feed` and `symbol` are None where nobody chose one.

    `engine` says where ticks are computed, as `app.sessions.EngineChoice` does; of each symbol `keep_ticks`
    ticks are held at most, and what `keep_mb` MB hold. `flash` lights up what has just changed; `tray` shows
    firings in the system's tray too. `scale` is a factor from 1 to 2 for all that is drawn, 0 the system's own.
    """

    theme: str = "dark"
    feed: str | None = None
    symbol: str | None = None
    beep: bool = True
    flash: bool = True
    tray: bool = True
    scale: float = 0.0
    engine: str = "auto"
    keep_ticks: int = 4_000_000
    keep_mb: int = 512


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the program remembers: the last choices in the window, and whether the first start is over.

    `workspace` is None for the layout without a name.
    """

    theme: str | None = None
    feed: str | None = None
    symbol: str | None = None
    first_start_done: bool = False
    workspace: str | None = None


class Origin(enum.Enum):
    """Where the value of a setting comes from, the stronger later."""

    DEFAULT = "default"
    REMEMBERED = "remembered"
    FILE = "settings.toml"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


SETTINGS = tuple(each.name for each in fields(Settings))


def load_settings(
    places: Places, environ: Mapping[str, str] = os.environ, chosen: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings in force; `chosen` are those of the command line, None where not given.

    Raises ConfigError naming the file or variable, the key, and the nearest valid one.
    """
    found: dict[str, Any] = {}
    for values in sources(places, environ, chosen).values():
        found |= values
    return Settings(**found)


def sources(
    places: Places, environ: Mapping[str, str] = os.environ, chosen: Mapping[str, object] | None = None
) -> dict[Origin, dict[str, object]]:
    """Return the settings that each place gives, the stronger places later. Raises ConfigError."""
    remembered = asdict(load_remembered(places))
    return {
        Origin.REMEMBERED: {name: remembered[name] for name in SETTINGS if remembered.get(name) is not None},
        Origin.FILE: _from_file(places),
        Origin.ENVIRONMENT: _from_environment(environ),
        Origin.COMMAND_LINE: {
            name: _checked(name, value, f"--{name}")
            for name, value in (chosen or {}).items()
            if value is not None
        },
    }


def load_remembered(places: Places) -> Remembered:
    """Return what the program remembers; a missing or damaged file is as good as none."""
    try:
        found = json.loads(places.remembered.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Remembered()
    if not isinstance(found, dict):
        return Remembered()
    kept: dict[str, Any] = {}
    for name in ("theme", "feed", "symbol"):
        try:
            kept[name] = _checked(name, found[name], "")
        except (KeyError, ConfigError):
            continue
    workspace = found.get("workspace")
    if isinstance(workspace, str):
        kept["workspace"] = workspace
    return Remembered(**kept, first_start_done=found.get("first_start_done") is True)


def remember(places: Places, **changes: object) -> Remembered:
    """Write some of what the program remembers, keeping the rest, and return the whole. Raises OSError."""
    whole = replace(load_remembered(places), **changes)  # type: ignore[arg-type]
    write_whole(places.remembered, json.dumps(asdict(whole), indent=2, ensure_ascii=False) + "\n")
    return whole


def unknown_variables(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the TICKDESK_… variables that name no setting, each with the nearest that does.

    They are told and not refused: other programs may set variables of that name.
    """
    known = {variable_of(name) for name in SETTINGS} | set(_OTHER_VARIABLES)
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return tuple(f"{name} is no setting.{nearest(name, known)}" for name in strange)


def _from_file(places: Places) -> dict[str, object]:
    path = places.settings
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark before it
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text, found byte {error.start} that is none") from None
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    return {name: _checked(name, value, str(path)) for name, value in found.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in SETTINGS:
        text = environ.get(variable_of(name), "")
        if text:
            found[name] = _checked(name, _of_text(name, text), variable_of(name))
    return found


def _of_text(name: str, text: str) -> object:
    """Return what a variable's text means where a setting is no text; one that means nothing stays as it is."""
    if name in _SWITCHES:
        return _YES_NO.get(text.lower(), text)
    if name == "scale":
        return float(text) if _NUMBER.fullmatch(text) else text
    return int(text) if name in _LEAST and text.isdecimal() else text


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def setting_fault(name: str, value: object) -> str | None:
    """Return what is wrong with a value, as ``a text that is not empty, found ''``; None where nothing is."""
    return _CHECKS[name](value)


def _checked(name: str, value: object, where: str) -> object:
    check = _CHECKS.get(name)
    if check is None:
        raise ConfigError(
            f"{where}: unknown setting {name!r}.{nearest(name, SETTINGS)} Known: {', '.join(SETTINGS)}"
        )
    fault = check(value)
    if fault is not None:
        raise ConfigError(f"{where}: {name} is {fault}")
    return value


def _text_fault(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else f"a text that is not empty, found {value!r}"


def _switch_fault(value: object) -> str | None:
    return None if isinstance(value, bool) else f"true or false, found {value!r}"


def _one_of(known: tuple[str, ...]) -> Callable[[object], str | None]:
    def fault(value: object) -> str | None:
        if isinstance(value, str) and value in known:
            return None
        return f"{', '.join(known[:-1])} or {known[-1]}, found {value!r}.{nearest(str(value), known)}"

    return fault


def _scale_fault(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and (value == 0 or 1 <= value <= 2):
        return None
    return f"a factor from 1 to 2, or 0 for the system's own, found {value!r}"


def _count_fault(least: int) -> Callable[[object], str | None]:
    def fault(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return None
        return f"a whole number of at least {least}, found {value!r}"

    return fault


_SWITCHES = ("beep", "flash", "tray")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YES_NO = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_LEAST = {"keep_ticks": 100_000, "keep_mb": 16}
"""Less would be given back within a frame of a window that still paints it, where ticks come fast."""
_CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "theme": _one_of(tuple(THEMES)),
    "feed": _text_fault,
    "symbol": _text_fault,
    **dict.fromkeys(_SWITCHES, _switch_fault),
    "scale": _scale_fault,
    "engine": _one_of(ENGINES),
    **{name: _count_fault(least) for name, least in _LEAST.items()},
}
