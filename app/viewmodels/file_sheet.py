"""What the open dialog says of a file: the facts, the columns, the first rows as they will be read, what is amiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.calendar import NO_SESSION, Calendar, calendar_named
from analytics.events import DataEvent, EventKind
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals
from app.formatting import NO_VALUE, date_text, group_digits, number_text, style_of, time_ms_text
from app.viewmodels.tones import Tone

if TYPE_CHECKING:
    from feeds.files import ColumnUse, Preview  # what reads files takes a third of a second to load

SHOWN_ROWS = 20
_SHOWN_SYMBOLS = 4
_SHOWN_BAD = 3
_SHOWN_COLUMNS = 6
_MOST_DECIMALS = 8
_FEW_IN_SESSION = 0.02
_SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_DROPPED = {EventKind.QUARANTINED, EventKind.LATE, EventKind.DUPLICATE}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as it will be read, in texts; `fate` says what else than a tick becomes of it, ``""`` for a tick."""

    number: str
    time: str
    symbol: str
    price: str
    size: str
    seq: str
    fate: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SheetNote:
    """A line below the rows."""

    text: str
    tone: Tone = Tone.DIM


@dataclass(frozen=True, slots=True)
class FileSheet:
    """All that is said of a file. `facts` and `why` are lines; `zone` heads the times; `fault` forbids opening."""

    title: str
    form: str
    facts: str
    why: str
    columns: tuple[ColumnUse, ...]
    times: str
    zone: str
    rows: tuple[SheetRow, ...] = ()
    notes: tuple[SheetNote, ...] = ()
    fault: str = ""


def calendars_for(instruments: InstrumentTable, calendar: str | None) -> InstrumentTable:
    """Return the instruments with a named calendar in force; None leaves each its own. Raises ConfigError."""
    return instruments if calendar is None else instruments.with_calendar(calendar_named(calendar))


def size_text(size_bytes: int) -> str:
    """Return a file's size: 950 bytes, 12.4 MB."""
    for unit, name in _SIZES:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def make_sheet(preview: Preview, instruments: InstrumentTable) -> FileSheet:
    """Return what is said of a file; its first rows go through a guard as all of them will."""
    head = preview.head
    symbols = () if head is None else tuple(dict.fromkeys(head.symbols))
    indian = bool(symbols) and instruments.calendar_of(symbols[0]).name == "nse"
    parts = [size_text(preview.size_bytes), _rows_text(preview, indian=indian)]
    if symbols:
        parts.append(_symbols_text(symbols, more=not preview.head_is_all))
    calendar = instruments.calendar_of(symbols[0] if symbols else "")
    sheet = FileSheet(
        title=preview.path.name or str(preview.path),
        form=preview.form_words,
        facts="  ·  ".join(filter(None, parts)),
        why=preview.why,
        columns=preview.columns,
        times=preview.times,
        zone=_zone_text(head, calendar),
        fault=preview.fault,
    )
    if head is None or preview.fault:
        return sheet
    return _with_rows(sheet, preview, head, instruments)


def _with_rows(sheet: FileSheet, preview: Preview, head: Arrivals, instruments: InstrumentTable) -> FileSheet:
    guard = Guard(instruments)
    guard.take(head)
    events = guard.events.since(0)[0]
    fates = {each.row: each for each in reversed(events) if each.kind in _DROPPED}
    fault = "" if len(head) else f"{preview.path.name}: expected ticks, found a header and no row"
    return replace(
        sheet,
        rows=_rows(head, fates, instruments),
        notes=tuple(_notes(preview, head, events, instruments)),
        fault=fault,
    )


def _rows_text(preview: Preview, *, indian: bool) -> str:
    if preview.rows is not None:
        return f"{group_digits(str(preview.rows), indian=indian)} row{'s' * (preview.rows != 1)}"
    if preview.rows_about is not None:
        digits = max(len(str(preview.rows_about)) - 2, 0)
        return f"about {group_digits(str(round(preview.rows_about, -digits)), indian=indian)} rows"
    return "rows not counted yet"


def _symbols_text(symbols: tuple[str, ...], *, more: bool) -> str:
    shown = ", ".join(symbols[:_SHOWN_SYMBOLS])
    over = len(symbols) - _SHOWN_SYMBOLS
    rest = f" and {over:,} more" if over > 0 else ""
    return f"{shown}{rest}{' in the first rows' if more else ''}"


def _zone_text(head: Arrivals | None, calendar: Calendar) -> str:
    zone = calendar.zone
    if head is None or not (head.ts_ns != NO_TIME).any():
        return calendar.zone_name
    first = int(head.ts_ns[int(np.argmax(head.ts_ns != NO_TIME))])
    return f"{calendar.zone_name}, {date_text(first, zone)}"


def _rows(head: Arrivals, fates: dict[int, DataEvent], instruments: InstrumentTable) -> tuple[SheetRow, ...]:
    count = min(len(head), SHOWN_ROWS)
    decimals = _decimals(head, count)
    days = {
        date_text(int(ts), _calendar(head, at, instruments).zone)
        for at, ts in enumerate(head.ts_ns[:count])
        if ts != NO_TIME
    }
    return tuple(
        _row(head, at, fates.get(head.first_row + at), instruments, (decimals, len(days) > 1))
        for at in range(count)
    )


