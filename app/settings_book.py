"""The settings as a person sees them: what each does, where its value comes from, and how it is changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from analytics.errors import ConfigError
from app.places import Places, write_whole
from app.settings import ENGINES, Origin, Settings, setting_fault, sources, variable_of
from app.settings_text import with_settings
from app.theme import THEMES

_ORDER_MARK = "\ufeff"


class Kind(Enum):
    """What a setting is made of."""

    SWITCH = "true or false"
    CHOICE = "one of several"
    TEXT = "text"
    COUNT = "whole number"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class SettingFact:
    """What is known of a setting. `choices` are values with their titles; `restart`: it counts at a start."""

    name: str
    group: str
    title: str
    what: str
    kind: Kind
    choices: tuple[tuple[object, str], ...] = ()
    restart: bool = False


FACTS = (
    SettingFact(
        "theme", "Looks", "Theme", "The colours of the window.", Kind.CHOICE,
        tuple((theme.name, theme.title) for theme in THEMES.values()),
    ),
    SettingFact(
        "scale", "Looks", "Scale", "Draws everything larger, from 1 to 2; 0 leaves it to the system.",
        Kind.FACTOR, restart=True,
    ),
    SettingFact("flash", "Looks", "Flash", "Lights up a price for a moment when it changes.", Kind.SWITCH),
    SettingFact("beep", "Alerts", "Beep", "Sounds when an alert fires.", Kind.SWITCH),
    SettingFact("tray", "Alerts", "Tray", "Tells firings in the system's tray too, where there is one.", Kind.SWITCH),
    SettingFact(
        "feed", "Start", "Feed", "The feed that a start opens: sim:, a tick file, kafka://…; empty: the last one.",
        Kind.TEXT, restart=True,
    ),
    SettingFact(
        "symbol", "Start", "Symbol", "The symbol that a start charts; empty: the last one.", Kind.TEXT,
        restart=True,
    ),
    SettingFact(
        "engine", "Engine", "Engine", "Where ticks are computed; auto moves to a process under load.", Kind.CHOICE,
        tuple((name, name.capitalize()) for name in ENGINES), restart=True,
    ),
    SettingFact(
        "keep_ticks", "Engine", "Keep ticks", "Ticks held of each symbol at most; the oldest go first.", Kind.COUNT,
        restart=True,
    ),
    SettingFact(
        "keep_mb", "Engine", "Keep MB", "Memory that the ticks of each symbol take at most, in MB.", Kind.COUNT,
        restart=True,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in force: its value, its default, where the value comes from.

    `in_file` is what the file says, None where it says nothing; `without` what would be in force then.
    """

    fact: SettingFact
    value: object
    default: object
    origin: Origin
    in_file: object
    without: object

    @property
    def overridden(self) -> bool:
        """Return whether something stronger than the file decides, so that a change would do nothing."""
        return self.origin in (Origin.ENVIRONMENT, Origin.COMMAND_LINE)

    @property
    def origin_text(self) -> str:
        """Return where the value comes from, the environment's variable by its name."""
        if self.origin is Origin.ENVIRONMENT:
            return variable_of(self.fact.name)
        return str(self.origin.value)


@dataclass(frozen=True, slots=True)
class SettingsBook:
    """The settings of one start; `chosen` are those of its command line."""

    places: Places
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    chosen: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Return the file that changes are written to."""
        return self.places.settings

    def read(self) -> tuple[Setting, ...]:
        """Return all settings, in the order of `FACTS`. Raises ConfigError where the file is damaged."""
        found = sources(self.places, self.environ, self.chosen)
        return tuple(_setting(fact, found) for fact in FACTS)

    def stronger_than_memory(self, name: str) -> Setting | None:
        """Return a setting that file, environment or command line gives, so that nothing remembered counts."""
        try:
            found = next(each for each in self.read() if each.fact.name == name)
        except ConfigError:
            return None
        return None if found.origin in (Origin.DEFAULT, Origin.REMEMBERED) else found

    def write(self, changes: Mapping[str, object]) -> None:
        """Set some settings in the file; None takes one out of it. The file is written whole or not at all.

        Raises ConfigError for a value that is wrong or a file that is, OSError where it cannot be written.
        """
        for name, value in changes.items():
            fault = None if value is None else setting_fault(name, value)
            if fault is not None:
                raise ConfigError(f"{name} is {fault}")
        try:
            mark, text = self._text()
            write_whole(self.path, mark + with_settings(text, changes))
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {error}") from None
        except UnicodeDecodeError as error:
            reason = f"expected UTF-8 text, found byte {error.start} that is none"
            raise ConfigError(f"{self.path}: {reason}") from None
        except UnicodeEncodeError as error:
            found = error.object[error.start]
            raise ConfigError(f"{self.path}: expected text, found {found!r} that no file can hold") from None

    def _text(self) -> tuple[str, str]:
        """Return the byte order mark of the file, "" where it has none, and the text behind it."""
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                whole = file.read()
        except FileNotFoundError:
            return "", ""
        text = whole.removeprefix(_ORDER_MARK)
        return whole[: len(whole) - len(text)], text


def _setting(fact: SettingFact, found: Mapping[Origin, Mapping[str, object]]) -> Setting:
    default = getattr(Settings(), fact.name)
    value, origin, without = default, Origin.DEFAULT, default
    for place, values in found.items():
        if fact.name in values:
            value, origin = values[fact.name], place
            if place is not Origin.FILE:
                without = value
    return Setting(fact, value, default, origin, found[Origin.FILE].get(fact.name), without)
