"""The fingerprint of what the engine computed: 64 bits a tick, chained.

Tick i has x_i, mixed of its symbol, time, price and size with their scales, the bits of every series that
is asked for of it, and what fired on it. The chain is h_i = K·h_(i-1) + x_i modulo 2**64, K odd, so two
engines that ever differed at a tick differ from there on, and the first tick where they do is the one.
Over a frame it is K**i·(K·h + Σ x_j·K**-j): a running sum, whose values do not depend on where frames end.

The mix is a sum of bits times odd numbers, then a permutation: one value that changed always shows. No
value and a series that is not asked for are the same, and mix to nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.frame import Frame
from analytics.ticks import Float64, Int64, TickBatch

UInt64: TypeAlias = NDArray[np.uint64]

DIGEST_TICKS = 65_536
"""Ticks after which the state of rules that have not fired is mixed in, where the engine can tell it."""
_MODULUS = 2**64
_STEP = 0x9E3779B97F4A7C15  # K: 2**64 divided by the golden ratio, made odd
_STEP_BACK = pow(_STEP, -1, _MODULUS)
_NAN = np.uint64(0x7FF8000000000000)  # of all NaNs the one that stands for no value
_MIXERS = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))  # MurmurHash3's
_SHIFT = np.uint64(33)


@dataclass(frozen=True, slots=True)
class Checked:
    """Ticks in the engine's order with their fingerprints; every array has shape (n,).

    - `first`: the number of ticks before these.
    - `row`: each tick's reading order in the feed.
    - `fingerprint`: the chain once the tick is in it.
    - `values`: ``price``, ``size`` and each series by its text, NaN where the tick has no value of it.
    - `fired`: by place, what fired there, as JSON: a list of ``[rule, value or null, shown]``.
    """

    first: int
    row: Int64
    fingerprint: UInt64
    values: Mapping[str, Float64]
    fired: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.row)


class Fired(Protocol):
    """What a fingerprint takes of a firing."""

    @property
    def rule(self) -> str:
        """The rule's name."""

    @property
    def row(self) -> int:
        """The tick's reading order in the feed."""

    @property
    def silent(self) -> bool:
        """Whether it fired in silence; then it belongs to the first tick whose clock is at or past its time."""

    @property
    def ts_ns(self) -> int:
        """When it fired."""

    @property
    def value(self) -> float:
        """What it compared with."""

    @property
    def shown(self) -> bool:
        """Whether it is shown."""


