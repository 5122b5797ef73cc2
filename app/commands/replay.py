"""``tickdesk replay``: recorded ticks into a topic, at their own pace or another."""

from __future__ import annotations

import threading
from dataclasses import replace

from app.commands.output import progress
from app.commands.publishing import publish, publishing
from app.commands.recording import file_address, instruments_for
from feeds.address import parse_speed
from feeds.clock import SystemClock
from feeds.files import open_recording
from feeds.opening import open_sink, reading_for
from feeds.replay import ReplaySource


def run(file: str, to: str, speed: str | None, tz: str | None, calendar: str | None) -> int:
    """Publish a recording's ticks; rows that cannot be read are left out and counted.

    Raises ConfigError for a bad option or address, TapeError or OSError for the file, FeedError where the
    topic cannot be published to or has not acknowledged all.
    """
    address = file_address(file)
    pace = address.speed if speed is None else parse_speed(speed)

    def work(ended: threading.Event) -> None:
        with progress(f"Opening {address.path.name}", 1) as advance:
            reading = replace(
                reading_for(instruments_for(calendar), tz),
                progress=lambda done, total: advance(done / max(total, 1)),
                cancelled=ended.is_set,
            )
            recording = open_recording(address, reading)
        source = ReplaySource(recording, SystemClock(), speed=pace)
        with progress(f"Publishing {address.path.name}", recording.rows) as advance:
            publish(source, sink, ended, advance, None)

    sink = open_sink(to)
    publishing(sink, work)
    return 0
