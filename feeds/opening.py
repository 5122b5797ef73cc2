"""From an address to a source: the one place that knows every kind of feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analytics.errors import ConfigError
from analytics.instruments import InstrumentTable
from feeds.address import FeedAddress, FileAddress, KafkaAddress, SimAddress, parse_address
from feeds.clock import Clock
from feeds.kafka.vocabulary import TopicSummary
from feeds.reading import Reading
from feeds.simulator import SimulatedSource
from feeds.sink import Sink
from feeds.source import FeedStatus, Source


def open_source(
    address: FeedAddress,
    *,
    clock: Clock,
    instruments: InstrumentTable,
    reading: Reading | None = None,
    told: Callable[[FeedStatus], None] | None = None,
) -> Source:
    """Return a source for an address; a recording is read whole first, as `reading` says.

    A broker that does not answer is tried once, or, where `told` takes what comes of it, until one does or
    `reading` is cancelled. Raises ConfigError, TapeError, DecodeError or FeedError, in one line that names
    what is wrong, and OpeningCancelled where the opening was given up.
    """
    if isinstance(address, SimAddress):
        return SimulatedSource(address, clock, instruments)
    if isinstance(address, FileAddress):
        from feeds.files import open_recording  # as long again as all the rest of a feed
        from feeds.replay import ReplaySource

        recording = open_recording(address, reading or reading_for(instruments))
        return ReplaySource(recording, clock, speed=address.speed, address=address.text)
    return _connected(address, clock, reading, told)


def open_sink(text: str) -> Sink:
    """Return the topic to publish to that an address names.

    Raises ConfigError for an address that takes no ticks, FeedError where the topic cannot be published to.
    """
    address = parse_address(text)
    if not isinstance(address, KafkaAddress):
        raise ConfigError(f"{text!r} takes no ticks; name a topic, as kafka://localhost:9092/ticks.v1")
    from feeds.kafka.sink import KafkaSink  # a third of a second that other feeds need not wait for

    return KafkaSink(address)


def find_topics(servers: Sequence[str]) -> tuple[TopicSummary, ...]:
    """Return the topics of a broker by name. Raises FeedError where it cannot be asked."""
    from feeds.kafka.topics import list_topics  # as above

    return list_topics(servers)


def _connected(
    address: KafkaAddress, clock: Clock, reading: Reading | None, told: Callable[[FeedStatus], None] | None
) -> Source:
    from feeds.kafka.source import KafkaSource  # as above

    source = KafkaSource(address, clock)
    cancelled = None if reading is None else reading.cancelled
    source.connect(told=told, cancelled=cancelled or (lambda: False))
    return source


def reading_for(instruments: InstrumentTable, zone: str | None = None) -> Reading:
    """Return how files are read where nothing more is asked: local times in each symbol's own zone."""
    return Reading(zone=zone, zone_of=lambda symbol: instruments.calendar_of(symbol).zone_name)


def topic_id(source: Source, opened_ns: int) -> str:
    """Return the id of the topic behind a source, for the tape.

    A topic that outlives this program has its own. An in-process topic lives once and its offsets start at 0
    again, so its id holds when it was opened: two recordings into one directory are then two topics, and no
    tick of one passes for another's.
    """
    info = source.info
    return info.topic_id or f"{info.address} opened {opened_ns}"
