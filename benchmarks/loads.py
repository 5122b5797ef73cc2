"""What loads a window: ticks into a topic, by a process that shares nothing with it.

``python -m benchmarks.loads fill ADDRESS TICKS`` writes a topic as fast as it can be written.
``python -m benchmarks.loads paced ADDRESS PLAN SHIFT_NS`` publishes JSON as PLAN says, ``rate x seconds,…``;
each tick bears the time at which it was sent, less SHIFT_NS. Both tell in one line of JSON what they did.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic_ns, perf_counter, sleep, time_ns
from typing import Any

import numpy as np

from analytics.calendar import NSE
from analytics.instruments import Instrument
from analytics.ticks import NO_TIME, Arrivals, Float64
from benchmarks.programs import tell
from benchmarks.rows import peer
from feeds.address import KafkaAddress, parse_address
from feeds.codec import JSON_HEADERS
from feeds.instruments import load_instruments
from feeds.kafka.sink import KafkaSink
from feeds.kafka.topics import facts_of
from feeds.partitions import partition_of
from feeds.simulator.trading_days import last_finished_day

SYMBOLS = 13
_ROUND = 4_096  # prices of a symbol, after which they come again
_ABOVE = 1.05  # a price may walk so far up that its steps widen
_SESSION_NS = 22_500 * 10**9
_TOGETHER = 500_000
_PAUSE_S = 0.001
_LINGER_MS = 2  # a request for each tick would load the broker more than the window
_TOO_FAST_TO_STAMP = 50_000
_FLUSH_S = 60.0
_MOST_QUEUED = 2_000_000


@dataclass(frozen=True, slots=True)
class Phase:
    """So many ticks a second for so many seconds."""

    rate: int
    seconds: float

    @property
    def ticks(self) -> int:
        """Return how many ticks that are."""
        return round(self.rate * self.seconds)


class LoadMarket:
    """Endless ticks of 13 symbols that trade, in turn, each numbered from 1 and on its grid of prices.

    `prices` has shape (13, 4096): tick n is of symbol n % 13, and its prices come again after 4,096.
    """

    def __init__(self) -> None:
        table = [each for each in load_instruments() if each.has_volume and each.previous_close is not None]
        self.symbols = tuple(each.symbol for each in table[:SYMBOLS])
        self.prices = np.array([_prices(each, number) for number, each in enumerate(table[:SYMBOLS])])
        self.lots = np.array([each.lot for each in table[:SYMBOLS]], np.float64)

    def arrivals(self, first: int, count: int, start_ns: int, gap_ns: int) -> Arrivals:
        """Return ticks [first, first + count), `gap_ns` apart from `start_ns` on."""
        number = np.arange(first, first + count)
        symbol, turn = number % SYMBOLS, number // SYMBOLS
        nothing = np.zeros(count, np.int32)
        return Arrivals(
            symbols=self.symbols,
            symbol=symbol.astype(np.int32),
            ts_ns=start_ns + number * gap_ns,
            price=self.prices[symbol, turn % _ROUND],
            size=self.lots[symbol],
            seq=turn + 1,
            arrival_ns=np.full(count, NO_TIME),
            partition=nothing,
            offset=number,
            index=nothing,
        )


class JsonMarket:
    """The same ticks as JSON messages, each made in less than a microsecond."""

    def __init__(self, market: LoadMarket) -> None:
        self.symbols = market.symbols
        lots = market.lots.tolist()
        self._heads = [
            [f'{{"symbol":"{symbol}","price":{price!r},"volume":{lot!r},"ts":' for price in prices]
            for symbol, prices, lot in zip(market.symbols, market.prices.tolist(), lots, strict=True)
        ]

    def message(self, number: int, ts_ns: int) -> bytes:
        """Return tick `number`, sent at `ts_ns`."""
        turn, symbol = divmod(number, SYMBOLS)
        return f'{self._heads[symbol][turn % _ROUND]}{ts_ns},"seq":{turn + 1}}}'.encode()


def session_start_ns() -> int:
    """Return 09:15 of the last trading day that has ended, ns UTC."""
    return NSE.hours(last_finished_day(time_ns())).continuous_ns


def plan_text(phases: Sequence[Phase]) -> str:
    """Return phases as the program takes them."""
    return ",".join(f"{each.rate}x{each.seconds:g}" for each in phases)


def parse_plan(text: str) -> list[Phase]:
    """Return the phases of such a text. Raises ValueError where it is none."""
    pairs = (each.split("x") for each in text.split(","))
    return [Phase(int(rate), float(seconds)) for rate, seconds in pairs]


def fill(address: KafkaAddress, ticks: int) -> None:
    """Write a session of so many ticks to a topic."""
    market, start_ns = LoadMarket(), session_start_ns()
    with KafkaSink(address) as sink:
        for first in range(0, ticks, _TOGETHER):
            count = min(_TOGETHER, ticks - first)
            sink.publish(market.arrivals(first, count, start_ns, _SESSION_NS // ticks))
        counts = sink.close(120.0)
    tell({"sent": ticks, "acknowledged": counts.acknowledged})


class Paced:
    """Publishes ticks as they fall due. Its client is librdkafka's: at this pace it costs the least."""

    def __init__(self, address: KafkaAddress, shift_ns: int) -> None:
        settings: dict[str, Any] = {
            "bootstrap.servers": ",".join(address.servers),
            "acks": "all",
            "linger.ms": _LINGER_MS,
            "queue.buffering.max.messages": _MOST_QUEUED,
            "delivery.report.only.error": True,
            "on_delivery": self._failed,
        }
        self._producer = peer("confluent_kafka").Producer(settings)
        self._topic = address.topic
        self._shift_ns = shift_ns
        market = JsonMarket(LoadMarket())
        partitions = len(facts_of(address.servers, address.topic).partitions)
        self._places = [partition_of(each, partitions) for each in market.symbols]
        self._keys = [each.encode() for each in market.symbols]
        self._message = market.message
        self._prepared: dict[int, bytes] = {}
        self.sent = self.failed = 0

    def _failed(self, _error: object, _message: object) -> None:
        self.failed += 1

    def run(self, phase: Phase) -> None:
        """Publish one phase's ticks until the broker has them; one that is too fast takes longer."""
        first, began = self.sent, perf_counter()
        while self.sent < first + phase.ticks:
            due = first + min(int((perf_counter() - began) * phase.rate), phase.ticks)
            for number in range(self.sent, due):
                self._send(number, self._prepared.get(number))
            self.sent = due
            self._producer.poll(0)
            sleep(_PAUSE_S)
        self.failed += self._producer.flush(_FLUSH_S)

    def prepare(self, phases: Sequence[Phase]) -> None:
        """Make the messages of those phases beforehand that leave no time to stamp them."""
        first, at_ns = 0, time_ns() - self._shift_ns
        for phase in phases:
            if phase.rate >= _TOO_FAST_TO_STAMP:
                gap_ns = 10**9 // phase.rate
                for number in range(phase.ticks):
                    self._prepared[first + number] = self._message(first + number, at_ns + number * gap_ns)
            first += phase.ticks
            at_ns += round(phase.seconds * 1e9)

    def _send(self, number: int, prepared: bytes | None) -> None:
        symbol = number % SYMBOLS
        self._producer.produce(
            self._topic,
            self._message(number, time_ns() - self._shift_ns) if prepared is None else prepared,
            key=self._keys[symbol],
            partition=self._places[symbol],
            headers=JSON_HEADERS,
        )


