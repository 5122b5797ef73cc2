from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import TapeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, TimeMark
from feeds.address import FileAddress
from feeds.clock import ManualClock
from feeds.files import Reading, open_recording
from feeds.tape import Note, NoteKind, TapeWriter

DAY_NS = 86_400_000_000_000
NOON_NS = 1_704_110_400_000_000_000  # 2024-01-01 12:00 UTC


def ticks(offsets, *, partition=0, at_ns=NOON_NS, **changes) -> Arrivals:
    """Build one tick an offset, a second apart, priced by its offset."""
    offset = np.array(offsets, np.int64)
    n = len(offset)
    built = Arrivals(
        symbols=("NIFTY", "X"),
        symbol=(offset % 2).astype(np.int32),
        ts_ns=at_ns + offset * 1_000_000_000,
        price=100.05 + offset,
        size=np.ones(n),
        seq=offset + 1,
        arrival_ns=at_ns + offset * 1_000_000_000 + 5,
        partition=np.full(n, partition, np.int32),
        offset=offset,
        index=np.zeros(n, np.int32),
    )
    return replace(built, **changes)


def read(tape: Path):
    return open_recording(FileAddress(tape), Reading(None, lambda symbol: "UTC"))


def whole(tape: Path) -> Arrivals:
    recording = read(tape)
    return recording.arrivals(0, recording.rows)


def parts(tape: Path, suffix: str = "") -> list[Path]:
    return sorted(tape.glob(f"date=*/part-*{suffix}"))


@pytest.fixture
def writer(tmp_path):
    """Return a function that begins a recording with a clock of its own; what is left open is closed."""
    begun = []

    def begin(*, topic_id="topic", name="tape", now_ns=NOON_NS, **limits) -> TapeWriter:
        begun.append(TapeWriter(tmp_path / name, topic_id=topic_id, clock=ManualClock(now_ns), **limits))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


def test_what_was_written_comes_back_to_the_bit(writer, tmp_path):
    sent = ticks(
        [0, 1, 2],
        ts_ns=np.array([NO_TIME, NOON_NS, NOON_NS + 1]),
        price=np.array([0.1 + 0.2, 1e-300, -5.0]),
        size=np.array([np.nan, 2.5, 0.0]),
        seq=np.array([NO_SEQ, -7, 2**62]),
        volume_total=np.array([10.0, np.nan, 30.0]),
        runs=("a", "b"),
        run=np.array([1, NO_CODE, 0], np.int32),
        sources=("nse",),
        source=np.array([0, 0, NO_CODE], np.int32),
        bid=np.array([1.0, np.nan, 2.0]),
        ask=np.array([np.nan, 3.0, 4.0]),
        partition=np.array([3, 0, 3], np.int32),
        offset=np.array([7, 2, 7]),
        index=np.array([0, 0, 1], np.int32),
    )
    with writer() as tape:
        tape.write(sent)
    found = whole(tmp_path / "tape")
    for name in ("ts_ns", "price", "size", "seq", "arrival_ns", "volume_total", "bid", "ask"):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name), err_msg=name)
    for name in ("partition", "offset", "index"):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name), err_msg=name)
        assert getattr(found, name).dtype == getattr(sent, name).dtype
    for codes, names in (("symbol", "symbols"), ("run", "runs"), ("source", "sources")):
        for row in range(3):
            code, back = getattr(sent, codes)[row], getattr(found, codes)[row]
            assert (code == NO_CODE) == (back == NO_CODE)
            assert code == NO_CODE or getattr(found, names)[back] == getattr(sent, names)[code]
    assert found.defects == {}


def test_parts_stand_by_the_utc_day_of_their_first_arrival_and_say_what_they_hold(writer, tmp_path):
    with writer(topic_id="kafka://host:9092/ticks.v1") as tape:
        tape.write(ticks([5, 6], partition=2))
        tape.write(ticks([0], partition=1, at_ns=NOON_NS + DAY_NS))
    first, second = parts(tmp_path / "tape")
    assert (first.parent.name, second.parent.name) == ("date=2024-01-01", "date=2024-01-02")
    assert "kafka_host_9092_ticks.v1" in first.name
    assert first.name.endswith("-p2-2-o5-6.parquet")
    said = pq.read_schema(first).metadata
    assert said[b"tickdesk.version"] == b"1"
    assert said[b"tickdesk.topic"] == b"kafka://host:9092/ticks.v1"
    assert json.loads(said[b"tickdesk.positions"]) == {"2": [[5, 0], [6, 0]]}
    table = pq.read_table(first)
    assert table.schema.field("price").type == pa.float64()
    assert table.schema.field("size").type == pa.float64()
    assert table.column("offset").to_pylist() == [5, 6]
    assert not list(tmp_path.rglob("*.arrows"))
    assert not list(tmp_path.rglob(".*"))


