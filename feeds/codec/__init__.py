"""Ticks on the wire: messages of a topic in two forms, JSON and Arrow, decoded and encoded."""

from feeds.codec.decoder import TickDecoder
from feeds.codec.encode import encode_json, publishable
from feeds.codec.encode_arrow import encode_arrow
from feeds.codec.forms import ARROW_HEADERS, JSON_HEADERS, MOST_MESSAGE_BYTES, Record

__all__ = [
    "ARROW_HEADERS",
    "JSON_HEADERS",
    "MOST_MESSAGE_BYTES",
    "Record",
    "TickDecoder",
    "encode_arrow",
    "encode_json",
    "publishable",
]
