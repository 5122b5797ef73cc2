"""What the columns of an Arrow message must be, compared before its body is read."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from analytics.errors import DecodeError
from feeds.codec.compression import FRAME_BYTES
from feeds.codec.fields import WireFields
from feeds.codec.reasons import one_line, shown

WIRE_VERSION = b"1"
VERSION_KEY, PARTITION_KEY = b"tickdesk.version", b"tickdesk.partition"
NEEDED_COLUMNS = ("symbol", "ts_ns", "price", "size")
NAME_COLUMNS = ("symbol", "run", "source")
WHOLE_COLUMNS = ("ts_ns", "seq")
_LONGEST_KNOWN = 8_192
_MOST_KNOWN = 256  # each partition's messages have a schema of their own: it names the partition
_INDEX_TYPES = (pa.int8(), pa.int16(), pa.int32())


class SchemaCheck:
    """Finds our columns in the schemas of one feed's messages; good ones are remembered by their bytes."""

    def __init__(self, fields: WireFields) -> None:
        self._theirs = fields.arrow
        self._known: dict[bytes, Mapping[str, int]] = {}

    def places(self, message: bytes, schema: pa.Schema) -> Mapping[str, int]:
        """Return where each of our columns stands in a message that begins with this schema.

        Raises DecodeError for another version, a column that is missing, twice there or of a wrong type,
        and an unknown column that is neither of a fixed width nor text.
        """
        size = FRAME_BYTES + int.from_bytes(message[FRAME_BYTES - 4 : FRAME_BYTES], "little")
        written = message[: min(size, _LONGEST_KNOWN)]
        places = self._known.get(written)
        if places is None:
            _check_version(schema)
            places = self._found(schema)
            if size <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[written] = places
        return places

    def _found(self, schema: pa.Schema) -> dict[str, int]:
        ours = {theirs: name for name, theirs in self._theirs.items()}
        places: dict[str, int] = {}
        for place, (theirs, kind) in enumerate(zip(schema.names, schema.types, strict=True)):
            name = ours.get(theirs)
            expected = _expected(name, kind)
            if expected:
                raise DecodeError(one_line(f"expected column {theirs} to be {expected}, found {kind}"))
            if name in places:
                raise DecodeError(one_line(f"expected one column {theirs}, found two"))
            if name is not None:
                places[name] = place
        for name in NEEDED_COLUMNS:
            if name not in places:
                listed = ", ".join(schema.names) or "no columns"
                raise DecodeError(
                    one_line(f"expected a column {self._theirs.get(name, name)}, found {listed}")
                )
        return places


def _check_version(schema: pa.Schema) -> None:
    version = (schema.metadata or {}).get(VERSION_KEY)
    if version != WIRE_VERSION:
        found = None if version is None else version.decode(errors="backslashreplace")
        raise DecodeError(
            f"expected the metadata {VERSION_KEY.decode()} to be {WIRE_VERSION.decode()}, found {shown(found)}"
        )


def _expected(name: str | None, kind: pa.DataType) -> str:
    """Return the type that a column should have had, ``""`` where it is good."""
    if name is None:
        plain = pa.types.is_primitive(kind) or pa.types.is_string(kind)
        return "" if plain else "a number or text, as an unknown column is"
    if name in NAME_COLUMNS:
        if pa.types.is_dictionary(kind):
            coded = kind.index_type in _INDEX_TYPES and pa.types.is_string(kind.value_type)
        else:
            coded = pa.types.is_string(kind)
        return "" if coded else "utf8 or a dictionary of it"
    if name in WHOLE_COLUMNS:
        return "" if pa.types.is_int64(kind) else "int64"
    return "" if pa.types.is_float64(kind) else "double"