def test_a_part_ends_when_it_is_full_and_when_its_time_is_over(writer, tmp_path):
    tape = writer(part_rows=2, part_ns=10_000_000_000)
    tape.write(ticks([0, 1]))
    tape.write(ticks([2]))
    tape._clock.advance(11)
    tape.write(ticks([3]))
    tape.close()
    assert [pq.read_metadata(part).num_rows for part in parts(tmp_path / "tape")] == [2, 1, 1]
    assert whole(tmp_path / "tape").offset.tolist() == [0, 1, 2, 3]


def test_an_open_part_can_be_read(writer, tmp_path):
    tape = writer()
    tape.write(ticks([0, 1]))
    tape.write(ticks([2]))
    recording = read(tmp_path / "tape")
    assert recording.rows == 3
    assert recording.lost == ()


def test_rows_that_two_parts_hold_come_once(writer, tmp_path):
    with writer() as tape:
        tape.write(ticks([0, 1, 2]))
        tape.write(ticks([0, 1], partition=1))
    with writer(now_ns=NOON_NS + 1) as tape:
        tape.write(ticks([1, 2, 3]))
    with writer(topic_id="another", now_ns=NOON_NS + 2) as tape:
        tape.write(ticks([1]))
    found = whole(tmp_path / "tape")
    places = list(zip(found.partition.tolist(), found.offset.tolist(), strict=True))
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (0, 3), (0, 1)]


def test_rows_come_in_the_order_polled_even_where_their_days_go_back(writer, tmp_path):
    with writer(part_rows=1) as tape:
        tape.write(ticks([5], at_ns=NOON_NS + DAY_NS))
        tape.write(ticks([0], at_ns=NOON_NS))
        tape.write(ticks([6], at_ns=NOON_NS + DAY_NS))
    assert whole(tmp_path / "tape").offset.tolist() == [5, 0, 6]


def test_rows_that_another_tick_keeps_out_are_told(writer, tmp_path):
    with writer() as tape:
        tape.write(ticks([0, 1, 2]))
    with writer(now_ns=NOON_NS + 1) as tape:
        tape.write(ticks([1, 2, 3], at_ns=NOON_NS + DAY_NS))
    recording = read(tmp_path / "tape")
    assert recording.rows == 4
    (line,) = recording.lost
    assert "2 rows stand at places that other ticks hold already" in line


def test_the_reason_of_a_lost_row_does_not_pass_to_the_next(writer, tmp_path):
    with writer(part_rows=2) as tape:
        tape.write(ticks([0, 1]))
        tape.write(ticks([2, 3], defects={0: "bad", 1: "bad"}))
        tape.write(ticks([4, 5], defects={1: "worse"}))
    parts(tmp_path / "tape")[1].write_bytes(b"PAR1")
    assert whole(tmp_path / "tape").defects == {3: "worse"}


def test_two_recordings_begun_at_one_moment_do_not_meet(writer, tmp_path):
    first, second = writer(topic_id="a"), writer(topic_id="a")
    first.write(ticks([0]))
    third = writer(topic_id="a")
    third.write(ticks([1]))
    second.close()
    assert sorted(whole(tmp_path / "tape").offset.tolist()) == [0, 1]


def test_time_marks_come_back_between_the_same_rows(writer, tmp_path):
    with writer(part_rows=2) as tape:
        tape.note_time(1, NOON_NS - 1)
        tape.write(ticks([0, 1], time_marks=(TimeMark(1, NOON_NS + 7),)))
        tape.note_time(0, NOON_NS + 8)
        tape.note_time(2, NOON_NS + 9)
        tape.write(ticks([2, 3], time_marks=(TimeMark(0, NOON_NS + 10), TimeMark(2, NOON_NS + 11))))
        tape.write(ticks([]))
    found = whole(tmp_path / "tape")
    assert found.time_marks == (
        TimeMark(0, NOON_NS - 1, 1),
        TimeMark(1, NOON_NS + 7, 0),
        TimeMark(2, NOON_NS + 8, 0),
        TimeMark(2, NOON_NS + 9, 2),
        TimeMark(2, NOON_NS + 10, 0),
        TimeMark(4, NOON_NS + 11, 0),
    )


