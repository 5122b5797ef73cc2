"""Feed addresses: one text names any feed, and a bare path that exists is one too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError, nearest

DEFAULT_RATE = 200.0
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class SimAddress:
    """``sim:[?symbols=A,B&rate=200&seed=1&date=YYYY-MM-DD]``; empty `symbols` are the default ones."""

    symbols: tuple[str, ...] = ()
    rate: float = DEFAULT_RATE
    seed: int = DEFAULT_SEED
    date: date | None = None
    lateness_ns: int | None = None
    text: str = "sim:"


@dataclass(frozen=True, slots=True)
class FileAddress:
    """``file:PATH[?format=…&speed=1&map=ours:theirs,…]``; `speed` None is max."""

    path: Path
    format: str | None = None
    speed: float | None = 1.0
    columns: Mapping[str, str] = field(default_factory=dict)
    lateness_ns: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """``kafka://host:port,…/topic[?…]``."""

    servers: tuple[str, ...]
    topic: str
    options: Mapping[str, str]
    lateness_ns: int | None = None
    text: str = ""


FeedAddress: TypeAlias = SimAddress | FileAddress | KafkaAddress

_FIRST_DAY, _LAST_DAY = date(1678, 1, 1), date(2261, 12, 31)  # whole years that int64 ns can hold
_SCHEMES = ("sim", "file", "kafka")
_SIM_OPTIONS = ("symbols", "rate", "seed", "date", "lateness", "map")
_FILE_OPTIONS = ("format", "speed", "lateness", "map")
_KAFKA_OPTIONS = ("from", "form", "tune", "group", "lateness", "map")


def parse_address(text: str) -> FeedAddress:
    """Return what an address names.

    Raises ConfigError naming the wrong part, for an unknown scheme or option, a bad value, or a bare
    path that does not exist.
    """
    if text.startswith("kafka://"):
        return _kafka(text)
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "sim":
        return _sim(text, rest)
    if colon and scheme == "file":
        return _file(text, rest)
    if Path(text).exists():
        return FileAddress(Path(text), text=f"file:{text}")
    if colon and scheme.isalpha() and len(scheme) > 1:  # one letter is a drive
        raise ConfigError(
            f"{text!r}: no feed is called {scheme!r}; feeds are sim:, file: and kafka://.{nearest(scheme, _SCHEMES)}"
        )
    raise ConfigError(
        f"{text!r} is neither a file that exists nor a feed address (sim:, file:PATH, kafka://host:9092/topic)"
    )


def parse_speed(text: str) -> float | None:
    """Return a replay speed: a number above 0, or None for ``max``."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed <= 1_000_000.0:
        raise ConfigError(f"expected a speed above 0 or max, found {text!r}")
    return speed


def _options(text: str, query: str, known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, equals, value = part.partition("=")
        if name not in known:
            raise ConfigError(
                f"{text!r}: unknown option {name!r}.{nearest(name, known)} Known: {', '.join(known)}"
            )
        if not equals or not value:
            raise ConfigError(f"{text!r}: option {name!r} needs a value, as in {name}=…")
        found[name] = unquote(value)
    return found


def _lateness(options: Mapping[str, str]) -> int | None:
    return parse_duration_ns(options["lateness"]) if "lateness" in options else None


def _number(text: str, name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ConfigError(f"{text!r}: {name} is a number, found {value!r}") from None


def _sim(text: str, rest: str) -> SimAddress:
    path, _, query = rest.partition("?")
    if path:
        raise ConfigError(f"{text!r}: sim: takes no path, only options, as in sim:?rate=200")
    options = _options(text, query, _SIM_OPTIONS)
    rate = _number(text, "rate", options.get("rate", str(DEFAULT_RATE)))
    if not 0.0 < rate <= 1_000_000.0:
        raise ConfigError(f"{text!r}: rate is ticks a second, above 0 and at most 1000000, found {rate:g}")
    seed_text = options.get("seed", str(DEFAULT_SEED))
    if re.fullmatch(r"[0-9]{1,30}", seed_text) is None:
        raise ConfigError(f"{text!r}: seed is a whole number of at most 30 digits, found {seed_text!r}")
    symbols = tuple(dict.fromkeys(s.strip() for s in options.get("symbols", "").split(",") if s.strip()))
    try:
        day = date.fromisoformat(options["date"]) if "date" in options else None
    except ValueError:
        raise ConfigError(f"{text!r}: date is YYYY-MM-DD, found {options['date']!r}") from None
    if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
        raise ConfigError(f"{text!r}: date is from {_FIRST_DAY} to {_LAST_DAY}, found {day}")
    return SimAddress(symbols, rate, int(seed_text), day, _lateness(options), text)


def _file(text: str, rest: str) -> FileAddress:
    path, _, query = rest.partition("?")
    if not path:
        raise ConfigError(f"{text!r}: file: needs a path, as in file:ticks.csv")
    if path.startswith("//"):
        path = path[2:]
    options = _options(text, query, _FILE_OPTIONS)
    columns: dict[str, str] = {}
    for pair in filter(None, options.get("map", "").split(",")):
        ours, colon, theirs = pair.partition(":")
        if not colon or not ours or not theirs:
            raise ConfigError(f"{text!r}: map is ours:theirs,…, found {pair!r}")
        columns[ours] = theirs
    speed = parse_speed(options.get("speed", "1"))
    return FileAddress(Path(path), options.get("format"), speed, columns, _lateness(options), text)


def _kafka(text: str) -> KafkaAddress:
    rest, _, query = text.removeprefix("kafka://").partition("?")
    servers, slash, topic = rest.partition("/")
    if not slash or not topic or not servers:
        raise ConfigError(f"{text!r}: expected kafka://host:9092/topic")
    options = _options(text, query, _KAFKA_OPTIONS)
    return KafkaAddress(tuple(servers.split(",")), topic, options, _lateness(options), text)
