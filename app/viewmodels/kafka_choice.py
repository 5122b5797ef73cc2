"""What is chosen in the Kafka dialog: its lines as typed, the address that they make, and what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from analytics.errors import ConfigError
from app.topic_finder import LookupState, TopicLookup
from feeds.address import Beginning, KafkaAddress, parse_address
from feeds.kafka.vocabulary import TopicSummary

DEFAULT_SERVERS = "localhost:9092"
DEFAULT_TOPIC = "ticks.v1"
BEGINNINGS = (
    (Beginning.LATEST, "New ticks only"),
    (Beginning.EARLIEST, "Everything the topic holds"),
    (Beginning.TIME, "From a time"),
    (Beginning.OFFSETS, "From offsets"),
)
"""Where reading may begin, the usual first."""
DETAIL_EXAMPLES = {Beginning.TIME: "2026-11-20T09:15:00+05:30", Beginning.OFFSETS: "p0:123,p1:456"}
"""The beginnings that need a detail, with an example of it."""
DETAIL_HINTS = {
    Beginning.LATEST: "From now on.",
    Beginning.EARLIEST: "From the oldest tick on, then the new ones.",
    Beginning.TIME: "A time without a zone is UTC.",
    Beginning.OFFSETS: "Partition and offset; a partition not named begins at its newest tick.",
}
_PORT = 9092
_SHOWN_CHARS = 32
_SERVER = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[\w.-]+)(?::(?P<port>[0-9]+))?")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_OFFSET = re.compile(r"p([0-9]{1,9}):([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2262, 1, 1, tzinfo=UTC)  # the last whole year that int64 ns can hold is before it
_INTERNAL = "__"


@dataclass(frozen=True, slots=True)
class KafkaChoice:
    """The dialog's lines. `others` are options of an address that have no line, as ``lateness=2s``."""

    servers: str = DEFAULT_SERVERS
    topic: str = DEFAULT_TOPIC
    start: Beginning = Beginning.LATEST
    start_detail: str = ""
    throughput: bool = False
    others: tuple[str, ...] = ()

    @property
    def server_list(self) -> tuple[str, ...]:
        """Return the servers, each with its port."""
        return tuple(_with_port(each) for each in re.split(r"[,\s]+", self.servers) if each)

    @property
    def topic_name(self) -> str:
        """Return the topic as it is looked for."""
        return self.topic.strip()

    @property
    def address(self) -> str:
        """Return the feed address, without what is at its default; right only where there is no fault.

        >>> KafkaChoice("host, host2:9093", "ticks.v1", Beginning.EARLIEST, throughput=True).address
        'kafka://host:9092,host2:9093/ticks.v1?from=earliest&tune=throughput'
        """
        options = [*self._from(), *(("tune=throughput",) if self.throughput else ()), *self.others]
        query = f"?{'&'.join(options)}" if options else ""
        return f"kafka://{','.join(self.server_list)}/{self.topic_name}{query}"

    @property
    def servers_fault(self) -> str | None:
        """Return what is wrong with the servers, in one line."""
        if not self.server_list:
            return f"Name a server, such as {DEFAULT_SERVERS}."
        for server in self.server_list:
            match = _SERVER.fullmatch(server)
            if match is None:
                return f"“{_short(server)}” is no server; write host:{_PORT}, several with commas."
            if not 1 <= int(match["port"][:6]) <= 65_535:
                return f"“{_short(server)}”: a port is from 1 to 65535."
        return None

    @property
    def topic_fault(self) -> str | None:
        """Return what is wrong with the topic, in one line."""
        if not self.topic_name:
            return f"Name a topic, such as {DEFAULT_TOPIC}."
        if len(self.topic_name) > 249:
            return f"A topic’s name has at most 249 signs; this one has {len(self.topic_name)}."
        if _TOPIC.fullmatch(self.topic_name) is None or self.topic_name in (".", ".."):
            return "A topic’s name is made of letters A–Z and a–z, digits, dots, _ and -."
        return None

    @property
    def start_fault(self) -> str | None:
        """Return what is wrong with where reading begins, in one line."""
        if self.start is Beginning.TIME and _time(self.start_detail) is None:
            return f"Write a time, such as {DETAIL_EXAMPLES[self.start]}."
        if self.start is Beginning.OFFSETS:
            return _offsets_fault(self.start_detail)
        return None

    @property
    def fault(self) -> str | None:
        """Return the first thing that is wrong, in one line; None where the address can be opened."""
        return self.servers_fault or self.topic_fault or self.start_fault

    def with_others_of(self, before: KafkaChoice) -> KafkaChoice:
        """Return this choice with another's further options, where it names the same topic: they are the
        topic's.
        """
        same = (self.server_list, self.topic_name) == (before.server_list, before.topic_name)
        return replace(self, others=before.others if same else ())

    def _from(self) -> tuple[str, ...]:
        if self.start is Beginning.LATEST:
            return ()
        if self.start is Beginning.TIME:
            moment = _time(self.start_detail)
            return () if moment is None else (f"from={moment.isoformat()}",)
        if self.start is Beginning.OFFSETS:
            return (f"from={','.join(_pairs(self.start_detail))}",)
        return (f"from={self.start.value}",)


