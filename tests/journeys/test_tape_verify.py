"""What was recorded live is proved by its replay, and a tape that was altered is told, with the tick's place."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.engine import Engine
from analytics.guard import Guard
from analytics.rules.rule import Rule
from analytics.series import parse_series
from analytics.ticks import Arrivals
from app.cli import main
from app.desk import Desk
from app.recorder import TapeRecorder
from app.rule_store import format_rules
from feeds.address import SimAddress
from feeds.clock import ManualClock, SystemClock
from feeds.consumer import Consumer
from feeds.files.tape_session import read_session, session_numbers
from feeds.instruments import load_instruments
from feeds.opening import reading_for
from feeds.pieces import piece
from feeds.simulator import SimulatedSource
from feeds.tape import TapeWriter
from feeds.tape.checks import STAMP_KEY
from tests.journeys.test_tape_equals_live import DAY, simulated, with_faults

TEXTS = ("vwap(session)", "vwap(60s)", "ema(20)")
RULES_IN_FORCE = (
    Rule("cross", "NIFTY-FUT", "price crosses vwap(60s)", hysteresis="1 tick", cooldown="5s"),
    Rule("band", "HDFCBANK", "price leaves vwap_lower(60s, 2)..vwap_upper(60s, 2)"),
)
LATER = (*RULES_IN_FORCE, Rule("high", "RELIANCE", "price above sigma(60s)"))


def recorder(directory: Path, part_rows: int = 1_000_000) -> TapeRecorder:
    """Begin a tape as the program does."""
    return TapeRecorder(
        directory,
        topic_id="test",
        instruments=load_instruments(),
        series=[parse_series(text) for text in TEXTS],
        rules=RULES_IN_FORCE,
        part_rows=part_rows,
    )


def ticks(count: int) -> list[Arrivals]:
    """Return the first simulated ticks of a day."""
    found: list[Arrivals] = []
    for each in simulated(10):
        left = count - sum(map(len, found))
        found.append(piece(each, 0, min(len(each), left)))
    return [each for each in found if len(each)]


def record(
    directory: Path, arrivals: Sequence[Arrivals], seed: int = 1, part_rows: int = 1_000_000
) -> TapeRecorder:
    """Record polls with silence between some of them, a new rule and a new series on the way."""
    rng = np.random.default_rng(seed)
    recording = recorder(directory, part_rows)
    for number, each in enumerate(arrivals):
        recording.write(each)
        due = recording.guard.deadline()
        if due is not None and rng.random() < 0.5:
            recording.note_time(due[1], due[0])
        if rng.random() < 0.1:
            recording.note_idle(0, int(each.arrival_ns[-1]) + 1)
        if number == len(arrivals) // 3:
            recording.set_rules(LATER)
        if number == len(arrivals) // 2:
            recording.add_series(parse_series("vwap(10s)"))
    recording.close()
    return recording


@dataclass(frozen=True)
class Said:
    """What the command ended with and wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Callable[[Path], Said]:
    def run(directory: Path) -> Said:
        capsys.readouterr()
        code = main(["tape", "verify", str(directory)])
        read = capsys.readouterr()
        return Said(code, read.out, read.err)

    return run


@pytest.fixture(scope="module")
def feed() -> list[Arrivals]:
    return with_faults(ticks(15_000), 3)


