"""``tickdesk simulate``: simulated ticks into a file or a tape, as fast as they can be made, or live to a topic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from pyarrow import csv

from analytics.durations import NS_PER_SECOND, parse_duration_ns
from analytics.errors import ConfigError, TapeError
from analytics.ticks import Arrivals, Float64
from app.commands.output import RowGroups, progress, tell, written_aside
from app.commands.publishing import publish, publishing
from feeds.address import SimAddress, parse_address
from feeds.clock import SystemClock
from feeds.embedded import EmbeddedTopic
from feeds.instruments import load_instruments
from feeds.opening import open_sink
from feeds.simulator import SimulatedSource, simulated_ticks
from feeds.tape import TapeWriter

_SESSION_S = 6.25 * 3_600  # 09:15 to 15:30, for the estimate of progress only
_SCHEMA = pa.schema(
    [
        pa.field("symbol", pa.string()),
        pa.field("ts_ns", pa.int64()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
        pa.field("seq", pa.int64()),
        pa.field("run", pa.string()),
        pa.field("source", pa.string()),
        pa.field("bid", pa.float64()),
        pa.field("ask", pa.float64()),
        pa.field("arrival_ns", pa.int64()),
    ]
)
_Write = Callable[[Arrivals], None]


def run(
    to: str, symbols: str | None, rate: float | None, seed: int | None, duration: str | None, date: str | None
) -> int:
    """Write the ticks of one session from 09:15, or of `duration` of market time.

    To a topic they go as they fall due, from 09:30 on as ``sim:`` does. Raises ConfigError for a bad option,
    TapeError where a tape stands there already, OSError, FeedError where the topic takes none.
    """
    address = _address(symbols, rate, seed, date)
    duration_ns = None if duration is None else parse_duration_ns(duration)
    if duration_ns == 0:
        raise ConfigError("--for is a time above 0, as 90s or 15m; found 0")
    if to.startswith("kafka:"):
        return _publish(address, to, duration_ns)
    target = _target(to)
    seconds = _SESSION_S if duration_ns is None else duration_ns / NS_PER_SECOND
    count = 0
    ticks = simulated_ticks(address, SystemClock(), load_instruments(), duration_ns=duration_ns)
    with (
        target(Path(to), address.text) as write,
        progress("Simulating", round(address.rate * seconds)) as advance,
    ):
        for arrivals in ticks:
            write(arrivals)
            count += len(arrivals)
            advance(count)
    tell(f"{count} ticks in {to}")
    return 0


def _publish(address: SimAddress, to: str, duration_ns: int | None) -> int:
    """Publish the market as it goes; one session unless `duration_ns` says how long."""

    def work(ended: threading.Event) -> None:
        source = SimulatedSource(address, SystemClock(), load_instruments(), already_traded=0)
        until_ns = None if duration_ns is None else source.live_from_ns + duration_ns
        shown = None if duration_ns is not None else False
        total = round(address.rate * (duration_ns or 0) / NS_PER_SECOND)
        try:
            with progress("Publishing", total, shown=shown) as advance:
                publish(source, sink, ended, advance, until_ns)
        finally:
            source.close()

    sink = open_sink(to)
    publishing(sink, work)
    return 0


def _address(symbols: str | None, rate: float | None, seed: int | None, date: str | None) -> SimAddress:
    """Return the options as the address that `sim:` would have, so that both obey the same rules."""
    names = None if symbols is None else ",".join(quote(each, safe="") for each in symbols.split(","))
    options = {"symbols": names, "rate": rate, "seed": seed, "date": date}
    given = "&".join(f"{name}={value}" for name, value in options.items() if value is not None)
    address = parse_address(f"sim:?{given}" if given else "sim:")
    assert isinstance(address, SimAddress)
    return address


def _target(to: str) -> Callable[[Path, str], AbstractContextManager[_Write]]:
    if to.startswith("sim:"):
        raise ConfigError(
            f"{to!r} makes ticks and takes none; name a .csv or .parquet file or a tape directory"
        )
    kinds = {".csv": _csv_file, ".parquet": _parquet_file, "": _tape}
    kind = kinds.get(Path(to).suffix.lower()) if to else None
    if kind is None:
        raise ConfigError(
            f"expected a .csv or .parquet file, or a tape directory without a suffix, found {to!r}"
        )
    return kind


@contextmanager
def _csv_file(path: Path, _: str) -> Iterator[_Write]:
    plain = csv.WriteOptions(quoting_style="needed")
    with written_aside(path) as aside, csv.CSVWriter(aside, _SCHEMA, write_options=plain) as writer:
        yield lambda arrivals: writer.write_table(tick_table(arrivals))


@contextmanager
def _parquet_file(path: Path, _: str) -> Iterator[_Write]:
    with written_aside(path) as aside, RowGroups(aside, _SCHEMA) as groups:
        yield lambda arrivals: groups.write(tick_table(arrivals))


@contextmanager
def _tape(path: Path, topic_id: str) -> Iterator[_Write]:
    """Write a tape of the ticks as the in-process topic places them."""
    if path.is_dir() and any(path.iterdir()):
        raise TapeError(f"{path} is not empty; name another directory for the tape")
    topic = EmbeddedTopic(SystemClock())
    writer = TapeWriter(path, topic_id=topic_id)

    def write(arrivals: Arrivals) -> None:
        topic.publish(arrivals)
        while (placed := topic.poll(0.0)) is not None:
            writer.write(placed)

    try:
        yield write
    finally:
        writer.close()


def tick_table(arrivals: Arrivals) -> pa.Table:
    """Return simulated ticks as the columns of a tick file."""
    assert arrivals.run is not None
    assert arrivals.source is not None
    assert arrivals.bid is not None
    assert arrivals.ask is not None
    return pa.Table.from_arrays(
        [
            _texts(arrivals.symbols, arrivals.symbol),
            pa.array(arrivals.ts_ns),
            pa.array(arrivals.price),
            pa.array(arrivals.size),
            pa.array(arrivals.seq),
            _texts(arrivals.runs, arrivals.run),
            _texts(arrivals.sources, arrivals.source),
            _known(arrivals.bid),
            _known(arrivals.ask),
            pa.array(arrivals.arrival_ns),
        ],
        schema=_SCHEMA,
    )


def _texts(table: tuple[str, ...], codes: object) -> pa.Array:
    return pa.DictionaryArray.from_arrays(codes, pa.array(table, pa.string())).cast(pa.string())


def _known(values: Float64) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
