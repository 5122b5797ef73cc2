"""Columns and the log: what a reader sees while another thread writes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields

import numpy as np
import pytest

from analytics.calendar import ALWAYS, US
from analytics.columns import ColumnsView, SymbolColumns
from analytics.log import AppendLog
from analytics.store import FIRST_CAPACITY, HIGH
from analytics.ticks import NO_SEQ
from tests.builders.ticks import MORNING, SECOND

NO_GAP = np.zeros(1, np.bool_)
READS_ENOUGH = 100
ROWS_MOST = 90_000


@pytest.fixture
def restless() -> Iterator[None]:
    """Have threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def append(columns: SymbolColumns, rows: range, gaps: frozenset[int] = frozenset()) -> None:
    """Append rows whose every value follows from their number."""
    number = np.array(rows, np.int64)
    price = (1_000 + number % 7) * 10 ** (columns.price_scale - 2)
    size = (1 + number % 5) * 10**columns.size_scale
    gap = np.array([row in gaps for row in rows])
    columns.append(MORNING + number - 2 * (number % 3), price, size, number, gap)


def assert_whole(view: ColumnsView) -> None:
    """Check that every row below the count is what `append` wrote, at the view's scale."""
    number = np.arange(view.count, dtype=np.int64)
    rows = slice(0, view.count)
    ts_ns = MORNING + number - 2 * (number % 3)
    by_price, by_size = 10 ** (view.price_scale - 2), 10**view.size_scale
    price, size = (1_000 + number % 7) * by_price, (1 + number % 5) * by_size
    d = price - 1_000 * by_price
    written = {
        "ts_ns": ts_ns,
        "time_ns": np.maximum.accumulate(ts_ns) if view.count else ts_ns,
        "price": price,
        "size": size,
        "seq": number,
        "session": MORNING // (86_400 * SECOND) + 0 * number,
        "sum_v": np.cumsum(size),
        "sum_vd": np.cumsum(size * d),
        "sum_vdd": np.cumsum(size * d * d),
    }
    for name, expected in written.items():
        assert np.array_equal(getattr(view, name)[rows], expected), name
    for column in view.series.values():
        assert np.array_equal(column[rows], (1_000 + number % 7) / 100.0)
    gaps = view.gaps()
    assert np.array_equal(gaps, np.arange(5, view.count, 11)[: len(gaps)])


def in_background(read: Callable[[], bool]) -> tuple[threading.Thread, list[BaseException], list[int]]:
    """Have a thread read until `read` says that it has seen all."""
    faults: list[BaseException] = []
    reads = [0]

    def run() -> None:
        try:
            while not read():
                reads[0] += 1
        except BaseException as fault:  # noqa: BLE001  told by the test
            faults.append(fault)

    thread = threading.Thread(target=run, name="tickdesk-test-reader")
    thread.start()
    return thread, faults, reads