@pytest.fixture(scope="module")
def clean(feed: list[Arrivals]) -> list[Arrivals]:
    """The first thousand ticks without faults, of one poll each hundred."""
    whole = ticks(1_000)[0]
    assert len(whole) == 1_000
    placed = replace(whole, offset=np.arange(1_000) // 2, index=np.arange(1_000, dtype=np.int32) % 2)
    return [piece(placed, start, start + 100) for start in range(0, len(whole), 100)]


@pytest.fixture(scope="module")
def recorded(
    tmp_path_factory: pytest.TempPathFactory, feed: list[Arrivals], clean: list[Arrivals]
) -> dict[str, TapeRecorder]:
    folder = tmp_path_factory.mktemp("recorded")
    return {name: record(folder / name, polls) for name, polls in (("feed", feed), ("clean", clean))}


@pytest.fixture
def of_clean(tmp_path: Path, recorded: dict[str, TapeRecorder]) -> Path:
    """A tape of the clean ticks, to be altered."""
    return shutil.copytree(recorded["clean"].directory, tmp_path / "tape")


@pytest.fixture
def of_feed(tmp_path: Path, recorded: dict[str, TapeRecorder]) -> Path:
    """A tape of the faulty feed, to be altered."""
    return shutil.copytree(recorded["feed"].directory, tmp_path / "tape")


def rewritten(path: Path, column: str, row: int, change: Callable[[Any], Any]) -> Any:
    """Change one value of a Parquet file, the rest of it as it was; return the value before."""
    table = pq.read_table(path)
    values = table.column(column).to_pylist()
    before = values[row]
    values[row] = change(before)
    at = table.schema.get_field_index(column)
    field = table.schema.field(column)
    pq.write_table(table.set_column(at, field, pa.array(values, field.type)), path)
    return before


def the_part(directory: Path) -> Path:
    (found,) = directory.glob("date=*/part-*.parquet")
    return found


def restamped(directory: Path, **changes: str) -> None:
    for path in directory.glob("date=*/check-*.parquet"):
        table = pq.read_table(path)
        stamp = {**json.loads(table.schema.metadata[STAMP_KEY]), **changes}
        metadata = {**table.schema.metadata, STAMP_KEY: json.dumps(stamp).encode()}
        pq.write_table(table.replace_schema_metadata(metadata), path)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_faulty_feed_recorded_at_any_batching_is_identical_to_its_replay(
    tmp_path: Path, verify: Callable[[Path], Said], seed: int
) -> None:
    recording = record(tmp_path / "tape", with_faults(ticks(15_000), seed), seed, part_rows=4_000)
    counts = recording.guard.counts
    assert min(counts.quarantined, counts.duplicate, counts.gaps) > 10
    assert counts.late > 0
    assert recording.engine.firings.count > 10
    said = verify(tmp_path / "tape")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"identical to live: {counts.taken:,} ticks of {counts.sent:,} rows, ")


def test_the_fingerprint_does_not_depend_on_how_the_feed_was_polled(tmp_path: Path) -> None:
    whole = with_faults(ticks(6_000), 5)
    found = []
    for step in (37, 1_000, 6_000):
        polls = [
            piece(each, at, min(at + step, len(each))) for each in whole for at in range(0, len(each), step)
        ]
        recording = recorder(tmp_path / str(step), part_rows=2_000)
        for each in polls:
            recording.write(each)
        recording.close()
        session = read_session(
            tmp_path / str(step),
            session_numbers(tmp_path / str(step))[0],
            reading_for(load_instruments()),
        )
        found.append(session.checks)
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].fingerprint, other.fingerprint)
        np.testing.assert_array_equal(found[0].row, other.row)
        assert found[0].fired == other.fired
        for text, values in found[0].values.items():
            np.testing.assert_array_equal(values, other.values[text])


def test_what_the_consumer_records_from_a_live_feed_is_identical(
    tmp_path: Path, verify: Callable[[Path], Said]
) -> None:
    clock, instruments = ManualClock(), load_instruments()
    source = SimulatedSource(SimAddress(rate=300.0, seed=9, date=DAY), clock, instruments)
    recording = recorder(tmp_path / "tape")
    guard = Guard(instruments)
    consumer = Consumer(source, guard, Engine(instruments, events=guard.events), clock=clock)
    taken = 0

    class Counting:
        """The tape, and what stops the feed once enough has come."""

        def __getattr__(self, name: str) -> object:
            return getattr(recording, name)

        def write(self, arrivals: Arrivals) -> None:
            nonlocal taken
            recording.write(arrivals)
            taken += len(arrivals)
            if taken > 5_000:
                consumer._stopping.set()

    consumer.record(Counting())  # type: ignore[arg-type]
    consumer.start()
    consumer._thread.join(60.0)
    assert not consumer._thread.is_alive()
    assert consumer.recorder_fault == ""
    assert taken > 5_000
    said = verify(tmp_path / "tape")
    assert (said.code, said.err) == (0, "")
    assert f"{taken:,} rows" in said.out