def _calendar(head: Arrivals, at: int, instruments: InstrumentTable) -> Calendar:
    code = int(head.symbol[at])
    return instruments.calendar_of(head.symbols[code] if code != NO_CODE else "")


def _row(
    head: Arrivals, at: int, fate: DataEvent | None, instruments: InstrumentTable, form: tuple[int, bool]
) -> SheetRow:
    decimals, dated = form
    code = int(head.symbol[at])
    symbol = head.symbols[code] if code != NO_CODE else ""
    style = style_of(instruments[symbol], decimals)
    zone = instruments.calendar_of(symbol).zone
    ts_ns = int(head.ts_ns[at])
    if ts_ns == NO_TIME and int(head.arrival_ns[at]) != NO_TIME:
        ts_ns = int(head.arrival_ns[at])
    time = NO_VALUE if ts_ns == NO_TIME else time_ms_text(ts_ns, zone)
    if dated and ts_ns != NO_TIME:
        time = f"{date_text(ts_ns, zone)} {time}"
    return SheetRow(
        number=f"{head.first_row + at + 1:,}",
        time=time,
        symbol=symbol or NO_VALUE,
        price=style.price(float(head.price[at])),
        size=_size_text(head, at, indian=style.indian),
        seq=NO_VALUE if head.seq[at] == NO_SEQ else str(int(head.seq[at])),
        fate="" if fate is None else fate.kind.value,
        reason="" if fate is None else fate.detail,
    )


def _size_text(head: Arrivals, at: int, *, indian: bool) -> str:
    size = float(head.size[at])
    if np.isnan(size) and head.volume_total is not None:
        return f"Σ {_quantity(float(head.volume_total[at]), indian=indian)}"
    return _quantity(size, indian=indian)


def _quantity(value: float, *, indian: bool) -> str:
    """Return a quantity with the decimals that it needs; ``–`` for NaN."""
    written = f"{value:.{_MOST_DECIMALS}f}".rstrip("0")
    return number_text(value, len(written.partition(".")[2]), indian=indian)


def _decimals(head: Arrivals, count: int) -> int:
    """Return the decimals that the first prices need, two at least."""
    needed = 2
    for price in head.price[:count][np.isfinite(head.price[:count])].tolist():
        written = f"{price:.{_MOST_DECIMALS}f}".rstrip("0")
        needed = max(needed, len(written.partition(".")[2]))
    return needed


def _notes(
    preview: Preview,
    head: Arrivals,
    events: Sequence[DataEvent],
    instruments: InstrumentTable,
) -> list[SheetNote]:
    notes = [SheetNote(line, Tone.WARNING) for line in preview.lost[:_SHOWN_BAD]]
    notes += _bad_notes(preview, head, events)
    hours = _hours_note(head, instruments)
    if hours:
        notes.append(SheetNote(hours, Tone.WARNING))
    used = {each.field for each in preview.columns}
    if preview.form != "lean" and "symbol" not in used and head.symbols:
        notes.append(SheetNote(f"No column symbol: every row is of {head.symbols[0]}, the file's name."))
    if "seq" not in used:
        notes.append(SheetNote("No column seq: ticks that are missing cannot be told."))
    ignored = preview.ignored
    if ignored:
        shown = ", ".join(ignored[:_SHOWN_COLUMNS])
        more = len(ignored) - _SHOWN_COLUMNS
        notes.append(SheetNote(f"Left out: {shown}{f' and {more:,} more' if more > 0 else ''}."))
    return notes


def _bad_notes(preview: Preview, head: Arrivals, events: Sequence[DataEvent]) -> list[SheetNote]:
    counts: dict[EventKind, list[DataEvent]] = {}
    for event in events:
        counts.setdefault(event.kind, []).append(event)
    of = f"of {'all' if preview.head_is_all else 'the first'} {len(head):,} rows"
    notes = []
    for kind, words in (
        (EventKind.QUARANTINED, "go to quarantine"),
        (EventKind.LATE, "come late"),
        (EventKind.DUPLICATE, "are there twice"),
    ):
        found = counts.get(kind, [])
        if found:
            notes.append(SheetNote(f"{len(found):,} {of} {words}:", Tone.WARNING))
            notes += [
                SheetNote(f"{preview.path.name}, row {each.row + 1:,}: {each.detail}", Tone.WARNING)
                for each in found[: _SHOWN_BAD if kind is EventKind.QUARANTINED else 1]
            ]
    gaps = counts.get(EventKind.GAP, [])
    if gaps:
        missing = sum(each.missing for each in gaps)
        notes.append(SheetNote(f"{len(gaps):,} gaps, {missing:,} ticks missing {of[3:]}", Tone.WARNING))
    return notes


def _hours_note(head: Arrivals, instruments: InstrumentTable) -> str:
    """Return a word of doubt where hardly a tick of the first rows lies in its market's session."""
    inside = known = 0
    for code, symbol in enumerate(head.symbols):
        times = head.ts_ns[(head.symbol == code) & (head.ts_ns != NO_TIME)]
        known += len(times)
        inside += int(np.count_nonzero(instruments.calendar_of(symbol).session_of(times) != NO_SESSION))
    if not known or inside > _FEW_IN_SESSION * known:
        return ""
    return "The times lie outside the market's hours: is the time zone, or the calendar, another?"