def test_time_marks_stand_by_the_rows_that_overlaps_leave(writer, tmp_path):
    with writer() as tape:
        tape.write(ticks([0, 1]))
    with writer(now_ns=NOON_NS + 1) as tape:
        tape.write(ticks([1, 2, 3], time_marks=(TimeMark(2, NOON_NS),)))
    found = whole(tmp_path / "tape")
    assert found.offset.tolist() == [0, 1, 2, 3]
    assert found.time_marks == (TimeMark(3, NOON_NS),)


def test_ticks_that_could_not_be_read_come_back_with_reason_and_bytes(writer, tmp_path):
    bad = ticks(
        [0, 1, 2],
        symbol=np.array([0, NO_CODE, 0], np.int32),
        price=np.array([1.0, np.nan, np.nan]),
        defects={1: "no JSON: expected a value at byte 1", 2: "price is text"},
        raw=lambda row: b"raw \xff %d" % row,
    )
    with writer() as tape:
        tape.write(ticks([9], partition=1))
        tape.write(bad)
    found = whole(tmp_path / "tape")
    assert found.defects == {2: "no JSON: expected a value at byte 1", 3: "price is text"}
    assert found.raw(2) == b"raw \xff 1"
    assert found.raw(3) == b"raw \xff 2"
    assert json.loads(found.raw(0))["price"] == 109.05
    assert found.symbol.tolist()[2] == NO_CODE
    assert found.seq.tolist() == [10, 1, 2, 3]
    (events,) = (tmp_path / "tape").glob("date=*/events-*.parquet")
    lines = [line for line in pq.read_table(events).to_pylist() if line["kind"] == "undecodable"]
    assert [(line["rows_before"], line["partition"], line["offset"], line["raw"]) for line in lines] == [
        (2, 0, 1, b"raw \xff 1"),
        (3, 0, 2, b"raw \xff 2"),
    ]


def test_a_file_of_odd_rows_comes_back_from_a_tape_as_it_was(writer, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes(
        b"symbol,ts,price,volume,seq\n"
        b"A,1704100500,1.5,1,1\n"
        b"A,1704100501,abc,1,2\n"
        b"\n"
        b"A,1704100502,1,1,3,over\n"
        b"\xff,1704100503,1,1,4\n"
        b"A,soon,1,1,5\n"
        b"A,1704100504,nan,,6\n"
        b"A,1704100505,-0.0,0,\n"
    )
    recording = read(path)
    sent = recording.arrivals(0, recording.rows)
    with writer(part_rows=3) as tape:
        for start in range(0, 8, 2):
            tape.write(recording.arrivals(start, start + 2))
    found = whole(tmp_path / "tape")
    assert dict(found.defects) == dict(sent.defects)
    assert list(found.defects) == [1, 2, 3, 4, 5, 6]
    for row in found.defects:
        assert found.raw(row) == sent.raw(row)
    for name in ("ts_ns", "price", "size", "seq", "offset", "arrival_ns"):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name), err_msg=name)
    assert [found.symbols[code] if code >= 0 else None for code in found.symbol] == [
        sent.symbols[code] if code >= 0 else None for code in sent.symbol
    ]


def test_commands_and_settings_stand_with_the_rows_before_them(writer, tmp_path):
    with writer(settings={"lateness": "250ms"}) as tape:
        tape.write(ticks([0, 1]))
        tape.note(Note(NoteKind.COMMAND, '{"rules": []}'), Note(NoteKind.FINGERPRINT, "abc"))
    (events,) = (tmp_path / "tape").glob("date=*/events-*.parquet")
    lines = [(line["kind"], line["rows_before"], line["text"]) for line in pq.read_table(events).to_pylist()]
    assert lines == [
        ("settings", 0, '{"topic": "topic", "lateness": "250ms"}'),
        ("command", 2, '{"rules": []}'),
        ("fingerprint", 2, "abc"),
    ]