ALTERATIONS = {
    "price": lambda value: value + 0.05,
    "size": lambda value: value + 1.0,
    "ts_ns": lambda value: value + 1,
}


@pytest.mark.parametrize("column", ALTERATIONS)
@pytest.mark.parametrize("row", [0, 313, 777])
def test_one_altered_tick_is_named_with_its_place(
    of_clean: Path, verify: Callable[[Path], Said], column: str, row: int
) -> None:
    part = the_part(of_clean)
    live = rewritten(part, column, row, ALTERATIONS[column])
    said = verify(of_clean)
    sent = pq.read_table(part, columns=["symbol", "seq", "partition", "offset", "index"])
    tick = {name: sent.column(name)[row].as_py() for name in sent.column_names}
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert re.search(
        rf"differs from live at tick [\d,]+: {tick['symbol']} seq {tick['seq']} of \d{{4}}-.* IST, "
        rf"partition {tick['partition']}, offset {tick['offset']}, index {tick['index']}, row {row}: ",
        said.err,
    )
    assert f"row {row} is not as it was recorded: the tape was altered" in said.out
    if column in ("price", "size"):
        assert f"{column} was {live!r} live and is {ALTERATIONS[column](live)!r} now" in said.err
    else:
        assert "its time or its symbol is another" in said.err or "vwap(60s) was" in said.err


def test_an_altered_size_names_the_series_that_it_changed(
    of_clean: Path, verify: Callable[[Path], Said]
) -> None:
    rewritten(the_part(of_clean), "size", 700, lambda value: value + 1_000.0)
    said = verify(of_clean)
    changed = {line.split(" was ")[0].strip() for line in said.out.splitlines() if " was " in line}
    assert {"size", "vwap(session)", "vwap(60s)"} <= changed
    assert "ema(20)" not in changed  # it knows no size
    assert "price" not in changed


def test_a_tick_that_the_guard_refuses_since_it_was_altered_is_named_with_the_reason(
    of_clean: Path, verify: Callable[[Path], Said]
) -> None:
    rewritten(the_part(of_clean), "price", 500, lambda _: -1.0)
    said = verify(of_clean)
    assert said.code == 1
    assert ", row 500: live took the tick of row 500, the replay the tick of row " in said.err
    assert "row 500 now: quarantined: price -1.0 is not above 0" in said.out


