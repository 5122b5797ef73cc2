"""From an address to a source: the one place that knows every kind of feed."""

from __future__ import annotations

from analytics.errors import ConfigError
from analytics.instruments import InstrumentTable
from feeds.address import FeedAddress, FileAddress, SimAddress
from feeds.clock import Clock
from feeds.files import Reading, open_recording
from feeds.replay import ReplaySource
from feeds.simulator import SimulatedSource
from feeds.source import Source


def open_source(
    address: FeedAddress, *, clock: Clock, instruments: InstrumentTable, reading: Reading | None = None
) -> Source:
    """Return a source for an address; a recording is read whole first, as `reading` says.

    Raises ConfigError, TapeError, DecodeError or FeedError, in one line that names what is wrong, and
    OpeningCancelled where the reading was given up.
    """
    if isinstance(address, SimAddress):
        return SimulatedSource(address, clock, instruments)
    if isinstance(address, FileAddress):
        recording = open_recording(address, reading or reading_for(instruments))
        return ReplaySource(recording, clock, speed=address.speed, address=address.text)
    raise ConfigError(f"{address.text!r}: Kafka feeds come with a later version; use sim: or file:PATH")


def reading_for(instruments: InstrumentTable, zone: str | None = None) -> Reading:
    """Return how files are read where nothing more is asked: local times in each symbol's own zone."""
    return Reading(zone=zone, zone_of=lambda symbol: instruments.calendar_of(symbol).zone_name)


def topic_id(address: FeedAddress, opened_ns: int) -> str:
    """Return the id of the topic behind an address, for the tape.

    An in-process topic lives once and its offsets start at 0 again, so its id holds when it was opened:
    two recordings into one directory are then two topics, and no tick of one passes for another's.
    """
    return f"{address.text} opened {opened_ns}"
