import pytest

from analytics.errors import ConfigError
from app.viewmodels.size_filter import size_of


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("  ", 0),
        ("500", 500),
        ("1,25,000", 125_000),
        ("5k", 5_000),
        ("2 L", 200_000),
        ("1.5Cr", 15_000_000),
    ],
)
def test_a_size_is_read_as_it_is_typed(text, size):
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["abc", "5x", "-3", "1e9", "nan", "k", "9" * 400])
def test_what_is_no_size_is_named(text):
    with pytest.raises(ConfigError, match="Expected a size"):
        size_of(text)
