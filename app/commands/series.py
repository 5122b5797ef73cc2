"""``tickdesk series``: the catalogue, and whether a series depends on how ticks are put together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import cycle

import numpy as np
import typer

from analytics.engine import Engine
from analytics.errors import ConfigError, TickdeskError, nearest
from analytics.events import EventKind
from analytics.grouping import grouped
from analytics.series import CATALOGUE, Entry, SeriesSpec, parse_series
from analytics.ticks import TickBatch
from app.commands.recording import Passage

PIECES = (1, 7, 1, 2, 400, 3, 1, 61, 5_000)
"""Ticks that are taken together, in turn, where a series is computed a second time."""
_COLUMNS = ("symbol", "ts_ns", "arrival_ns", "price", "size", "seq", "row", "after_gap")
_NONE = "; none "
_HEADINGS = ("series", "unit", "pane", "definition", "no value", "source")


def run(name: str | None, as_json: bool, as_markdown: bool) -> int:
    """Print the catalogue or one entry of it. Raises ConfigError where there is no such series."""
    entries = list(CATALOGUE.values()) if name is None else [_entry(name)]
    if as_markdown:
        typer.echo(markdown_table(entries))
        return 0
    for entry in entries:
        typer.echo(_json_line(entry) if as_json else _readable(entry))
    return 0


def markdown_table(entries: Iterable[Entry]) -> str:
    """Return the catalogue as the table of the documentation.

    What the definition says after ``; none``, the warm-up and when there is no value, has a column of its own.
    """
    rows = [_HEADINGS, ("---",) * len(_HEADINGS), *(_cells(each) for each in entries)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def check(text: str, file: str, tz: str | None, calendar: str | None) -> int:
    """Compute a series over a recording in two batchings and say that they agree bit for bit.

    Raises TickdeskError naming the first tick that differs, or why the series failed; ConfigError for
    series, address, zone or calendar, TapeError or OSError for the file.
    """
    spec = parse_series(text)
    if spec.is_column:
        raise ConfigError(f"{spec.text} is a column of every tick, there is nothing to compute")
    passage = Passage(file, tz, calendar, (spec,))
    pieced = Engine(passage.instruments, (spec,))
    sizes, read = cycle(PIECES), [0, 0]
    ticks = values = 0
    for taken in passage.taken():
        for piece in _pieces(taken.batch, sizes):
            pieced.take(piece)
        read = [_raise_fault(each, count) for each, count in zip((passage.engine, pieced), read, strict=True)]
        values += _compared(spec, taken.batch, passage.engine, pieced)
        ticks += len(taken.batch)
    typer.echo(f"{spec.text}: {values} values at {ticks} ticks, the same bit for bit in two batchings")
    passage.tell_counts()
    return 0


def _pieces(batch: TickBatch, sizes: Iterator[int]) -> Iterator[TickBatch]:
    """Cut a batch; what passed in silence between its ticks is left out, as no series looks at it."""
    start = 0
    while start < len(batch):
        stop = start + next(sizes)
        yield TickBatch(
            symbols=batch.symbols,
            price_scale=batch.price_scale,
            size_scale=batch.size_scale,
            **{name: getattr(batch, name)[start:stop] for name in _COLUMNS},
        )
        start = stop


def _compared(spec: SeriesSpec, batch: TickBatch, together: Engine, pieced: Engine) -> int:
    """Compare two engines at the ticks that they have just taken; return how many have a value."""
    values, first, told = 0, len(batch), ""
    for code, places in grouped(batch.symbol):
        symbol = batch.symbols[code]
        view, other_view = together.view(symbol), pieced.view(symbol)
        assert view is not None
        assert other_view is not None
        start, stop = view.count - len(places), view.count
        one, other = view.values(spec.text, start, stop), other_view.values(spec.text, start, stop)
        differs = (one.view(np.int64) != other.view(np.int64)) & ~(np.isnan(one) & np.isnan(other))
        at = int(differs.argmax())
        if differs[at] and places[at] < first:
            first = int(places[at])
            told = f"{symbol}, its tick {start + at}: {_seen(one[at])}, and {_seen(other[at])}"
        values += len(one) - int(np.count_nonzero(np.isnan(one)))
    if told:
        raise TickdeskError(
            f"{spec.text} depends on how ticks are put together; it first differs at row "
            f"{batch.row[first]}, {told} in smaller pieces"
        )
    return values


def _raise_fault(engine: Engine, read: int) -> int:
    """Raise TickdeskError where the series has failed since the first `read` events; return how many there are."""
    events, read = engine.events.since(read)
    for event in events:
        if event.kind is EventKind.SERIES_FAULT:
            raise TickdeskError(f"{event.symbol}: {event.detail}")
    return read


def _entry(name: str) -> Entry:
    plain = name.partition("(")[0].strip()
    if plain not in CATALOGUE:
        raise ConfigError(
            f"unknown series {name!r}.{nearest(plain, CATALOGUE)} Known: {', '.join(CATALOGUE)}"
        )
    return CATALOGUE[plain]


def _readable(entry: Entry) -> str:
    lines = [
        f"{entry.usage}  [{entry.unit.value}, {entry.pane.value} pane]",
        f"    {entry.definition}",
        *(f"    {each.name}: {each.meaning}" for each in entry.parameters),
        f"    source: {entry.source}",
    ]
    return "\n".join(lines)


def _json_line(entry: Entry) -> str:
    line = {
        "name": entry.name,
        "usage": entry.usage,
        "parameters": [{"name": each.name, "meaning": each.meaning} for each in entry.parameters],
        "unit": entry.unit.value,
        "pane": entry.pane.value,
        "definition": entry.definition,
        "source": entry.source,
    }
    return json.dumps(line, ensure_ascii=False)


def _cells(entry: Entry) -> tuple[str, ...]:
    definition, mark, none = entry.definition.partition(_NONE)
    parts = (entry.unit.value, entry.pane.value, definition, none if mark else "", entry.source)
    return (f"`{entry.usage}`", *(each.replace("|", "\\|") for each in parts))


def _seen(value: float) -> str:
    return "no value" if np.isnan(value) else repr(float(value))
