"""Feed addresses: one text names any feed, and a bare path that exists is one too."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from analytics.durations import EPOCH_UNITS, parse_duration_ns
from analytics.errors import ConfigError, nearest

DEFAULT_RATE = 200.0
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class SimAddress:
    """``sim:[?symbols=A,B&rate=200&seed=1&date=YYYY-MM-DD]``; empty `symbols` are the default ones.

    `opened_ns` is the monotonic time of this machine at which a market that is opened again was opened first, so that it
    stands where it would; no text tells it.
    """

    symbols: tuple[str, ...] = ()
    rate: float = DEFAULT_RATE
    seed: int = DEFAULT_SEED
    date: date | None = None
    lateness_ns: int | None = None
    text: str = "sim:"
    opened_ns: int | None = None


@dataclass(frozen=True, slots=True)
class FileAddress:
    """``file:PATH[?format=…&speed=1&map=ours:theirs,…&tz=…&calendar=nse|us|always]``; `speed` None is max.

    `zone` holds for times without one, `calendar` for every symbol; None leaves them to who opens the file.
    """

    path: Path
    format: str | None = None
    speed: float | None = 1.0
    columns: Mapping[str, str] = field(default_factory=dict)
    lateness_ns: int | None = None
    text: str = ""
    zone: str | None = None
    calendar: str | None = None


class Beginning(enum.Enum):
    """Where reading a topic begins."""

    LATEST = "latest"
    EARLIEST = "earliest"
    TIME = "time"
    OFFSETS = "offsets"


@dataclass(frozen=True, slots=True)
class Start:
    """The option ``from``: `ts_ns` goes with TIME, `offsets` by partition with OFFSETS.

    A partition that is not among the offsets begins at its newest tick. Where `kept`, offsets that the topic does
    not hold any more are no fault: what is lost of them is told, as after a break; no text says so.
    """

    beginning: Beginning = Beginning.LATEST
    ts_ns: int = 0
    offsets: Mapping[int, int] = field(default_factory=dict)
    kept: bool = False


class Form(enum.Enum):
    """How ticks are written to a topic; whoever reads one takes both."""

    JSON = "json"
    ARROW = "arrow"


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """``kafka://host:port,…/topic[?from=…&form=json|arrow&tune=latency|throughput&map=ours:theirs,…]``.

    `servers` are ``host:port``; `throughput` trades a few milliseconds of each tick for more ticks a second.
    """

    servers: tuple[str, ...]
    topic: str
    start: Start = Start()
    form: Form = Form.JSON
    throughput: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    lateness_ns: int | None = None
    text: str = ""

    @property
    def where(self) -> str:
        """Return topic and servers as a person would name them."""
        return f"{self.topic} at {','.join(self.servers)}"


FeedAddress: TypeAlias = SimAddress | FileAddress | KafkaAddress

_FIRST_DAY, _LAST_DAY = date(1678, 1, 1), date(2261, 12, 31)  # whole years that int64 ns can hold
_SCHEMES = ("sim", "file", "kafka")
_SIM_OPTIONS = ("symbols", "rate", "seed", "date", "lateness", "map")
_FILE_OPTIONS = ("format", "speed", "lateness", "map", "tz", "calendar")
_KAFKA_OPTIONS = ("from", "form", "tune", "group", "lateness", "map")
_CALENDARS = ("nse", "us", "always")
_KAFKA_PORT = 9092
_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_SERVER = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:\[\]/@?#]+)(?::([0-9]{1,5}))?")


def parse_address(text: str) -> FeedAddress:
    """Return what an address names.

    Raises ConfigError naming the wrong part, for an unknown scheme or option, a bad value, or a bare
    path that does not exist.
    """
    if text[: len("kafka:")].lower() == "kafka:":
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
    columns = _columns(text, options)
    calendar = options.get("calendar")
    if calendar is not None:
        _one_of(text, "calendar", calendar, list(_CALENDARS))
    return FileAddress(
        path=Path(path),
        format=options.get("format"),
        speed=parse_speed(options.get("speed", "1")),
        columns=columns,
        lateness_ns=_lateness(options),
        text=text,
        zone=options.get("tz"),
        calendar=calendar,
    )


def _columns(text: str, options: Mapping[str, str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in filter(None, options.get("map", "").split(",")):
        ours, colon, theirs = pair.partition(":")
        if not colon or not ours or not theirs:
            raise ConfigError(f"{text!r}: map is ours:theirs,…, found {pair!r}")
        columns[ours] = theirs
    return columns


def _kafka(text: str) -> KafkaAddress:
    rest, _, query = text.removeprefix("kafka://").partition("?")
    servers, slash, topic = rest.partition("/")
    if not text.startswith("kafka://") or not slash or not topic or not servers:
        raise ConfigError(f"{text!r}: expected kafka://host:9092/topic")
    if _TOPIC_NAME.fullmatch(topic) is None or topic in (".", ".."):
        raise ConfigError(f"{text!r}: a topic's name has 1 to 249 of A-Z a-z 0-9 . _ -, found {topic[:60]!r}")
    options = _options(text, query, _KAFKA_OPTIONS)
    if "group" in options or options.get("from") == "committed":
        raise ConfigError(
            f"{text!r}: consumer groups come with a later version; without group= all partitions are read"
        )
    return KafkaAddress(
        servers=tuple(_server(text, each) for each in servers.split(",")),
        topic=topic,
        start=_start(text, options.get("from", "latest")),
        form=Form(_one_of(text, "form", options.get("form", Form.JSON.value), [each.value for each in Form])),
        throughput=_one_of(text, "tune", options.get("tune", "latency"), ["latency", "throughput"])
        == "throughput",
        columns=_columns(text, options),
        lateness_ns=_lateness(options),
        text=text,
    )


def _server(text: str, server: str) -> str:
    match = _SERVER.fullmatch(server)
    port = int(match[2] or _KAFKA_PORT) if match is not None else 0
    if match is None or not 1 <= port <= 65_535:
        raise ConfigError(f"{text!r}: expected a server as host:9092, found {server!r}")
    return f"{match[1]}:{port}"


def _one_of(text: str, name: str, value: str, known: list[str]) -> str:
    if value not in known:
        raise ConfigError(
            f"{text!r}: {name} is {' or '.join(known)}, found {value!r}.{nearest(value, known)}"
        )
    return value


def _start(text: str, value: str) -> Start:
    if value in (Beginning.LATEST.value, Beginning.EARLIEST.value):
        return Start(Beginning(value))
    if re.match(r"p[0-9]+:", value) is not None:
        return Start(Beginning.OFFSETS, offsets=_offsets(text, value))
    ts_ns = _instant_ns(value)
    if ts_ns is None:
        raise ConfigError(
            f"{text!r}: from is latest, earliest, a time as 2026-11-20T09:15:00+05:30, or offsets as "
            f"p0:123,p1:456; found {value!r}.{nearest(value, ['latest', 'earliest'])}"
        )
    return Start(Beginning.TIME, ts_ns=ts_ns)


def _offsets(text: str, value: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for pair in value.split(","):
        match = re.fullmatch(r"p([0-9]{1,9}):([0-9]{1,18})", pair.strip())
        if match is None:
            raise ConfigError(f"{text!r}: offsets are p0:123,p1:456, found {pair!r}")
        partition = int(match[1])
        if partition in found:
            raise ConfigError(f"{text!r}: partition {partition} is given twice")
        found[partition] = int(match[2])
    return found


def _instant_ns(value: str) -> int | None:
    """Return ns UTC of ISO 8601 text, without a zone UTC, or of an epoch number; None for anything else."""
    if re.fullmatch(r"[0-9]{1,19}", value) is not None:
        whole = int(value)
        ns = whole * next((unit for limit, unit in EPOCH_UNITS if whole < limit), 1)
        return ns if ns < 2**63 else None
    try:
        moment = datetime.fromisoformat(value)
        since = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    ns = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
    return ns if 0 <= ns < 2**63 else None
