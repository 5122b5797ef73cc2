"""Which partition of a topic a symbol's ticks go to: Java's murmur2 of the key, as Kafka's clients do it."""

from __future__ import annotations

from functools import lru_cache

_SEED = 0x9747B28C
_FACTOR = 0x5BD1E995
_SHIFT = 24
_WORD = 0xFFFFFFFF
_LARGEST_INT = 0x7FFFFFFF


def murmur2(key: bytes) -> int:
    """Return the 32-bit murmur2 hash of a key as Java's signed int.

    Source: ``org.apache.kafka.common.utils.Utils.murmur2``.

    >>> murmur2(b"foobar")
    -790332482
    """
    digest = _SEED ^ len(key)
    whole = len(key) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(key[at : at + 4], "little") * _FACTOR & _WORD
        word = (word ^ word >> _SHIFT) * _FACTOR & _WORD
        digest = (digest * _FACTOR & _WORD) ^ word
    if whole < len(key):
        digest = (digest ^ int.from_bytes(key[whole:], "little")) * _FACTOR & _WORD
    digest = (digest ^ digest >> 13) * _FACTOR & _WORD
    digest ^= digest >> 15
    return digest - (1 << 32) if digest > _LARGEST_INT else digest


@lru_cache(maxsize=65_536)
def partition_of(symbol: str, partitions: int) -> int:
    """Return the partition, from 0, of a symbol in a topic of `partitions` partitions."""
    return (murmur2(symbol.encode()) & _LARGEST_INT) % partitions
