"""What a feed publishes to, where that is another program's topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from analytics.ticks import Arrivals


@dataclass(frozen=True, slots=True)
class SinkCounts:
    """Where the ticks went: `sent` = `acknowledged` + `refused` + those still on their way.

    `unfit` were never sent: they cannot be written so that they read back as they are.
    """

    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    unfit: int = 0


class Sink(Protocol):
    """A topic to publish to; for one thread."""

    @property
    def where(self) -> str:
        """Return the topic's name and place."""

    @property
    def cause(self) -> str:
        """Return why ticks were refused, or ``""``."""

    @property
    def counts(self) -> SinkCounts:
        """Return where the ticks went so far."""

    def publish(self, arrivals: Arrivals) -> None:
        """Send ticks, waiting while too many are on their way. Raises FeedError where that has no end."""

    def give_up_soon(self) -> None:
        """Wait from now on only while acknowledgements keep coming; may be called amid a `publish`."""

    def close(self, timeout_s: float = 30.0) -> SinkCounts:
        """Wait until all is acknowledged, or the time is up; return the final counts. May be called twice."""
