"""JSON messages become ticks: one a message, or a batch in an array.

Each message is decoded by itself, with its types checked. One that fails is looked at again field by
field: of duplicate keys the last counts, and a tick that is bad in one field still tells whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from feeds.codec.fields import WireFields
from feeds.codec.forms import MOST_MESSAGE_BYTES
from feeds.codec.reasons import EMPTY_BATCH, EMPTY_MESSAGE, of_error, shown

LARGEST_INT = 2**63 - 1
_SPACE = b" \t\r\n"
_MOST_LOOKED_AT = 131_072  # elements of a batch with bad ones: as many ticks as the longest message can hold
_NAN = float("nan")
_SEQ = Annotated[int, msgspec.Meta(ge=-LARGEST_INT, le=LARGEST_INT)]  # the one below stands for none
_TYPES: Mapping[str, Any] = {
    "symbol": str,
    "ts": int | float | str | None,
    "price": float,
    "size": float | None,
    "volume": float | None,
    "volume_total": float | None,
    "seq": _SEQ | None,
    "run": str | None,
    "session": str | None,
    "source": str | None,
    "bid": float | None,
    "ask": float | None,
}
_NEEDED = ("symbol", "price")
_TEXTS = frozenset({"symbol", "run", "session", "source"})
_IDENTITY = ("symbol", "seq", "run", "session", "source")


@dataclass(slots=True)
class JsonTicks:
    """Ticks in order, some of them bad.

    `ticks` has a struct of the reader's type for each; `counts` how many each message gave, at least 1;
    `defects` the reason by place among the ticks; `batches` the messages that were split into elements.
    """

    ticks: list[Any] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    defects: dict[int, str] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)


class JsonReader:
    """Reads the JSON messages of one feed, whose fields have the names `fields.json`."""

    def __init__(self, fields: WireFields) -> None:
        self._theirs = fields.json
        ours = [*_NEEDED, *(name for name in self._theirs if name not in _NEEDED)]
        self._tick = _struct([(name, _TYPES[name]) for name in ours], self._theirs, needed=len(_NEEDED))
        loose = _struct([(name, Any) for name in ours], self._theirs)
        identity = _struct([(name, Any) for name in _IDENTITY if name in self._theirs], self._theirs)
        self._decode = msgspec.json.Decoder(self._tick).decode
        self._decode_batch = msgspec.json.Decoder(list[self._tick]).decode  # type: ignore[name-defined]
        self._decode_loose = msgspec.json.Decoder(loose).decode
        self._decode_identity = msgspec.json.Decoder(identity).decode
        self.names = tuple(ours)
        """Our names of a tick's values, in the order of its struct."""

    def read(self, values: Sequence[bytes | None]) -> JsonTicks:
        """Return the ticks of messages."""
        found = JsonTicks()
        decode, add = self._decode, found.ticks.append
        others: dict[int, int] = {}
        for place, value in enumerate(values):
            try:
                add(decode(value))  # type: ignore[arg-type]
            except Exception:  # noqa: BLE001 - whatever these bytes raise, the next message is read
                before = len(found.ticks)
                if self._look_again(value, found):
                    found.batches.append(place)
                others[place] = len(found.ticks) - before
        found.counts = [1] * len(values)
        for place, count in others.items():
            found.counts[place] = count
        return found

    def _look_again(self, value: bytes | None, found: JsonTicks) -> bool:
        """Add what a message gives that is not one plain tick; return whether it was split into elements."""
        if not value:
            self._add(self._filler({}), EMPTY_MESSAGE, found)
        elif len(value) > MOST_MESSAGE_BYTES:
            self._add(
                self._filler({}), f"expected at most {MOST_MESSAGE_BYTES} bytes, found {len(value)}", found
            )
        elif value.lstrip(_SPACE)[:1] == b"[":
            return self._add_batch(value, found)
        else:
            self._add(*self._judged(value), found)
        return False

    def _add_batch(self, value: bytes, found: JsonTicks) -> bool:
        try:
            ticks = self._decode_batch(value)
        except Exception:  # noqa: BLE001 - its elements are then taken one by one
            ticks = []
        if ticks:
            found.ticks += ticks
            return True
        try:
            elements = split_batch(value)
        except Exception as error:  # noqa: BLE001 - it becomes the message's defect
            self._add(self._filler({}), of_error(error), found)
            return False
        if not elements:
            self._add(self._filler({}), EMPTY_BATCH, found)
        if len(elements) > _MOST_LOOKED_AT:
            told = f"expected at most {_MOST_LOOKED_AT} ticks in a batch with bad ones, found {len(elements)}"
            self._add(self._filler({}), told, found)
            return False
        for element in elements:
            try:
                found.ticks.append(self._decode(element))
            except Exception:  # noqa: BLE001 - as for a message of its own
                self._add(*self._judged(element), found)
        return bool(elements)

    @staticmethod
    def _add(tick: Any, reason: str, found: JsonTicks) -> None:
        if reason:
            found.defects[len(found.ticks)] = reason
        found.ticks.append(tick)

    def _judged(self, value: bytes | msgspec.Raw) -> tuple[Any, str]:
        """Return the tick of bytes that the typed decoder refused and ``""``, or a filler and a reason."""
        try:
            loose = self._decode_loose(value)
        except Exception as error:  # noqa: BLE001 - it becomes the reason
            return self._filler(self._identity(value)), of_error(error)
        fields = {name: getattr(loose, name) for name in self.names}
        for name, found in fields.items():
            expected = _expected(name, found)
            if expected:
                reason = f"expected {self._theirs[name]} to be {expected}, found {shown(found)}"
                return self._filler(fields), reason
        return self._tick(**{name: _converted(name, found) for name, found in fields.items()}), ""

    def _identity(self, value: bytes | msgspec.Raw) -> Mapping[str, Any]:
        try:
            loose = self._decode_identity(value)
        except Exception:  # noqa: BLE001 - then nobody can tell whose it is
            return {}
        return {name: getattr(loose, name) for name in _IDENTITY if name in self._theirs}

    def _filler(self, fields: Mapping[str, Any]) -> Any:
        """Return a tick without values whose symbol and seq are told where they could be read.

        A seq counts in its source and run: where one of these is unreadable, it tells nothing.
        """
        given = {name: fields.get(name) for name in _IDENTITY if name in self._theirs}
        good = {name: value for name, value in given.items() if not _expected(name, value)}
        if len(good) < len(given):
            good = {"symbol": good.get("symbol")}
        return self._tick(**{"symbol": None, **good, "price": _NAN})


