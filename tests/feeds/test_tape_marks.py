from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, TimeMark
from feeds.address import FileAddress
from feeds.clock import ManualClock
from feeds.files import Reading, open_recording
from feeds.tape import TapeWriter
from feeds.tape.marks import MARK, marks_in, marks_of
from feeds.tape.schema import PART_SCHEMA, part_batch

NOON_NS = 1_704_110_400_000_000_000
WHOLE = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def some_arrivals(draw: st.DrawFn) -> Arrivals:
    n = draw(st.integers(1, 5))

    def column(values: st.SearchStrategy[object], kind: type) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), kind)

    def codes(table: Sequence[str]) -> np.ndarray:
        return column(st.integers(NO_CODE, len(table) - 1), np.int32)

    names, runs = ("NIFTY", "é", ""), ("a", "b")
    return Arrivals(
        symbols=names,
        symbol=codes(names),
        ts_ns=column(WHOLE, np.int64),
        price=column(FLOATS, np.float64),
        size=column(FLOATS, np.float64),
        seq=column(st.one_of(st.just(NO_SEQ), WHOLE), np.int64),
        arrival_ns=column(st.one_of(st.just(NO_TIME), WHOLE), np.int64),
        partition=column(st.integers(0, 9), np.int32),
        offset=column(WHOLE, np.int64),
        index=column(st.integers(0, 9), np.int32),
        runs=draw(st.sampled_from(((), runs))),
        run=codes(runs),
        volume_total=draw(st.one_of(st.none(), st.just(np.full(n, np.nan)), st.just(np.arange(n) + 0.5))),
        bid=column(FLOATS, np.float64),
    )


def sent(count: int = 4) -> Arrivals:
    whole = np.arange(count, dtype=np.int64)
    return Arrivals(
        symbols=("NIFTY", "X"),
        symbol=(whole % 2).astype(np.int32),
        ts_ns=NOON_NS + whole,
        price=100.0 + whole,
        size=np.ones(count),
        seq=whole + 1,
        arrival_ns=NOON_NS + whole,
        partition=np.zeros(count, np.int32),
        offset=whole,
        index=np.zeros(count, np.int32),
    )


@given(some_arrivals())
def test_the_mark_made_of_arrivals_is_that_of_the_row_they_become(arrivals: Arrivals) -> None:
    batch = part_batch(arrivals)
    np.testing.assert_array_equal(batch.column(MARK).to_numpy(), marks_in(batch))
    np.testing.assert_array_equal(marks_of(arrivals), marks_in(batch))


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        (field.name, gone)
        for field in PART_SCHEMA
        for gone in ((True, False) if field.nullable else (False,))
        if field.name != MARK
    ],
)
def test_any_value_that_is_changed_or_taken_out_changes_the_mark_of_its_row_alone(
    name: str, gone: bool
) -> None:
    batch = part_batch(
        replace(
            sent(),
            runs=("r",),
            run=np.zeros(4, np.int32),
            sources=("s",),
            source=np.zeros(4, np.int32),
            bid=np.ones(4),
            ask=np.ones(4),
            volume_total=np.ones(4),
        )
    )
    values = batch.column(name).to_pylist()
    if gone:
        values[2] = None
    elif isinstance(values[2], str):
        values[2] += "x"
    elif isinstance(values[2], float):
        values[2] = float(np.nextafter(values[2], np.inf))
    else:
        values[2] += 1
    at = batch.schema.get_field_index(name)
    other = batch.set_column(at, name, pa.array(values, batch.schema.field(name).type))
    assert (marks_in(other) != marks_in(batch)).tolist() == [False, False, True, False]


def test_values_that_change_places_between_columns_or_rows_change_marks() -> None:
    one = sent()
    swapped = replace(one, price=one.size, size=one.price)
    assert (marks_of(one) != marks_of(swapped)).sum() >= 3
    turned = replace(one, price=one.price[::-1].copy())
    assert (marks_of(one) != marks_of(turned)).all()


def test_a_part_bears_the_marks_of_its_rows_and_reads_back_as_ever(tmp_path: Path) -> None:
    with TapeWriter(tmp_path, topic_id="t", clock=ManualClock(NOON_NS)) as tape:
        tape.write(sent())
    (part,) = tmp_path.glob("date=*/part-*.parquet")
    assert pq.read_table(part).column(MARK).to_pylist() == marks_of(sent()).tolist()
    recording = open_recording(FileAddress(tmp_path), Reading(None, lambda _: "UTC"))
    assert recording.arrivals(0, 4).price.tolist() == sent().price.tolist()


def test_a_partition_found_idle_is_read_back_between_the_rows(tmp_path: Path) -> None:
    with TapeWriter(tmp_path, topic_id="t", clock=ManualClock(NOON_NS)) as tape:
        tape.write(sent())
        tape.note_idle(1, NOON_NS + 50)
        tape.note_time(0, NOON_NS + 60)
        tape.write(
            replace(sent(), offset=np.arange(4, 8), time_marks=(TimeMark(2, NOON_NS + 70, 2, idle=True),))
        )
    recording = open_recording(FileAddress(tmp_path), Reading(None, lambda _: "UTC"))
    assert recording.time_marks == (
        TimeMark(4, NOON_NS + 50, 1, idle=True),
        TimeMark(4, NOON_NS + 60, 0),
        TimeMark(6, NOON_NS + 70, 2, idle=True),
    )