@pytest.mark.usefixtures("restless")
def test_a_reader_never_sees_a_torn_row_while_columns_grow_widen_and_gain_series() -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    done = threading.Event()

    def read() -> bool:
        last = done.is_set()
        assert_whole(columns.view)
        return last

    thread, faults, reads = in_background(read)
    start, step = 0, 3
    while start < 3_000 or (reads[0] < READS_ENOUGH and start < ROWS_MOST and thread.is_alive()):
        stop = start + step
        append(columns, range(start, stop), frozenset(range(5 + (start - 5) // 11 * 11, stop, 11)))
        if start == 900:
            columns.rescale(4, 1)
        if start == 600:
            columns.add_series("x")[:start] = (1_000 + np.arange(start) % 7) / 100.0
        if start >= 600:
            columns.series("x")[start:stop] = (1_000 + np.arange(start, stop) % 7) / 100.0
        columns.publish()
        start = stop
    done.set()
    thread.join()
    assert not faults, faults
    assert reads[0] >= READS_ENOUGH


@pytest.mark.usefixtures("restless")
def test_a_log_reader_gets_every_entry_once_and_in_order() -> None:
    log: AppendLog[int] = AppendLog()
    seen: list[int] = []
    count = [0]

    def read() -> bool:
        entries, count[0] = log.since(count[0])
        seen.extend(entries)
        return count[0] == 20_000

    thread, faults, _ = in_background(read)
    for entry in range(20_000):
        log.append(entry)
    thread.join()
    assert not faults
    assert seen == list(range(20_000))


@pytest.mark.usefixtures("restless")
def test_a_log_that_lets_go_of_entries_never_skips_within_what_it_gives() -> None:
    log: AppendLog[int] = AppendLog(keep=50)
    count = [0]

    def read() -> bool:
        entries, now = log.since(count[0])
        assert list(entries) == list(range(now - len(entries), now))
        count[0] = now
        return now == 20_000

    thread, faults, _ = in_background(read)
    for entry in range(20_000):
        log.append(entry)
    thread.join()
    assert not faults


def test_a_log_holds_its_newest_entries_and_counts_all() -> None:
    log: AppendLog[int] = AppendLog(keep=10)
    for entry in range(95):
        log.append(entry)
    entries, count = log.since(0)
    assert count == log.count == 95
    assert 10 <= len(entries) < 20
    assert list(entries) == list(range(95 - len(entries), 95))
    assert log.since(93) == ([93, 94], 95)
    assert log.since(95) == ([], 95)


def test_a_log_that_was_cleared_counts_from_zero() -> None:
    log: AppendLog[int] = AppendLog()
    log.append(1)
    log.clear()
    assert (log.count, list(log.since(0)[0])) == (0, [])
    log.append(2)
    assert log.since(0) == ([2], 1)


def test_nothing_is_visible_before_it_is_published() -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    append(columns, range(3))
    assert columns.view.count == 0
    columns.publish()
    assert columns.view.count == 3
    assert_whole(columns.view)


def test_a_view_that_was_taken_stays_as_it_was() -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    append(columns, range(10))
    columns.publish()
    before = columns.view
    append(columns, range(10, 5 * FIRST_CAPACITY), frozenset(range(16, 2_000, 11)))
    columns.rescale(5, 2)
    columns.publish()
    assert_whole(before)
    assert (before.count, before.generation, before.price_scale) == (10, 0, 2)
    assert (columns.view.generation, columns.view.price_scale, columns.view.size_scale) == (1, 5, 2)


@pytest.mark.parametrize("length", [1, FIRST_CAPACITY, FIRST_CAPACITY + 1, 20 * FIRST_CAPACITY])
def test_columns_grow_to_whatever_is_appended(length: int) -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    append(columns, range(length))
    append(columns, range(length, length + 1))
    columns.publish()
    assert_whole(columns.view)
    assert columns.view.count == length + 1


class Counted:
    """A memory that notes what it gave, filled with what nobody wrote."""

    def __init__(self) -> None:
        self.calls: list[list[np.ndarray]] = []

    def allocate(self, wanted: Sequence[tuple[int, np.dtype]]) -> list[np.ndarray]:
        self.calls.append([np.full(length, -1, dtype) for length, dtype in wanted])
        return self.calls[-1]

    def let_go(self, array: np.ndarray, start: int, stop: int) -> None:
        raise AssertionError

    def gave(self, array: np.ndarray) -> bool:
        """Return whether an array is one that came from here, or a part of one."""
        return any(np.shares_memory(array, mine) for call in self.calls for mine in call)


def test_all_that_a_view_holds_comes_from_the_memory_that_is_handed_in() -> None:
    memory = Counted()
    columns = SymbolColumns("A", ALWAYS, 2, 0, memory=memory)
    columns.add_series("x")
    append(columns, range(20 * FIRST_CAPACITY), frozenset(range(5, 500, 11)))
    columns.series("x")[: columns.count] = 0.0
    columns.rescale(3, 0)
    append(columns, range(columns.count, 9_000))
    columns.series("x")[:9_000] = 0.0
    columns.keep_high_limbs(9_000)
    columns.publish()
    view = columns.view
    arrays = [each for field in fields(view) if isinstance(each := getattr(view, field.name), np.ndarray)]
    arrays += [*view.series.values(), *(nodes.values for nodes in view.nodes.values())]
    arrays += [columns.column(name) for name in HIGH.values()]
    assert len(arrays) == 16
    assert view.nodes
    assert all(memory.gave(array) for array in arrays)


def test_growth_asks_for_all_columns_in_one_call() -> None:
    memory = Counted()
    columns = SymbolColumns("A", ALWAYS, 2, 0, memory=memory)
    for text in "xyz":
        columns.add_series(text)
    asked = len(memory.calls)
    append(columns, range(9_000))
    assert len(memory.calls) == asked + 1
    assert len(memory.calls[-1]) == 6 + 1 + 3 + 4


def test_many_gaps_are_kept_in_order() -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    for start in range(0, 400, 4):
        append(columns, range(start, start + 4), frozenset({start + 1, start + 3}))
    columns.publish()
    assert columns.view.gaps().tolist() == list(range(1, 400, 2))


def test_a_widened_scale_keeps_values_and_sums_exact_even_where_they_wrapped() -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    price = np.array([5, 5 + 2**40, 7], np.int64)
    size = np.array([3, 2**20, 2**50], np.int64)
    columns.append(np.arange(3), price, size, np.full(3, NO_SEQ), np.zeros(3, np.bool_))
    columns.rescale(4, 1)
    columns.publish()
    view, wrap = columns.view, 2**64
    d = [(int(each) - 5) * 100 for each in price]
    volume = [int(each) * 10 for each in size]
    assert view.price[:3].tolist() == [int(each) * 100 for each in price]
    assert view.size[:3].tolist() == volume
    for name, terms in (
        ("sum_v", volume),
        ("sum_vd", [v * x for v, x in zip(volume, d, strict=True)]),
        ("sum_vdd", [v * x * x for v, x in zip(volume, d, strict=True)]),
    ):
        running = [sum(terms[: at + 1]) % wrap for at in range(3)]
        assert [each % wrap for each in getattr(view, name)[:3].tolist()] == running
    assert view.reference == 500


def test_sessions_are_those_of_the_running_time_however_ticks_are_appended() -> None:
    hour = 3_600 * SECOND
    ts_ns = MORNING + np.array([0, 5, 11, 12, 9, 13, 20, 30, 36, 37, 80, 60, 200], np.int64) * hour // 2
    found = []
    for step in (1, 3, 13):
        columns = SymbolColumns("A", US, 2, 0)
        for start in range(0, 13, step):
            times = ts_ns[start : start + step]
            ones = np.ones(len(times), np.int64)
            columns.append(times, ones, ones, ones, np.zeros(len(times), np.bool_))
        found.append(columns.column("session")[:13].tolist())
    assert found[0] == found[1] == found[2]
    assert found[0] == US.session_of(np.maximum.accumulate(ts_ns)).tolist()


def test_a_view_tells_its_newest_values() -> None:
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    assert columns.view.last_price() is None
    columns.add_series("x")[:1] = np.nan
    append(columns, range(1))
    columns.publish()
    assert columns.view.last_price() == 10.0
    assert columns.view.last_value("x") is None
    assert columns.view.last_value("unknown") is None
    with pytest.raises(KeyError):
        columns.view.values("unknown", 0, 1)
    columns.drop_series("x")
    columns.publish()
    assert not columns.view.series