def split_batch(value: bytes) -> list[msgspec.Raw]:
    """Return the elements of an array, as the bytes that each has; raises what msgspec does."""
    return _decode_elements(value)


_decode_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _struct(fields: Sequence[tuple[str, Any]], names: Mapping[str, str], needed: int = 0) -> Any:
    """Return a struct type with the given names in JSON; the fields after the first `needed` may be absent."""
    given = [each if place < needed else (*each, None) for place, each in enumerate(fields)]
    rename = {ours: names[ours] for ours, _ in fields}
    return msgspec.defstruct("Tick", given, rename=rename, gc=False)  # no tick can refer to itself


def _expected(name: str, found: object) -> str:
    """Return what a field should have been, ``""`` where it is good."""
    if found is None:
        return "given" if name in _NEEDED else ""
    if name in _TEXTS:
        return "" if isinstance(found, str) else "text"
    if name == "seq":
        whole = type(found) is int and abs(found) <= LARGEST_INT
        return "" if whole else "a whole number of 64 bits"
    if name == "ts":
        return "" if type(found) in (int, float, str) else "ISO 8601 or an epoch number"
    return "" if _is_number(found) else "a finite number"


def _is_number(found: object) -> bool:
    if type(found) is not int:
        return type(found) is float
    try:
        float(found)
    except OverflowError:
        return False
    return True


def _converted(name: str, found: Any) -> Any:
    plain = found is None or name in _TEXTS or name in ("seq", "ts")
    return found if plain else float(found)
