"""Settings: what the user chose, and apart from it what the program remembers.

A setting is taken from the command line, else from the environment (``TICKDESK_THEME=light``), else from
``settings.toml``, else from what the program remembers, else its default. The program never writes
``settings.toml``: what it remembers lives in the state folder.
"""

from __future__ import annotations

import json
import os
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
    ticks are held at most, and what `keep_mb` MB hold.
    """

    theme: str = "dark"
    feed: str | None = None
    symbol: str | None = None
    beep: bool = True
    engine: str = "auto"
    keep_ticks: int = 4_000_000
    keep_mb: int = 512


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the program remembers: the last choices in the window, and whether the first start is over."""

    theme: str | None = None
    feed: str | None = None
    symbol: str | None = None
    first_start_done: bool = False


SETTINGS = tuple(each.name for each in fields(Settings))


def load_settings(
    places: Places, environ: Mapping[str, str] = os.environ, chosen: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings in force; `chosen` are those of the command line, None where not given.

    Raises ConfigError naming the file or variable, the key, and the nearest valid one.
    """
    remembered = load_remembered(places)
    found: dict[str, Any] = {
        name: value for name, value in asdict(remembered).items() if name in SETTINGS and value is not None
    }
    found |= _from_file(places)
    found |= _from_environment(environ)
    for name, value in (chosen or {}).items():
        if value is not None:
            found[name] = _checked(name, value, f"--{name}")
    return Settings(**found)


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
    known = {_variable(name) for name in SETTINGS} | set(_OTHER_VARIABLES)
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return tuple(f"{name} is no setting.{nearest(name, known)}" for name in strange)


def _from_file(places: Places) -> dict[str, object]:
    path = places.settings
    try:
        text = path.read_text(encoding="utf-8")
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
        text = environ.get(_variable(name), "")
        if text:
            found[name] = _checked(name, _of_text(name, text), _variable(name))
    return found


def _of_text(name: str, text: str) -> object:
    """Return what a variable's text means where a setting is no text; one that means nothing stays as it is."""
    if name == "beep":
        return _YES_NO.get(text.lower(), text)
    return int(text) if name in _LEAST and text.isdecimal() else text


def _variable(name: str) -> str:
    return PREFIX + name.upper()


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


def _theme_fault(value: object) -> str | None:
    if isinstance(value, str) and value in THEMES:
        return None
    return f"{' or '.join(THEMES)}, found {value!r}.{nearest(str(value), THEMES)}"


def _text_fault(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else f"a text that is not empty, found {value!r}"


def _switch_fault(value: object) -> str | None:
    return None if isinstance(value, bool) else f"true or false, found {value!r}"


def _engine_fault(value: object) -> str | None:
    if isinstance(value, str) and value in ENGINES:
        return None
    return f"{', '.join(ENGINES[:-1])} or {ENGINES[-1]}, found {value!r}.{nearest(str(value), ENGINES)}"


def _count_fault(least: int) -> Callable[[object], str | None]:
    def fault(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return None
        return f"a whole number of at least {least}, found {value!r}"

    return fault


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
    "theme": _theme_fault,
    "feed": _text_fault,
    "symbol": _text_fault,
    "beep": _switch_fault,
    "engine": _engine_fault,
    **{name: _count_fault(least) for name, least in _LEAST.items()},
}