@pytest.mark.parametrize("kind", ["late", "duplicate", "quarantined"])
@pytest.mark.parametrize("column", ["price", "ts_ns"])
def test_an_altered_tick_that_the_engine_never_took_is_named_too(
    of_feed: Path, recorded: dict[str, TapeRecorder], verify: Callable[[Path], Said], kind: str, column: str
) -> None:
    recording = recorded["feed"]
    events = [each for each in recording.guard.events.since(0)[0] if each.kind.value == kind]
    row = events[len(events) // 2].row
    rewritten(the_part(of_feed), column, row, lambda value: value + 1)
    said = verify(of_feed)
    assert said.code == 1
    assert f", row {row}" in said.err
    assert "altered" in said.out or "not as it was recorded" in said.err


def test_a_tick_altered_by_a_program_that_loses_the_metadata_is_named(
    of_clean: Path, verify: Callable[[Path], Said]
) -> None:
    part = the_part(of_clean)
    table = pl.read_parquet(part).with_row_index("at")
    price = pl.when(pl.col("at") == 321).then(pl.col("price") + 1.0).otherwise(pl.col("price"))
    table.with_columns(price.alias("price")).drop("at").write_parquet(part)
    said = verify(of_clean)
    assert said.code == 1
    assert ", row 321: price was " in said.err


def test_a_tick_taken_out_of_the_tape_is_named(of_clean: Path, verify: Callable[[Path], Said]) -> None:
    part = the_part(of_clean)
    table = pq.read_table(part)
    pq.write_table(pa.concat_tables([table.slice(0, 400), table.slice(401)]), part)
    said = verify(of_clean)
    assert said.code == 1
    assert ", row 400: " in said.err


def test_a_rule_that_did_not_fire_live_is_named(of_clean: Path, verify: Callable[[Path], Said]) -> None:
    (check,) = [
        path
        for path in of_clean.glob("date=*/check-*.parquet")
        if any(pq.read_table(path, columns=["fired"]).column("fired").to_pylist())
    ][:1]
    fired = pq.read_table(check, columns=["fired"]).column("fired").to_pylist()
    place = next(at for at, text in enumerate(fired) if text)
    rule = json.loads(fired[place])[0][0]
    rewritten(check, "fired", place, lambda _: None)
    rewritten(check, "fingerprint", place, lambda value: value ^ 1)
    said = verify(of_clean)
    assert said.code == 1
    assert f"rule {rule} did not fire live and fired at " in said.err
    assert "every row is as it was recorded: what is computed from them differs" in said.out


def test_with_another_stamp_values_are_compared_and_that_is_said(
    of_clean: Path, verify: Callable[[Path], Said]
) -> None:
    restamped(of_clean, numpy="1.0", cpu="Another CPU")
    path = min(of_clean.glob("date=*/check-*.parquet"))
    for row, factor in ((50, 1 + 3e-13), (60, 1 - 3e-13)):
        rewritten(path, "vwap(session)", row, lambda value, by=factor: value * by)
    rewritten(path, "fingerprint", 50, lambda value: value ^ 1)
    said = verify(of_clean)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("identical to live within 1e-12: 1,")
    assert "compared by value: numpy 1.0 live, " in said.out
    assert "CPU Another CPU live, " in said.out

    rewritten(path, "vwap(session)", 70, lambda value: value * (1 + 3e-12))
    said = verify(of_clean)
    assert said.code == 1
    assert "differs from live at tick 70: " in said.err
    assert "vwap(session) was " in said.err
    assert "compared by value, to 1e-12: numpy 1.0 live, " in said.out


@pytest.mark.parametrize("kind", ["part", "check", "events"])
def test_a_recording_that_was_cut_off_is_identical_up_to_its_last_whole_batch(
    tmp_path: Path, verify: Callable[[Path], Said], feed: list[Arrivals], kind: str
) -> None:
    recording = recorder(tmp_path / "whole")
    polls = [piece(each, at, min(at + 500, len(each))) for each in feed for at in range(0, len(each), 500)]
    for each in polls:
        recording.write(each)
    due = recording.guard.deadline()
    assert due is not None
    recording.note_time(due[1], due[0])
    shutil.copytree(tmp_path / "whole", tmp_path / "tape")  # as a crash would leave it
    recording.close()
    (journal,) = (tmp_path / "tape").glob(f"date=*/{kind}-*.arrows")
    journal.write_bytes(journal.read_bytes()[:-11])
    said = verify(tmp_path / "tape")
    assert (said.code, said.err) == (0, "")
    rows = sum(map(len, polls)) - (len(polls[-1]) if kind == "part" else 0)
    assert f" of {rows:,} rows, fingerprint " in said.out
    assert "the recording was cut off" in said.out


def test_a_tape_without_a_fingerprint_is_refused_in_one_line(
    tmp_path: Path, verify: Callable[[Path], Said], clean: list[Arrivals]
) -> None:
    with TapeWriter(tmp_path / "tape", topic_id="test") as tape:
        tape.write(clean[0])
    said = verify(tmp_path / "tape")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "expected a fingerprint beside the tape, found none" in said.err


def test_a_tape_that_lost_what_was_in_force_is_refused_in_one_line(
    of_clean: Path, verify: Callable[[Path], Said]
) -> None:
    for path in of_clean.glob("date=*/events-*.parquet"):
        path.unlink()
    said = verify(of_clean)
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "expected the series and rules in force" in said.err


def test_what_is_no_tape_is_refused_in_one_line(tmp_path: Path, verify: Callable[[Path], Said]) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        said = verify(path)
        assert said.code == 1
        assert said.err.count("\n") == 1
        assert "expected a tape directory" in said.err


def test_each_recording_of_a_tape_is_proved_by_itself(
    tmp_path: Path, verify: Callable[[Path], Said], clean: list[Arrivals]
) -> None:
    record(tmp_path / "tape", clean[:6])
    record(tmp_path / "tape", clean[3:])  # an overlap, and state that the first one had
    said = verify(tmp_path / "tape")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("identical to live: ") == 2


def test_record_leaves_a_tape_that_verify_finds_identical(
    tmp_path: Path, verify: Callable[[Path], Said], capsys: pytest.CaptureFixture[str]
) -> None:
    ticks = tmp_path / "ticks.parquet"
    assert main(["simulate", "--to", str(ticks), "--for", "60s", "--rate", "100"]) == 0
    rules = tmp_path / "rules.toml"
    rules.write_text(format_rules(RULES_IN_FORCE), encoding="utf-8")
    line = ["record", "--feed", f"file:{ticks}?speed=max", "--to", str(tmp_path / "tape")]
    assert main([*line, "--series", "ema(20)", "--series", "sigma(60s)", "--rules", str(rules)]) == 0
    rows = pq.read_metadata(ticks).num_rows
    said = verify(tmp_path / "tape")
    assert (said.code, said.err) == (0, "")
    assert f" of {rows:,} rows, " in said.out
    (check,) = (tmp_path / "tape").glob("date=*/check-*.parquet")
    names = pq.read_schema(check).names
    assert names[:7] == ["row", "fingerprint", "fired", "price", "size", "ema(20)", "sigma(60s)"]


@pytest.mark.parametrize(
    ("options", "found"),
    [(["--series", "vwop(60s)"], "vwap"), (["--rules", "absent.toml"], "absent.toml")],
)
def test_record_refuses_bad_series_and_rules_before_it_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], found: str
) -> None:
    assert main(["record", "--feed", "sim:", "--to", str(tmp_path / "tape"), *options]) in (1, 2)
    assert found in capsys.readouterr().err
    assert not (tmp_path / "tape").exists()