class Fingerprint:
    """Takes the fingerprint of one engine, as its witness, and hands it on frame by frame.

    `told` gets each frame's `Checked`. `digest`, where it is set, returns 64 bits of what the rules hold; it is
    asked after every `DIGEST_TICKS` ticks, which must then be the end of a frame. What fires in silence is in the
    fingerprint of the first tick whose clock is at or past its time.
    """

    def __init__(self, told: Callable[[Checked], object], *, digest: Callable[[], int] | None = None) -> None:
        self._told = told
        self.digest = digest
        self._factors: dict[str, np.uint64] = {}
        self._watched: tuple[str, ...] = ()
        self._watched_of: dict[str, tuple[str, ...]] = {}
        self._symbols = _SymbolTable()
        self._room: UInt64 = np.empty(0, np.uint64)
        self.forget()

    def watch(self, series: Iterable[str], of_symbols: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        """Take these series into account from the next tick on: some of every symbol, others of one.

        To be told anew with each change of what is asked for. What the engine keeps besides, so as to
        compute these, may be kept sooner or later in the midst of a frame, and is left out.
        """
        self._watched = tuple(dict.fromkeys(series))
        more: dict[str, dict[str, None]] = {}
        for symbol, texts in of_symbols:
            more.setdefault(symbol, {}).update(dict.fromkeys(texts))
        self._watched_of = {
            symbol: tuple(dict.fromkeys((*self._watched, *texts))) for symbol, texts in more.items()
        }
        for text in (*self._watched, *(text for texts in more.values() for text in texts)):
            self._factors.setdefault(text, np.uint64(_hash(text) | 1))

    def forget(self) -> None:
        """Begin anew, as if no tick had come."""
        self.ticks = 0
        """Ticks in the chain."""
        self._chain = 0
        self._silent: list[Fired] = []

    def see(self, frame: Frame, firings: Sequence[Fired]) -> None:
        """Take the ticks of a frame into the chain."""
        part = slice(frame.start, frame.stop)
        row = frame.batch.row[part]
        fired = self._fired(frame, row, firings)
        if not frame.size:
            return
        series = self._series(frame)
        batch = frame.batch
        codes = batch.symbol[part]
        mixed = self._symbols.of(batch).take(codes)
        bits = self._scratch(frame.size)
        for units, factor in ((batch.ts_ns, _TIME), (batch.price, _PRICE), (batch.size, _SIZE)):
            np.multiply(units[part].view(np.uint64), factor, out=bits)
            mixed += bits
        for text, column in series.items():
            np.bitwise_xor(column.view(np.uint64), _NAN, out=bits)
            bits *= self._factors[text]
            mixed += bits
        for place, text in fired.items():
            mixed[place] ^= np.uint64(_hash(text))
        _permute(mixed, bits)
        self._follow(mixed)
        price = batch.price[part] / self._symbols.by_price.take(codes)
        size = batch.size[part] / self._symbols.by_size.take(codes)
        values = {"price": price, "size": size, **series}
        self._told(Checked(self.ticks - frame.size, row, mixed, values, fired))

    def _scratch(self, length: int) -> UInt64:
        """Return room for a column, the same each time: new pages cost more than what is done in them."""
        if len(self._room) < length:
            self._room = np.empty(_power_of_two(length), np.uint64)
        return self._room[:length]

    def _follow(self, mixed: UInt64) -> None:
        """Put ticks into the chain, in place."""
        up, down = _powers(_power_of_two(len(mixed)))
        mixed *= down[: len(mixed)]
        np.add.accumulate(mixed, out=mixed)
        mixed += np.uint64(self._chain * _STEP % _MODULUS)
        mixed *= up[: len(mixed)]
        self._chain = int(mixed[-1])
        self.ticks += len(mixed)
        if self.digest is not None and self.ticks % DIGEST_TICKS == 0:
            self._chain = (self._chain ^ self.digest()) * _STEP % _MODULUS

    def _series(self, frame: Frame) -> dict[str, Float64]:
        """Return each watched series in the engine's order; each NaN is the one NaN."""
        together = np.empty((len(self._factors), frame.size))
        if self._watched_of or len(self._watched) < len(self._factors):
            together.fill(np.nan)
        numbers = {text: number for number, text in enumerate(self._factors)}
        start = 0
        for name, span in frame.spans.items():
            stop = start + span.stop - span.start
            columns = frame.columns[name]
            for text in self._watched_of.get(name, self._watched):
                try:
                    values = columns.series(text)[span.start : span.stop]
                except KeyError:  # a column that every tick has, or none that its rule needs yet
                    together[numbers[text], start:stop] = np.nan
                else:
                    together[numbers[text], start:stop] = values
            start = stop
        absent = np.isnan(together)
        if np.count_nonzero(absent):
            together[absent] = np.nan
        if len(frame.spans) == 1:
            return dict(zip(self._factors, together, strict=True))
        order = np.concatenate(list(frame.places.values()))
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return {text: each.take(back) for text, each in zip(self._factors, together, strict=True)}

    def _fired(self, frame: Frame, row: Int64, firings: Sequence[Fired]) -> dict[int, str]:
        """Return what fired at which place; what fires after the last tick waits for the next frame."""
        if not firings and not self._silent:
            return {}
        rises = np.count_nonzero(row[1:] < row[:-1]) == 0
        order = None if rises else row.argsort(kind="stable")
        at: dict[int, list[object]] = {}
        waiting: list[Fired] = []
        for firing in (*self._silent, *firings):
            near = int(row.searchsorted(firing.row, sorter=order))
            place = near if order is None or near == len(row) else int(order[near])
            if firing.silent or near == len(row) or row[place] != firing.row:
                place = int(frame.clock_ns.searchsorted(firing.ts_ns))
            if place < len(row):
                at.setdefault(place, []).append(_told(firing))
            else:
                waiting.append(firing)
        self._silent = waiting
        return {place: json.dumps(told, ensure_ascii=False) for place, told in sorted(at.items())}


class _SymbolTable:
    """What each symbol's ticks have in common, by the guard's code: shape (symbols,)."""

    def __init__(self) -> None:
        self._known: tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())
        self._hashes: dict[str, int] = {}
        self._mixed: UInt64 = np.empty(0, np.uint64)
        self.by_price: Float64 = np.empty(0)
        """Units of a price in 1."""
        self.by_size: Float64 = np.empty(0)

    def of(self, batch: TickBatch) -> UInt64:
        """Return the mix of each symbol's name and scales in a batch."""
        now = (batch.symbols, batch.price_scale, batch.size_scale)
        if now != self._known:
            scales = list(zip(*now, strict=True))
            self._mixed = np.array([self._mix(*each) for each in scales], np.uint64)
            self.by_price = np.array([10.0**price for _, price, _ in scales])
            self.by_size = np.array([10.0**size for *_, size in scales])
            self._known = now
        return self._mixed

    def _mix(self, symbol: str, price_scale: int, size_scale: int) -> int:
        if symbol not in self._hashes:
            self._hashes[symbol] = _hash(symbol)
        return (self._hashes[symbol] + price_scale * _SCALE + size_scale * _SCALE**2) % _MODULUS


def _told(firing: Fired) -> list[object]:
    return [firing.rule, None if math.isnan(firing.value) else firing.value, firing.shown]


def _hash(text: str) -> int:
    name = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


_TIME, _PRICE, _SIZE = (np.uint64(_hash(name) | 1) for name in ("time", "price", "size"))
_SCALE = _hash("scale") | 1


def _permute(mixed: UInt64, scratch: UInt64) -> None:
    """Spread each number's bits over all of it, in place; no two become one. `scratch` is written over."""
    for factor in _MIXERS:
        mixed ^= np.right_shift(mixed, _SHIFT, out=scratch)
        mixed *= factor
    mixed ^= np.right_shift(mixed, _SHIFT, out=scratch)


def _power_of_two(length: int) -> int:
    return 1 << max(length - 1, 0).bit_length()


@lru_cache(maxsize=32)
def _powers(length: int) -> tuple[UInt64, UInt64]:
    """Return K**i and K**-i for i below a length, modulo 2**64, each of shape (length,)."""
    found = []
    for base in (_STEP, _STEP_BACK):
        powers = np.full(length, base, np.uint64)
        powers[0] = 1
        found.append(np.multiply.accumulate(powers))
    return found[0], found[1]
