"""Event times as files write them: ISO 8601 text, epoch numbers of four units, dates of columnar files.

An epoch number's unit is found by the column's first good value: below 1e11 seconds, 1e14 milliseconds,
1e17 microseconds, else nanoseconds. Digits beyond the nanosecond are cut off. A text time without a zone
is local: of an hour that comes twice the earlier is meant, and a time that a zone skips is shifted
forward by what it skips (the rule of Python's ``fold=0``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

import numpy as np
import polars as pl

from analytics.durations import EPOCH_UNITS
from analytics.errors import ConfigError
from analytics.ticks import NO_TIME, Bool, Int64
from feeds.reading import named_zone

_NS = 1_000_000_000
_DAY_NS = 86_400 * _NS
_LARGEST = int(np.iinfo(np.int64).max)
_TIME_UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000}
_FIRST_YEAR, _LAST_YEAR = 1678, 2261  # whole years that int64 ns can hold
_FLOAT_GRAIN_NS = 1_000  # float64 cannot tell today's epoch times apart more finely
_ISO = (
    r"^([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?)?"
    r"\s?([Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_DECIMAL = r"^([+-]?)([0-9]+)\.([0-9]*)$"


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times, every array of shape (n,).

    `ns` is int64 ns, NO_TIME where there is none: UTC, or local where `local` says so. `missing` marks
    empty ones and `bad` those that are no time.
    """

    ns: Int64
    local: Bool
    missing: Bool
    bad: Bool


class TimeColumn:
    """Reads one column of times block by block; it remembers the unit that the first good value had."""

    def __init__(self, unit_ns: int | None = None) -> None:
        self._unit_ns = unit_ns

    def read(self, column: pl.Series) -> Times:
        """Return the times of a block, whatever type the file gives them."""
        kind = column.dtype
        if isinstance(kind, pl.Datetime):
            return _of_dates(column, _TIME_UNITS[kind.time_unit], kind.time_zone is None)
        if kind == pl.Date:
            return _of_dates(column, _DAY_NS, local=True)
        if kind.is_integer():
            return self._of_integers(column)
        if kind.is_numeric():
            return self._of_floats(column.cast(pl.Float64, strict=False))
        if kind == pl.Boolean:
            return _unreadable(column)
        return self._of_text(column.cast(pl.String, strict=False))

    def _unit_of(self, first: Decimal) -> int:
        if self._unit_ns is None:
            self._unit_ns = next((unit for limit, unit in EPOCH_UNITS if abs(first) < limit), 1)
        return self._unit_ns

    def _of_integers(self, column: pl.Series) -> Times:
        whole = column.cast(pl.Int64, strict=False)
        missing = column.is_null().to_numpy()
        lost = whole.is_null().to_numpy()
        ns, bad = self._scaled(whole.fill_null(0).to_numpy(), ~lost)
        return Times(ns, np.zeros(len(ns), np.bool_), missing, (bad | lost) & ~missing)

    def _scaled(self, whole: Int64, good: Bool) -> tuple[Int64, Bool]:
        """Return int64 ns of whole epoch numbers, and which of the good ones are out of range."""
        if not good.any():
            return np.full(len(whole), NO_TIME), np.zeros(len(whole), np.bool_)
        unit = self._unit_of(Decimal(int(whole[int(np.argmax(good))])))
        return _in_ns(whole, unit, good)

    def _of_floats(self, column: pl.Series) -> Times:
        values = column.fill_null(np.nan).to_numpy()
        missing = np.isnan(values)
        good = np.isfinite(values)
        ns = np.full(len(values), NO_TIME)
        if good.any():
            unit = self._unit_of(Decimal(float(values[int(np.argmax(good))])))
            good &= np.abs(np.where(good, values, 0.0)) < _LARGEST / unit
            whole = np.floor(values[good])
            grains = (
                np.rint((values[good] - whole) * (unit / _FLOAT_GRAIN_NS)) if unit > _FLOAT_GRAIN_NS else 0
            )
            ns[good] = whole.astype(np.int64) * unit + np.asarray(grains).astype(np.int64) * _FLOAT_GRAIN_NS
        return Times(ns, np.zeros(len(ns), np.bool_), missing, ~good & ~missing)

    def _of_text(self, column: pl.Series) -> Times:
        text = column.str.strip_chars()
        missing = (text.is_null() | (text == "")).to_numpy()
        as_number = text.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        numeric = np.isfinite(as_number) & ~missing
        ns = np.full(len(text), NO_TIME)
        local = np.zeros(len(text), np.bool_)
        if numeric.any():
            self._unit_of(Decimal(text[int(np.argmax(numeric))]))
            ns[numeric] = self._of_number_text(text.filter(pl.Series(numeric)))
        dated = ~numeric & ~missing
        if dated.any():
            ns[dated], local[dated] = _of_iso(text.filter(pl.Series(dated)))
        return Times(ns, local, missing, (ns == NO_TIME) & ~missing)

    def _of_number_text(self, text: pl.Series) -> Int64:
        """Return exact ns of numbers written out; NO_TIME where out of range."""
        unit = self._unit_of(Decimal(0))
        whole = text.cast(pl.Int64, strict=False)
        fractional = whole.is_null().to_numpy()
        ns, _ = self._scaled(whole.fill_null(0).to_numpy(), ~fractional)
        if fractional.any():
            ns[fractional] = _of_decimals(text.filter(pl.Series(fractional)), unit)
        return ns