def test_a_recording_of_silence_is_a_tape_of_no_rows(writer, tmp_path):
    with writer():
        pass
    recording = read(tmp_path / "tape")
    assert recording.rows == 0
    assert recording.lost == ()


def crashed(folder: Path, text: bytes) -> Path:
    part = folder / "date=2024-01-01" / "part-1.arrows"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(text)
    return folder


@pytest.fixture
def journal(writer, tmp_path):
    """Return an open part's bytes and where each of its four batches of two rows ends."""
    tape = writer(name="journal")
    tape.write(ticks([0, 1]))
    (part,) = parts(tmp_path / "journal")
    ends = [part.stat().st_size]
    for offset in (2, 4, 6):
        tape.write(ticks([offset, offset + 1]))
        ends.append(part.stat().st_size)
    return part.read_bytes(), ends


@pytest.mark.parametrize("batch", range(4))
@pytest.mark.parametrize("over", [-1, 0, 1, 4, 8])
def test_a_crash_leaves_every_whole_batch(journal, tmp_path, batch, over):
    text, ends = journal
    recording = read(crashed(tmp_path / "crash", text[: ends[batch] + over]))
    rows = 2 * (batch + (over >= 0))
    torn = min(over, len(text) - ends[batch]) if over >= 0 else ends[batch] + over - ([0, *ends][batch])
    assert recording.rows == rows
    assert recording.arrivals(0, rows).price.tolist() == [100.05 + row for row in range(rows)]
    if torn == 0:
        assert recording.lost == ()
    elif batch or over >= 0:
        (line,) = recording.lost
        assert f"part-1.arrows: cut short after {rows:,} rows; {torn:,} bytes are lost" in line


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 10_000), junk=st.binary(max_size=300))
def test_no_torn_journal_costs_what_was_whole(journal, tmp_path, cut, junk):
    text, ends = journal
    folder = crashed(tmp_path / "crash", text[:cut] + junk)
    kept = sum(2 for end in ends if end <= cut)
    try:
        recording = read(folder)
    except TapeError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert cut < ends[0]
        assert "\n" not in refusal
        return
    assert recording.rows >= kept
    assert recording.arrivals(0, kept).price.tolist() == [100.05 + row for row in range(kept)]
    if junk and cut >= len(text) and len(junk) > 8:
        assert recording.lost or recording.rows > kept


@pytest.fixture
def three_parts(writer, tmp_path):
    """Return the bytes of a tape's three parts of two rows, by name."""
    with writer(name="three", part_rows=2) as tape:
        for offset in (0, 2, 4):
            tape.write(ticks([offset, offset + 1]))
    return {part.name: part.read_bytes() for part in parts(tmp_path / "three")}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=5))
def test_a_damaged_part_does_not_touch_the_others(three_parts, tmp_path, flips):
    folder = tmp_path / "flips" / "date=2024-01-01"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in three_parts.items():
        (folder / name).write_bytes(text)
    damaged = sorted(folder.iterdir())[1]
    text = bytearray(damaged.read_bytes())
    for place, change in flips:
        text[place % len(text)] ^= change
    damaged.write_bytes(bytes(text))
    recording = read(folder.parent)
    found = recording.arrivals(0, recording.rows)
    whole_ones = [0, 1, 4, 5]
    at = [
        row
        for row, price in enumerate(found.price.tolist())
        if price in [100.05 + each for each in whole_ones]
    ]
    assert found.offset[at].tolist() == whole_ones
    assert recording.rows >= 6 or recording.lost


def test_a_part_whose_column_names_are_damaged_is_lost_and_told(writer, tmp_path):
    tape = writer()
    tape.write(ticks([0]))
    (part,) = parts(tmp_path / "tape")
    damaged = crashed(tmp_path / "crash", part.read_bytes().replace(b"price", b"pri\xffe"))
    with pytest.raises(TapeError, match="nothing of this tape can be read"):
        read(damaged)


@pytest.mark.parametrize("keep", [0, 3, 100, -1, -8])
def test_a_part_without_its_footer_is_lost_and_told(writer, tmp_path, keep):
    with writer(part_rows=2) as tape:
        for offset in (0, 2, 4):
            tape.write(ticks([offset, offset + 1]))
    torn = parts(tmp_path / "tape")[1]
    text = torn.read_bytes()[:keep]
    torn.write_bytes(text)
    recording = read(tmp_path / "tape")
    assert recording.arrivals(0, recording.rows).offset.tolist() == [0, 1, 4, 5]
    (line,) = recording.lost
    assert torn.name in line
    assert f"{len(text):,} bytes" in line


