"""Finds a compressed body in an Arrow stream, before anything is decompressed.

pyarrow decompresses as it reads a batch, where some kilobytes can ask for gigabytes, and does not tell
beforehand. So the stream's messages are walked here by hand: each is a mark, the length of its metadata,
the metadata (a flatbuffer), and a body whose length the metadata tells. Framing of before Arrow 0.15,
without the mark, is refused: what pyarrow reads is what was walked.

Source: Arrow's columnar format, "Encapsulated message format"; ``format/Message.fbs``; the flatbuffers
internals ("vtables").
"""

from __future__ import annotations

import struct

from analytics.errors import DecodeError

_read_frame = struct.Struct("<Ii").unpack_from
_read_u16, _read_i32 = struct.Struct("<H").unpack_from, struct.Struct("<i").unpack_from
_read_u32, _read_i64 = struct.Struct("<I").unpack_from, struct.Struct("<q").unpack_from
FRAME_BYTES = 8
_MARK = 0xFFFFFFFF
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3  # MessageHeader
_V5 = 4  # MetadataVersion; before it, compression could also be told in a message's own metadata
_VERSION, _HEADER_TYPE, _HEADER, _BODY_LENGTH, _CUSTOM_METADATA = range(5)  # fields of Message
_BATCH_OF_DICTIONARY = 1  # field of DictionaryBatch
_COMPRESSION = 3  # field of RecordBatch
_FIRST_SLOT = 4  # a vtable begins with two sizes of 16 bits


def bodies_of(stream: bytes) -> tuple[slice, ...] | None:
    """Return where each body of an Arrow stream lies, empty ones left out; None where one is compressed.

    One that may be compressed counts as such. Raises DecodeError where the stream is not framed as one, or
    its metadata points outside it, or bytes follow its end.
    """
    try:
        return _walk(stream)
    except (struct.error, IndexError) as error:
        raise DecodeError(
            f"expected a whole Arrow stream, found {len(stream)} bytes of a broken one"
        ) from error


def _walk(stream: bytes) -> tuple[slice, ...] | None:
    bodies: list[slice] = []
    at = 0
    while at < len(stream):
        mark, size = _read_frame(stream, at)
        if mark != _MARK or size < 0:
            raise DecodeError(f"expected an Arrow message at byte {at}, found something else")
        at += FRAME_BYTES
        if not size:
            break
        message = at + _read_u32(stream, at)[0]
        if _is_compressed(stream, message):
            return None
        length_at = _field(stream, message, _BODY_LENGTH)
        length = _read_i64(stream, length_at)[0] if length_at else 0
        at += size + length
        if length < 0 or at > len(stream):
            raise IndexError(at)
        if length:
            bodies.append(slice(at - length, at))
    if at < len(stream):
        raise DecodeError(f"expected one Arrow stream, found {len(stream) - at} bytes after its end")
    return tuple(bodies)


def _is_compressed(stream: bytes, message: int) -> bool:
    kind_at = _field(stream, message, _HEADER_TYPE)
    header_at = _field(stream, message, _HEADER)
    if not kind_at or not header_at:
        return False
    kind = stream[kind_at]
    if kind not in (_DICTIONARY_BATCH, _RECORD_BATCH):
        return False
    batch = header_at + _read_u32(stream, header_at)[0]
    if kind == _DICTIONARY_BATCH:
        batch_at = _field(stream, batch, _BATCH_OF_DICTIONARY)
        if not batch_at:
            return False
        batch = batch_at + _read_u32(stream, batch_at)[0]
    return _field(stream, batch, _COMPRESSION) > 0 or _tells_more(stream, message)


def _tells_more(stream: bytes, message: int) -> bool:
    """Return whether a message of an old version has metadata of its own, where compression may be told."""
    version_at = _field(stream, message, _VERSION)
    version = _read_u16(stream, version_at)[0] if version_at else 0
    return version < _V5 and _field(stream, message, _CUSTOM_METADATA) > 0


def _field(stream: bytes, table: int, field: int) -> int:
    """Return where a table's field lies, 0 where the table does not have it.

    Only a vtable can lie before what points to it: all other places are sums of what is not negative.
    """
    vtable = table - _read_i32(stream, table)[0]
    if vtable < 0:
        raise IndexError(vtable)
    slot = _FIRST_SLOT + 2 * field
    if slot + 2 > _read_u16(stream, vtable)[0]:
        return 0
    offset: int = _read_u16(stream, vtable + slot)[0]
    return table + offset if offset else 0