def publish_paced(address: KafkaAddress, phases: Sequence[Phase], shift_ns: int) -> None:
    """Publish phase after phase, and tell when each began and ended, in monotonic ns."""
    paced = Paced(address, shift_ns)
    paced.prepare(phases)
    spans = []
    for phase in phases:
        began_ns = monotonic_ns()
        paced.run(phase)
        spans.append((began_ns, monotonic_ns()))
    tell({"sent": paced.sent, "acknowledged": paced.sent - paced.failed, "spans_ns": spans})


def _prices(instrument: Instrument, seed: int) -> Float64:
    """Return a walk of single steps that ends where it began, about the previous close."""
    close = instrument.previous_close
    assert close is not None
    grid = instrument.tick_at(close * _ABOVE)  # a coarser step than that of now lies on its grid too
    step = 0.05 if grid is None else float(grid)
    walk = np.cumsum(np.random.default_rng(seed).integers(-1, 2, _ROUND))
    back = np.rint(np.linspace(0, walk[-1], _ROUND)).astype(np.int64)
    found: Float64 = np.round((round(close / step) + walk - back) * step, instrument.price_scale)
    return found


def main(deed: str, text: str, *rest: str) -> None:
    """Do as the command line says."""
    address = parse_address(text)
    assert isinstance(address, KafkaAddress)
    if deed == "fill":
        fill(address, int(rest[0]))
    else:
        publish_paced(address, parse_plan(rest[0]), int(rest[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
