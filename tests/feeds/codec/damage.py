"""Sound messages of both forms, and what becomes of them on a bad day."""

import json
import random
from collections.abc import Sequence

import pyarrow as pa
from pyarrow import ipc

from feeds.codec import ARROW_HEADERS, JSON_HEADERS, encode_arrow, encode_json
from tests.feeds.codec.messages import columns, decoded, stream, tick

HEADERS: Sequence[Sequence[tuple[str, bytes]]] = (
    JSON_HEADERS, ARROW_HEADERS, (), [("ct", b"xml")], [("ct", b"")], [("trace", b"json")],
    [*JSON_HEADERS, *ARROW_HEADERS],
)  # fmt: skip
TOKENS = (
    b"null",
    b"NaN",
    b"1e999",
    b"-",
    b'"',
    b"{",
    b"[",
    b"]",
    b"}",
    b",",
    b"\\u0000",
    b"\xff",
    b"\x00" * 8,
    b"9" * 25,
)


def seeds() -> list[bytes]:
    """Return sound messages of both forms, each of a shape of its own."""
    full = decoded(
        *(
            json.dumps(
                tick(
                    symbol=f"S{at % 3}",
                    ts=1_722_500_000_000_000_000 + at,
                    seq=at,
                    run="r",
                    source="s",
                    bid=1.5,
                    ask=2.5,
                )
            ).encode()
            for at in range(5)
        )
    )
    plain = stream(columns(rows=3), columns(rows=1))
    compressed = stream(columns(rows=50), options=ipc.IpcWriteOptions(compression="zstd"))
    wide = stream(
        columns(seq=pa.array([None, 4], pa.int64()), run=pa.array(["r", None]), venue=pa.array(["v", "w"]))
    )
    return [
        *encode_json(full)[:2],
        b'{"symbol": "NIFTY", "price": 24850, "volume": 15000}',
        json.dumps(
            tick(ts="2024-08-01T09:15:00.123456789+05:30", volume_total=5, extra={"a": [1, 2]})
        ).encode(),
        b"[" + b",".join(encode_json(full)) + b"]",
        encode_arrow(full, 0),
        plain,
        wide,
        compressed,
    ]


def damaged(rng: random.Random, sound: Sequence[bytes]) -> bytes:
    """Return one of the messages, changed in one to four ways."""
    value = bytearray(rng.choice(sound))
    for _ in range(rng.randrange(1, 5)):
        kind, at = rng.randrange(7), rng.randrange(len(value) + 1)
        if kind == 0 and at < len(value):
            value[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(value):
            value[at] = rng.randrange(256)
        elif kind == 2:
            del value[at:]
        elif kind == 3:
            value[at:at] = rng.choice(TOKENS)
        elif kind == 4:
            other = rng.choice(sound)
            cut = rng.randrange(len(other))
            value[at:] = other[cut:]
        elif kind == 5:
            value[at : at + 4] = rng.choice(
                (b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x00\x00\x00\x00", b"\xff" * 4)
            )
        else:
            del value[at : at + rng.randrange(1, 20)]
    return bytes(value)