def _of_decimals(text: pl.Series, unit: int) -> Int64:
    """Return exact ns of decimal fractions of a unit; those with an exponent are rare and taken singly."""
    digits = len(str(unit)) - 1
    parts = text.str.extract_groups(_DECIMAL).struct.unnest().to_dict(as_series=True)
    sign, before, after = (parts[name] for name in ("1", "2", "3"))
    whole = before.cast(pl.Int64, strict=False)
    plain = whole.is_not_null().to_numpy() & (whole.fill_null(0) < _LARGEST // unit).to_numpy()
    cut = after.fill_null("").str.pad_end(digits, "0").str.slice(0, digits) if digits else after.fill_null("")
    rest = cut.cast(pl.Int64, strict=False).fill_null(0).to_numpy() if digits else 0
    with np.errstate(over="ignore"):
        ns = whole.fill_null(0).to_numpy() * unit + rest
    ns = np.where((sign.fill_null("") == "-").to_numpy(), -ns, ns)
    for place in np.flatnonzero(~plain).tolist():
        ns[place] = _of_decimal(text[place], unit)
    return ns


def _of_decimal(text: str, unit: int) -> int:
    try:
        exact = int(Decimal(text) * unit)
    except (InvalidOperation, OverflowError):
        return NO_TIME
    return exact if abs(exact) <= _LARGEST else NO_TIME


def _of_iso(text: pl.Series) -> tuple[Int64, Bool]:
    """Return ns and whether local of ISO 8601 text; NO_TIME where it is none."""
    parts = text.str.extract_groups(_ISO).struct.unnest().to_dict(as_series=True)

    def number(group: int) -> Int64:
        return parts[str(group)].cast(pl.Int64, strict=False).fill_null(0).to_numpy()

    year, month, day = number(1), number(2), number(3)
    hour, minute, second = number(4), number(5), number(6)
    fraction = parts["7"].fill_null("").str.pad_end(9, "0").str.slice(0, 9).cast(pl.Int64, strict=False)
    offset_ns, zoned, offset_good = _of_offsets(parts["8"])
    good = (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12) & offset_good
    first = (np.where(good, year - 1970, 0) * 12 + np.where(good, month - 1, 0)).astype("M8[M]")
    month_days = ((first + np.timedelta64(1, "M")).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    good &= (day >= 1) & (day <= month_days) & (hour < 24) & (minute < 60) & (second < 60)
    days = first.astype("M8[D]").astype(np.int64) + np.where(good, day - 1, 0)
    clock_ns = ((hour * 60 + minute) * 60 + second) * _NS + fraction.fill_null(0).to_numpy()
    return np.where(good, days * _DAY_NS + clock_ns - offset_ns, NO_TIME), good & ~zoned


def _of_offsets(text: pl.Series) -> tuple[Int64, Bool, Bool]:
    """Return ns east of UTC, whether there is a zone at all, and whether it is one; few differ."""
    table = {each: _offset_ns(each) for each in text.unique().to_list()}
    keys = list(table)
    place = text.replace_strict(keys, list(range(len(keys))), return_dtype=pl.Int64).to_numpy()
    offsets = np.array([0 if table[each] is None else table[each] for each in keys], np.int64)
    zoned = np.array([each is not None for each in keys], np.bool_)
    good = np.array([table[each] is not None for each in keys], np.bool_)
    return offsets[place], zoned[place], good[place]


def _offset_ns(text: str | None) -> int | None:
    if text is None or text in ("Z", "z", "UTC"):
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or "0")
    if hours > 23 or minutes > 59:
        return None
    return (-1 if text[0] == "-" else 1) * (hours * 60 + minutes) * 60 * _NS


def _of_dates(column: pl.Series, unit: int, local: bool) -> Times:
    missing = column.is_null().to_numpy()
    ns, bad = _in_ns(column.to_physical().cast(pl.Int64).fill_null(0).to_numpy(), unit, ~missing)
    return Times(ns, (ns != NO_TIME) & local, missing, bad)


def _in_ns(whole: Int64, unit: int, good: Bool) -> tuple[Int64, Bool]:
    """Return int64 ns of whole numbers of a unit, and which of the good ones are out of range."""
    fits = good & (whole <= _LARGEST // unit) & (whole >= -(_LARGEST // unit))
    return np.where(fits, np.where(fits, whole, 0) * unit, NO_TIME), good & ~fits


def _unreadable(column: pl.Series) -> Times:
    missing = column.is_null().to_numpy()
    none = np.zeros(len(missing), np.bool_)
    return Times(np.full(len(missing), NO_TIME), none, missing, ~missing)


def local_to_utc(local_ns: Int64, zone: str) -> Int64:
    """Return UTC ns of local wall-clock ns, shape (n,), in a zone.

    An ambiguous time is the earlier one; one that the zone skips is shifted forward by what it skips.
    Raises ConfigError for an unknown zone.
    """
    known = named_zone(zone)
    wall = pl.Series(local_ns).cast(pl.Datetime("ns"))
    try:
        placed = wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    except pl.exceptions.PolarsError as error:
        raise ConfigError(f"time zone {zone!r} is not known here: {error}") from error
    utc = np.array(placed.to_physical().fill_null(NO_TIME).to_numpy())
    for place in np.flatnonzero(utc == NO_TIME).tolist():
        seconds, rest = divmod(int(local_ns[place]), _NS)
        moment = datetime(1970, 1, 1, tzinfo=known) + timedelta(seconds=seconds)
        utc[place] = int(moment.astimezone(UTC).timestamp()) * _NS + rest
    return utc
