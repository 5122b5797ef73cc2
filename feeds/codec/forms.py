"""The two forms of a message, and how a message says which of them it has."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

from feeds.codec.reasons import shown

Headers = Sequence[tuple[str, bytes]]

FORM_HEADER = "ct"
JSON_HEADERS: list[tuple[str, bytes]] = [(FORM_HEADER, b"json")]
"""Headers of a message that `encode_json` wrote."""
ARROW_HEADERS: list[tuple[str, bytes]] = [(FORM_HEADER, b"arrow")]
"""Headers of a message that `encode_arrow` wrote."""
MOST_MESSAGE_BYTES = 4 * 2**20
"""An Arrow message is no longer than this: it is read whole into memory, beside its columns."""
_STREAM_MARK = b"\xff\xff\xff\xff"  # begins an Arrow IPC stream, and never JSON: it is not UTF-8


class Record(Protocol):
    """A message as a consumer polls it; kafka-python's ConsumerRecord is one.

    `timestamp` is the broker's append time in ms since the epoch, below 0 where there is none.
    """

    @property
    def value(self) -> bytes | None:
        """Return the message's bytes."""

    @property
    def headers(self) -> Headers:
        """Return names and values beside the message."""

    @property
    def offset(self) -> int:
        """Return its place in the partition."""

    @property
    def timestamp(self) -> int:
        """Return its append time."""


class Form(enum.Enum):
    """What a message's bytes are."""

    JSON = "json"
    ARROW = "arrow"
    UNKNOWN = "unknown"


_NAMED = {b"json": Form.JSON, b"arrow": Form.ARROW}


def form_headers(headers: Sequence[Headers], values: Sequence[bytes | None]) -> list[Form]:
    """Return the form of each message: its last `ct` header names it, else its first bytes tell."""
    first = headers[0] if headers else ()
    if all(each is first for each in headers) or headers.count(first) == len(headers):
        named = named_form(first)
        if named is not None:
            return [named] * len(values)
        return [_form_by_bytes(value) for value in values]
    return [named_form(each) or _form_by_bytes(value) for each, value in zip(headers, values, strict=True)]


def named_form(headers: Headers) -> Form | None:
    """Return the form that headers name, UNKNOWN for a name that is none, None without the header."""
    found = None
    for name, value in headers:
        if name == FORM_HEADER:
            found = _NAMED.get(value, Form.UNKNOWN)
    return found


def unknown_form(headers: Headers) -> str:
    """Return why a message of UNKNOWN form cannot be read."""
    named = [value for name, value in headers if name == FORM_HEADER]
    text = named[-1].decode(errors="backslashreplace") if named and named[-1] is not None else None
    return f"expected the header {FORM_HEADER} to be json or arrow, found {shown(text)}"


def _form_by_bytes(value: bytes | None) -> Form:
    return Form.ARROW if value is not None and value[:4] == _STREAM_MARK else Form.JSON
