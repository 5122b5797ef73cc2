"""The catalogue of series, one for commands, charts and rules: their texts, and what computes them."""

from __future__ import annotations

import re

from analytics.errors import ConfigError, nearest
from analytics.series import (
    averages,
    bars,
    extremes,
    flow,
    index,
    momentum,
    prices,
    profile,
    volatility,
    vwaps,
)
from analytics.series.spec import Calculator, Entry, SeriesSpec, WideCalculator

_LONGEST_TEXT = 200
_SERIES = re.compile(r"\s*([A-Za-z_][A-Za-z_0-9]*)\s*(?:\((.*)\))?\s*")

_MODULES = (prices, vwaps, averages, momentum, volatility, bars, flow, extremes, profile, index)

CATALOGUE: dict[str, Entry] = {each.name: each for module in _MODULES for each in module.ENTRIES}
"""Every series by its name; a person's own are added when the program starts (`add_entry`)."""


def add_entry(entry: Entry) -> None:
    """Add a series to the catalogue. Raises ConfigError where the name is taken or none that can be written."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", entry.name) is None:
        raise ConfigError(f"expected a name of letters, digits and _, found {entry.name!r}")
    if entry.name in CATALOGUE:
        raise ConfigError(f"a series {entry.name!r} exists already; choose another name")
    CATALOGUE[entry.name] = entry


def parse_series(text: str) -> SeriesSpec:
    """Return the series that a text names.

    >>> parse_series("vwap( 1m )").text
    'vwap(60s)'

    Raises ConfigError naming the text, what is wrong with it and the nearest series.
    """
    if len(text) > _LONGEST_TEXT:
        raise ConfigError(f"expected a series such as vwap(60s), found {len(text)} characters")
    match = _SERIES.fullmatch(text)
    if match is None:
        raise ConfigError(f"expected a series such as vwap(60s), found {text!r}")
    entry = CATALOGUE.get(match[1])
    if entry is None:
        known = ", ".join(each.usage for each in CATALOGUE.values())
        raise ConfigError(f"unknown series {text!r}.{nearest(match[1], CATALOGUE)} Known: {known}")
    arguments = [] if not (match[2] or "").strip() else [part.strip() for part in match[2].split(",")]
    try:
        return entry.read(arguments)
    except ConfigError as error:
        raise ConfigError(f"series {text!r}: {error}; it is written {entry.usage}") from None


def calculator(spec: SeriesSpec) -> Calculator:
    """Return what computes a series for one symbol from its first row on.

    Raises ConfigError for a column of every tick, which nothing computes, and for a series of several symbols.
    """
    build = CATALOGUE[spec.name].build
    if build is None:
        why = "a column of every tick, not computed" if spec.is_column else "computed from several symbols"
        raise ConfigError(f"{spec.name} is {why}")
    return build(spec)


def wide_calculator(spec: SeriesSpec) -> WideCalculator | None:
    """Return what computes a series of one symbol from several, None for all other series."""
    wide = CATALOGUE[spec.name].wide
    return None if wide is None else wide(spec)


def power_of(spec: SeriesSpec) -> int | None:
    """Return the power in the running sums that a series hangs on, None where it hangs on none."""
    return CATALOGUE[spec.name].power