def choice_of(address: str | None) -> KafkaChoice | None:
    """Return the choice that makes an address; None where that is not Kafka's, or is wrong."""
    if address is None or not address.startswith("kafka://"):
        return None
    try:
        parsed = parse_address(address)
    except ConfigError:
        return None
    if not isinstance(parsed, KafkaAddress):
        return None
    query = address.partition("?")[2]
    options = {part.partition("=")[0]: part.partition("=")[2] for part in query.split("&") if part}
    detail = unquote(options.pop("from", ""))
    options.pop("tune", None)
    if parsed.start.beginning is Beginning.TIME and detail.isdigit():  # an epoch number
        detail = (_EPOCH + timedelta(microseconds=parsed.start.ts_ns // 1_000)).isoformat()
    return KafkaChoice(
        servers=", ".join(parsed.servers),
        topic=parsed.topic,
        start=parsed.start.beginning,
        start_detail=detail if parsed.start.beginning in DETAIL_EXAMPLES else "",
        throughput=parsed.throughput,
        others=tuple(f"{name}={value}" for name, value in options.items()),
    )


def shown_topics(topics: tuple[TopicSummary, ...], typed: str) -> tuple[TopicSummary, ...]:
    """Return the topics that have what is typed in their names, by name; Kafka's own are left out."""
    wanted = typed.strip().casefold()
    found = (each for each in topics if not each.name.startswith(_INTERNAL))
    return tuple(
        sorted((each for each in found if wanted in each.name.casefold()), key=lambda each: each.name)
    )


def words_for_list(lookup: TopicLookup | None, choice: KafkaChoice, typed: str) -> str | None:
    """Return what stands in place of the list of topics; None where there are topics to show."""
    if lookup is None or lookup.servers != choice.server_list:
        return "Press Enter in Servers, or List topics, to see what is there."
    if lookup.state is LookupState.LOOKING:
        return "Looking…"
    if lookup.state is LookupState.FAILED:
        return f"No list: {lookup.fault}"
    if shown_topics(lookup.topics, typed):
        return None
    if shown_topics(lookup.topics, ""):
        return f"No topic has “{_short(typed.strip())}” in its name."
    return "There are no topics on this broker yet."


def _with_port(server: str) -> str:
    match = _SERVER.fullmatch(server)
    return f"{server}:{_PORT}" if match is not None and match["port"] is None else server


def _time(text: str) -> datetime | None:
    """Return the moment of ISO 8601 text, without a zone UTC; None where it is none that a tick can have."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return moment if _EPOCH <= moment < _END else None


def _pairs(text: str) -> list[str]:
    return [pair for pair in re.split(r"[,\s]+", text) if pair]


def _offsets_fault(text: str) -> str | None:
    named: set[int] = set()
    for pair in _pairs(text):
        match = _OFFSET.fullmatch(pair)
        if match is None:
            return f"“{_short(pair)}” is no offset; write {DETAIL_EXAMPLES[Beginning.OFFSETS]}."
        if int(match[1]) in named:
            return f"Partition {int(match[1])} is named twice."
        named.add(int(match[1]))
    return None if named else f"Write offsets, such as {DETAIL_EXAMPLES[Beginning.OFFSETS]}."


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
