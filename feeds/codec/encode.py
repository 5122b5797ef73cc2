"""Ticks become messages that read back as what they were: which rows can, and JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Bool, Float64, Int32, Int64
from analytics.validation import symbol_fault

_NUMBER_FROM_NS = 10**17
"""Times from here on (March 1973) read back as ns from a bare number; nearer to the epoch they are text."""


class _JsonTick(msgspec.Struct, omit_defaults=True, gc=False):
    symbol: str
    price: float
    volume: float | None = None
    volume_total: float | None = None
    ts: int | str | None = None
    seq: int | None = None
    run: str | None = None
    source: str | None = None
    bid: float | None = None
    ask: float | None = None


def publishable(arrivals: Arrivals) -> Bool:
    """Return which ticks, shape (n,), can be written so that they read back as they are.

    Such a tick has no defect, a symbol that the guard accepts, a finite price, a finite size or
    volume_total, no infinite number, and names that are valid text.
    """
    good = _texts_good(arrivals.symbol, tuple(not symbol_fault(name) for name in arrivals.symbols))
    good &= (arrivals.symbol != NO_CODE) & np.isfinite(arrivals.price)
    for codes, names in ((arrivals.run, arrivals.runs), (arrivals.source, arrivals.sources)):
        if codes is not None:
            good &= _texts_good(codes, tuple(map(_is_text, names)))
    sized = np.isfinite(arrivals.size)
    if arrivals.volume_total is not None:
        sized |= np.isfinite(arrivals.volume_total)
    good &= sized
    for column in (arrivals.size, arrivals.volume_total, arrivals.bid, arrivals.ask):
        if column is not None:
            good &= ~np.isinf(column)
    good[list(arrivals.defects)] = False
    return good


def check_publishable(arrivals: Arrivals) -> None:
    """Raise ValueError naming the first tick that is not publishable."""
    bad = np.flatnonzero(~publishable(arrivals))
    if len(bad):
        raise ValueError(
            f"expected ticks that read back as they are, found another at {bad[0]}: see publishable()"
        )


def encode_json(arrivals: Arrivals) -> list[bytes]:
    """Return one JSON message for each tick, whose headers are `JSON_HEADERS`.

    Times are int ns, but ISO 8601 text where such a number would read back as another unit. What a tick
    does not have is left out. Place and arrival time are the topic's and are not written.

    Raises ValueError where a tick is not publishable.
    """
    check_publishable(arrivals)
    n = len(arrivals)
    columns = (
        _named(arrivals.symbols, arrivals.symbol, n),
        arrivals.price.tolist(),
        _given(arrivals.size, n),
        _given(arrivals.volume_total, n),
        _times(arrivals.ts_ns),
        [None if seq == NO_SEQ else seq for seq in arrivals.seq.tolist()],
        _named(arrivals.runs, arrivals.run, n),
        _named(arrivals.sources, arrivals.source, n),
        _given(arrivals.bid, n),
        _given(arrivals.ask, n),
    )
    encode = msgspec.json.Encoder().encode
    return [encode(_JsonTick(*cells)) for cells in zip(*columns, strict=True)]


def _texts_good(codes: Int32, good: tuple[bool, ...]) -> Bool:
    return np.array([*good, True], np.bool_)[codes]  # NO_CODE is -1 and so finds the last


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _named(names: tuple[str, ...], codes: Int32 | None, n: int) -> Sequence[str | None]:
    if codes is None:
        return [None] * n
    table = (*names, None)
    return [table[code] for code in codes.tolist()]


def _given(values: Float64 | None, n: int) -> Sequence[float | None]:
    if values is None:
        return [None] * n
    cells: list[float | None] = values.tolist()
    return [None if cell != cell else cell for cell in cells] if np.isnan(values).any() else cells


def _times(ts_ns: Int64) -> Sequence[int | str | None]:
    cells: list[int | str | None] = ts_ns.tolist()
    near = (ts_ns < _NUMBER_FROM_NS) & (ts_ns > -_NUMBER_FROM_NS)
    for place in np.flatnonzero(near).tolist():
        cells[place] = f"{np.datetime_as_string(ts_ns[place].astype('M8[ns]'), unit='ns')}Z"
    for place in np.flatnonzero(ts_ns == NO_TIME).tolist():
        cells[place] = None
    return cells