def test_time_marks_around_a_lost_part_stand_before_the_next_row(writer, tmp_path):
    with writer(part_rows=2) as tape:
        tape.write(ticks([0, 1]))
        tape.write(ticks([2, 3], time_marks=(TimeMark(1, NOON_NS),)))
        tape.write(ticks([4, 5], time_marks=(TimeMark(1, NOON_NS + 1),)))
    parts(tmp_path / "tape")[1].write_bytes(b"PAR1")
    assert whole(tmp_path / "tape").time_marks == (TimeMark(2, NOON_NS), TimeMark(3, NOON_NS + 1))


def test_a_journal_that_was_sealed_before_the_crash_is_not_read_twice(writer, tmp_path):
    tape = writer()
    tape.write(ticks([0, 1]))
    (journal,) = parts(tmp_path / "tape")
    text = journal.read_bytes()
    tape.close()
    journal.write_bytes(text[:-3])
    recording = read(tmp_path / "tape")
    assert recording.rows == 2
    assert recording.lost == ()


def test_a_tape_of_other_hands_needs_only_the_columns(tmp_path):
    for day, name, offsets in (
        ("2024-01-02", "part-0.parquet", [5]),
        ("2024-01-01", "part-10.parquet", [3, 4]),
        ("2024-01-01", "part-9.parquet", [1, 2, 3]),
    ):
        folder = tmp_path / "tape" / f"date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        n = len(offsets)
        columns = {"symbol": ["A"] * n, "ts_ns": offsets, "price": [1.5] * n, "size": [1.0] * n}
        places = {"partition": [0] * n, "offset": offsets, "index": [0] * n}
        extra = {} if day == "2024-01-02" else {"bid": [1.0] * n}
        pq.write_table(pa.table({**columns, **places, **extra}), folder / name)
    recording = read(tmp_path / "tape")
    found = recording.arrivals(0, recording.rows)
    assert found.offset.tolist() == [1, 2, 3, 4, 5]
    assert np.isnan(found.bid).tolist() == [False] * 4 + [True]
    one = read(tmp_path / "tape" / "date=2024-01-02")
    assert one.rows == 1


def test_a_directory_that_is_no_tape_is_refused_in_one_line(tmp_path):
    with pytest.raises(TapeError, match="found an empty directory"):
        read(tmp_path)
    (tmp_path / "ticks.csv").write_text("symbol\n", encoding="utf-8")
    with pytest.raises(TapeError, match=r"found ticks\.csv; name the file itself") as refusal:
        read(tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_tape_of_which_nothing_can_be_read_is_refused(tmp_path):
    with pytest.raises(TapeError, match=r"nothing of this tape can be read.*part-1\.arrows"):
        read(crashed(tmp_path / "crash", b"\xff\xff\xff\xff\0"))


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TapeError, match="expected to write a tape there, found: File exists"):
        TapeWriter(tmp_path / "file", topic_id="t")


def test_a_full_disk_ends_the_recording_and_keeps_what_was_written(writer, tmp_path, monkeypatch):
    tape = writer()
    tape.write(ticks([0, 1]))

    def refuse(handle: int, text: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(TapeError, match="No space left on device"):
        tape.write(ticks([2]))
    monkeypatch.undo()
    with pytest.raises(TapeError, match="has ended"):
        tape.write(ticks([3]))
    tape.close()
    assert whole(tmp_path / "tape").offset.tolist() == [0, 1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 5), max_size=12), limit=st.integers(1, 6))
def test_reading_gives_what_was_written_however_it_was_parted(writer, tmp_path, sizes, limit):
    name = f"parted{os.urandom(6).hex()}"
    offset, marks = 0, []
    with writer(name=name, part_rows=limit) as tape:
        for number, size in enumerate(sizes):
            tape.write(ticks(range(offset, offset + size)))
            offset += size
            tape.note_time(0, number)
            marks.append(TimeMark(offset, number))
    found = whole(tmp_path / name)
    assert found.offset.tolist() == list(range(offset))
    assert found.time_marks == tuple(marks)