def test_series_that_are_not_known_here_are_told(of_clean: Path, verify: Callable[[Path], Said]) -> None:
    events = min(of_clean.glob("date=*/events-*.parquet"))
    rewritten(events, "text", 0, lambda text: text.replace("ema(20)", "own(20)"))
    said = verify(of_clean)
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "is not known here" in said.err


def test_what_the_window_records_from_the_middle_of_a_feed_on_is_identical(
    tmp_path: Path, verify: Callable[[Path], Said]
) -> None:
    desk = Desk(clock=SystemClock(), instruments=load_instruments())
    pause = threading.Event()

    def until(holds: Callable[[], bool]) -> None:
        for _ in range(3_000):
            if holds():
                return
            pause.wait(0.01)
        raise AssertionError("nothing came of it")

    try:
        desk.open("sim:?rate=2000&seed=4")
        until(lambda: desk.counts.taken > 1_000)
        desk.record(str(tmp_path / "tape"))
        desk.set_rules(RULES_IN_FORCE)
        before = desk.counts.taken
        until(lambda: desk.counts.taken > before + 1_000)
        desk.keep_series("ema(20)")
        desk.set_rules(LATER)
        before = desk.counts.taken
        until(lambda: desk.counts.taken > before + 1_000)
        desk.record(None)
    finally:
        desk.close()
    assert desk.recording_fault == ""
    said = verify(tmp_path / "tape")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("identical to live: ")
