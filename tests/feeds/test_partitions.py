import pytest

from feeds.partitions import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_agrees_with_the_values_in_kafkas_own_tests(key: bytes, digest: int) -> None:
    assert murmur2(key) == digest


def test_a_partition_is_the_digest_without_its_sign_modulo_the_partitions() -> None:
    assert partition_of("foobar", 7) == (-790332482 & 0x7FFFFFFF) % 7
    assert partition_of("M&M", 1) == 0


def test_a_symbol_beyond_ascii_is_hashed_as_utf8() -> None:
    assert partition_of("जय", 1000) == (murmur2("जय".encode()) & 0x7FFFFFFF) % 1000
