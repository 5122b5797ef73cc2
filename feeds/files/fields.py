"""Which column of a file is which: our names, the user's mapping, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import ConfigError, TapeError, nearest

TIME_FIELDS = ("ts_ns", "ts")
SIZE_FIELDS = ("size", "volume", "volume_total")
FIELDS = ("symbol", *TIME_FIELDS, "price", *SIZE_FIELDS, "seq", "run", "source", "bid", "ask", "arrival_ns")
"""The columns that a tick file may have, by our names."""
PLACE_FIELDS = ("partition", "offset", "index")
"""What a tape has besides."""
_SHOWN_COLUMNS = 20  # a refusal stays one readable line
_USUAL_SYMBOLS = ("tradingsymbol", "trading_symbol", "ticker", "instrument", "sym", "security")
_USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "ts": ("timestamp", "time", "datetime", "date", "exchange_timestamp", "ltt", "last_trade_time"),
    "price": ("ltp", "last_price", "last", "last_traded_price", "trade_price", "close"),
    "size": ("qty", "quantity", "amount", "ltq", "last_traded_quantity", "last_quantity"),
}


@dataclass(frozen=True, slots=True)
class Fields:
    """Where our fields stand in a file: `column` the position, `shown` the file's own name, by our name."""

    column: Mapping[str, int]
    shown: Mapping[str, str]

    def __contains__(self, field: object) -> bool:
        return field in self.column


def choose_fields(path: Path, found: Sequence[str], mapping: Mapping[str, str]) -> Fields:
    """Return where our fields stand among the columns found.

    A mapped field takes the column it is mapped to; any other takes the column of its own name, of two
    with one name the first, and the case does not matter where no name fits exactly. `ts_ns` is taken
    before `ts`, and `size` before `volume`.

    Raises ConfigError for a mapping that does not fit the file, TapeError where a column that a tick
    needs is missing; both name the columns found.
    """
    position: dict[str, int] = {}
    for place, name in enumerate(found):
        position.setdefault(name.strip(), place)
    loose = {name.lower(): place for name, place in reversed(position.items())}
    column: dict[str, int] = {}
    for ours, theirs in mapping.items():
        if ours not in FIELDS:
            raise ConfigError(
                f"map={ours}:{theirs}: no field is called {ours!r}.{nearest(ours, FIELDS)} "
                f"Fields: {', '.join(FIELDS)}"
            )
        if theirs not in position:
            raise ConfigError(
                f"map={ours}:{theirs}: {path.name} has no column {theirs!r}.{nearest(theirs, position)} "
                f"Found: {_listed(found)}"
            )
        column[ours] = position[theirs]
    for ours in FIELDS:
        place_found = position.get(ours, loose.get(ours))
        if ours not in column and place_found is not None and not _outranked(ours, mapping):
            column[ours] = place_found
    if "ts_ns" in column:
        column.pop("ts", None)
    if "size" in column:
        column.pop("volume", None)
    _require(path, found, column)
    return Fields(column, {ours: found[place].strip() for ours, place in column.items()})


def usual_columns(found: Sequence[str]) -> dict[str, str]:
    """Return which columns are, by their usual names, what a tick has under no name of ours here.

    >>> usual_columns(["Date", "LTP", "size"])
    {'ts': 'Date', 'price': 'LTP'}
    """
    names = {name.strip().lower(): name.strip() for name in reversed(found)}
    wanted = {"ts": TIME_FIELDS, "price": ("price",), "size": SIZE_FIELDS, "symbol": ("symbol",)}
    guesses = {}
    for ours, fields in wanted.items():
        if not any(field in names for field in fields):
            known = _USUAL_NAMES.get(ours, _USUAL_SYMBOLS)
            usual = next((names[each] for each in known if each in names), None)
            if usual is not None:
                guesses[ours] = usual
    return guesses


def _outranked(ours: str, mapping: Mapping[str, str]) -> bool:
    """Return whether another field that says the same was mapped by the user."""
    if ours in TIME_FIELDS:
        return any(field in mapping for field in TIME_FIELDS)
    return ours in ("size", "volume") and any(field in mapping for field in ("size", "volume"))


def _require(path: Path, found: Sequence[str], column: Mapping[str, int]) -> None:
    if not any(field in column for field in TIME_FIELDS):
        raise _missing(path, "a time column, ts or ts_ns", "ts", found)
    if "price" not in column:
        raise _missing(path, "a column price", "price", found)
    if not any(field in column for field in SIZE_FIELDS):
        raise _missing(path, "a column size, volume or volume_total", "size", found)


def _missing(path: Path, wanted: str, ours: str, found: Sequence[str]) -> TapeError:
    usual = [name.strip() for name in found if name.strip().lower() in _USUAL_NAMES[ours]]
    fix = f"?map={ours}:{usual[0] if usual else 'COLUMN'}"
    return TapeError(
        f"{path}: expected {wanted}, found {_listed(found)}; name the column that holds it, as in file:{path}{fix}"
    )


def _listed(found: Sequence[str]) -> str:
    names = ", ".join(repr(name.strip())[1:-1] for name in found[:_SHOWN_COLUMNS])
    more = len(found) - _SHOWN_COLUMNS
    return f"{names} and {more} more" if more > 0 else names or "no columns"
