"""Third-party indicator values of daily closes, to their printed precision, by the series that users get.

What differs between a column and our definition is told, and shown to be all that differs:

- The averages, MACD and Bollinger columns were computed in single precision: closes, seeds, variances and
  results were each rounded to 24 bits. Rounded likewise, our values print the same.
- RSI 14 Wilder comes from the closes as they are printed, and needs nothing.
- VWMA20 is told to the last bit of float64, summed in another order.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from tests.builders.batches import Batching, Clean, Scale

ROWS = 500
UPPER, LOWER = "Bollinger Bands® 20 2 Top", "Bollinger Bands® 20 2 Bottom"
Table = list[dict[str, str]]


def table(folder: Path, name: str) -> Table:
    with (folder / "ref" / name).open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    return found[:ROWS]


@pytest.fixture(scope="module")
def bands(test_data: Path) -> Table:
    return table(test_data, "spy_bollinger_bands.txt")


@pytest.fixture(scope="module")
def indicators(test_data: Path) -> Table:
    return table(test_data, "spy_with_indicators.txt")


@pytest.fixture(scope="module")
def weighted(test_data: Path) -> Table:
    return table(test_data, "spy_with_vwma.csv")


def closes(rows: Table) -> list[Decimal]:
    return [Decimal(row["Close"]) for row in rows]


def single(values: Sequence[Decimal] | np.ndarray) -> np.ndarray:
    """Return values rounded to single precision, as float64."""
    return np.array([float(each) for each in values]).astype(np.float32).astype(np.float64)


def series(
    prices: Sequence[Decimal], texts: Sequence[str], sizes: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Return series over ticks of these prices, one a second."""
    scale = max(-int(price.as_tuple().exponent) for price in prices)
    units = [int(price.scaleb(scale)) for price in prices]
    volumes = [1] * len(units) if sizes is None else sizes
    ticks = [
        Clean(at * 10**9, price, size) for at, (price, size) in enumerate(zip(units, volumes, strict=True))
    ]
    specs = [parse_series(text) for text in texts]
    engine = Engine(InstrumentTable(), specs)
    engine.take(Batching(scales={"A": Scale(scale, 0)}).batch(ticks))
    return [engine.views["A"].values(spec.text, 0, len(ticks)) for spec in specs]


def in_single_precision(rows: Table, texts: Sequence[str]) -> list[np.ndarray]:
    """Return series over closes as single precision holds them: they are whole in units of 2**-16."""
    units = [Decimal(each) for each in (single(closes(rows)) * 2**16).tolist()]
    return [values / 2**16 for values in series([each.quantize(Decimal(1)) for each in units], texts)]


def printed_otherwise(rows: Table, column: str, values: np.ndarray) -> list[int]:
    """Return the rows at which a value, rounded as its column is, is not what the file says.

    Both have a value from the same row on. A value halfway between two roundings may be either.
    """
    assert [row[column] == "" for row in rows] == np.isnan(values).tolist()
    found = []
    for at, (row, value) in enumerate(zip(rows, values.tolist(), strict=True)):
        if row[column]:
            told = Decimal(row[column])
            half = Decimal(1).scaleb(int(told.as_tuple().exponent)) / 2
            if abs(Decimal(value) - told) > half * (1 + Decimal("1e-9")):
                found.append(at)
    return found


def test_the_files_are_those_described(bands: Table, indicators: Table, weighted: Table) -> None:
    assert [sum(bool(row["Close"]) for row in rows) for rows in (bands, indicators, weighted)] == [
        500,
        499 + 1,
        500,
    ]
    assert sum(bool(row[UPPER]) for row in bands) == 481


def test_the_mean_of_20_closes(bands: Table) -> None:
    (mean,) = series(closes(bands), ["sma(20)"])
    assert printed_otherwise(bands, "Moving Average 20", mean) == []


@pytest.mark.parametrize(("column", "sign", "one_off"), [(UPPER, 1, [379]), (LOWER, -1, [186])])
def test_bollinger_bands(bands: Table, column: str, sign: int, one_off: list[int]) -> None:
    """One value of each band differs in the last bit of single precision, and prints otherwise."""
    text = f"bollinger_{'upper' if sign > 0 else 'lower'}(20, 2)"
    mean, band = in_single_precision(bands, ["sma(20)", text])
    about_rounded = ((band - mean) / 2) ** 2 + (mean - single(mean)) ** 2
    sigma = single(np.sqrt(single(about_rounded)))
    rounded = single(single(mean) + sign * 2 * sigma)
    assert printed_otherwise(bands, column, rounded) == one_off
    (exact,) = series(closes(bands), [text])
    told = np.array([float(row[column] or "nan") for row in bands])
    last_bit = np.spacing(told.astype(np.float32)).astype(np.float64)
    assert (np.abs(exact - told)[19:] <= 0.5e-4 + last_bit[19:]).all()


def test_the_mean_of_14_closes(indicators: Table) -> None:
    (mean,) = in_single_precision(indicators, ["sma(14)"])
    assert printed_otherwise(indicators, "SMA14", single(mean)) == []


def test_the_exponential_mean_of_14_closes(indicators: Table) -> None:
    (mean,) = in_single_precision(indicators, ["ema(14)"])
    assert printed_otherwise(indicators, "EMA14", single(mean)) == []


def test_wilders_relative_strength_index(indicators: Table) -> None:
    (index,) = series(closes(indicators), ["rsi(14)"])
    assert printed_otherwise(indicators, "RSI 14 Wilder", index) == []


def test_macd_of_12_and_26(indicators: Table) -> None:
    """The file's means begin from seeds in single precision, whose rounding fades by (N-1)/(N+1) a day."""
    macd, fast, slow = in_single_precision(indicators, ["macd(12, 26)", "ema(12)", "ema(26)"])
    days = np.arange(ROWS)
    faded = [
        (single(mean)[length - 1] - mean[length - 1]) * ((length - 1) / (length + 1)) ** (days - length + 1.0)
        for mean, length in ((fast, 12), (slow, 26))
    ]
    assert printed_otherwise(indicators, "MACD 12 26", single(macd + faded[0] - faded[1])) == []
    told = np.array([float(row["MACD 12 26"] or "nan") for row in indicators])
    assert np.nanmax(np.abs(macd - told)) < 1e-3  # half the last bit of a seed: the file's values are near


def test_the_mean_of_20_closes_weighted_by_volume(weighted: Table) -> None:
    prices, sizes = closes(weighted), [int(row["Volume"]) for row in weighted]
    (mean,) = series(prices, ["vwap(20 ticks)"], sizes)
    for at, row in enumerate(weighted):
        first = max(0, at - 19)  # of fewer than 20 days ours is taken over those there are, the file has none
        volume = sum(sizes[first : at + 1])
        pairs = zip(prices[first : at + 1], sizes[first : at + 1], strict=True)
        exact = sum((Fraction(price) * size for price, size in pairs), Fraction()) / volume
        assert abs(Fraction(float(mean[at])) - exact) <= Fraction(2, 2**53) * exact
        if row["VWMA20"]:
            assert abs(Fraction(row["VWMA20"]) - exact) <= Fraction(4, 2**53) * exact
        assert (row["VWMA20"] == "") == (at < 19)
