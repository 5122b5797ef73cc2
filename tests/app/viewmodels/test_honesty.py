import time
from dataclasses import replace

import numpy as np
import pytest

from analytics.columns import SymbolColumns
from analytics.events import DataEvent, EventKind
from analytics.ticks import NO_SEQ, Position
from app.viewmodels.honesty import (
    BREAK,
    ENGINE,
    LOST,
    MOST_MARKS,
    MOST_READ,
    STALE,
    Honesty,
    place_text,
)
from feeds.source import FeedState, FeedStatus

S = 1_000_000_000
OPEN_NS = 1_795_145_400_000_000_000


@pytest.fixture
def honesty(desk):
    desk.go_live("SBIN", "TCS", kind="kafka")
    return Honesty(desk)


def kinds(marks):
    return [mark.kind for mark in marks]


def partition(desk, number, at_s, words):
    desk.events.append(DataEvent(EventKind.PARTITION, "", OPEN_NS + at_s * S, Position(number, -1), 0, words))


def test_an_event_is_told_with_its_place(desk, honesty):
    desk.happen(EventKind.LATE, "SBIN", "seq 7 came after its place was passed", at_s=910, row=10_422)
    (mark,) = honesty.marks("SBIN", None)
    assert mark.ts_ns == mark.stop_ns == OPEN_NS + 910 * S
    assert mark.detail == "late: seq 7 came after its place was passed · partition 0, offset 10,422"
    assert honesty.marks("TCS", None) == []


def test_in_a_file_the_place_is_the_row(desk):
    desk.go_replay("SBIN")
    desk.happen(EventKind.QUARANTINED, "SBIN", "size is empty", row=6)
    (mark,) = Honesty(desk).marks("SBIN", None)
    assert mark.detail.endswith("row 7")
    assert place_text(Position(2, 5, 3), 0, in_file=False) == "partition 2, offset 5[3]"


def test_a_gap_reaches_from_tick_to_tick_and_tells_how_many_are_missing(desk, honesty):
    desk.trade("SBIN", 840.0, at_s=900)
    desk.trade("SBIN", 841.0, at_s=904, gap=True)
    (before,) = honesty.marks("SBIN", desk.view("SBIN"))
    assert before.detail == "gap: ticks are missing · 4 s"
    desk.happen(EventKind.GAP, "SBIN", "12 ticks missing before seq 893", at_s=904, row=9)
    (mark,) = honesty.marks("SBIN", desk.view("SBIN"))
    assert (mark.ts_ns, mark.stop_ns) == (OPEN_NS + 900 * S, OPEN_NS + 904 * S)
    assert mark.detail == "gap: 12 ticks missing before seq 893 · partition 0, offset 9 · 4 s"


def test_gaps_come_as_they_grow(desk, honesty):
    for number in range(200):
        desk.trade("SBIN", 840.0, at_s=900 + 4 * number, gap=number > 0)
        marks = honesty.marks("SBIN", desk.view("SBIN"))
        assert kinds(marks) == [EventKind.GAP] * number
    assert [mark.ts_ns for mark in marks] == sorted(mark.ts_ns for mark in marks)
    assert len(set(marks)) == 199


def test_what_bears_no_symbol_is_told_of_all(desk, honesty):
    desk.happen(EventKind.QUARANTINED, "", "the message is empty")
    for symbol in ("SBIN", "TCS", ""):
        assert kinds(honesty.marks(symbol, None)) == [EventKind.QUARANTINED]


def test_a_partition_is_idle_until_its_next_tick(desk, honesty):
    partition(desk, 2, 900, "partition 2 is idle: the others do not wait for it")
    assert honesty.marks("SBIN", None)[0].stop_ns == OPEN_NS + 900 * S
    partition(desk, 2, 960, "partition 2 is active again")
    (mark,) = honesty.marks("SBIN", None)
    assert (mark.kind, mark.stop_ns - mark.ts_ns) == (EventKind.PARTITION, 60 * S)
    assert mark.detail.endswith("1 min")


def test_without_news_the_same_list_comes_back(desk, honesty):
    desk.happen(EventKind.LATE, "SBIN", "late")
    marks = honesty.marks("SBIN", None)
    assert honesty.marks("SBIN", None) is marks
    desk.happen(EventKind.LATE, "SBIN", "late")
    assert len(honesty.marks("SBIN", None)) == 2


def test_columns_that_begin_anew_forget_the_marks(desk, honesty):
    desk.happen(EventKind.LATE, "SBIN", "late")
    assert honesty.marks("SBIN", None)
    desk.begin_anew()
    assert honesty.marks("SBIN", None) == []


def test_a_storm_is_taken_in_by_and_by_and_bounded(desk, honesty):
    count = 100_000
    for number in range(count):
        desk.happen(EventKind.LATE, "SBIN", f"{number}")
    slowest, polls = 0.0, 0
    while not polls or honesty.behind:
        begun = time.perf_counter()
        honesty.poll()
        slowest = max(slowest, time.perf_counter() - begun)
        polls += 1
    assert polls == count // MOST_READ
    assert slowest < 0.25  # a call costs some milliseconds; this holds on a machine that is busy
    marks = honesty.marks("SBIN", None)
    assert len(marks) == MOST_MARKS
    assert str(count - 1) in marks[-1].detail


def live(desk, idle_s, now_s):
    desk.idle_s = idle_s
    desk.now_ns = OPEN_NS + round(now_s * S)


def test_silence_in_session_is_a_stale_span_that_ends_with_the_next_tick(desk, honesty):
    desk.trade("SBIN", 840.0, at_s=900)
    live(desk, 4.9, 904.9)
    assert honesty.marks("SBIN", None) == []
    live(desk, 6.0, 906)
    (mark,) = honesty.marks("SBIN", None)
    assert (mark.kind, mark.ts_ns) == (STALE, OPEN_NS + 900 * S)
    assert mark.detail == "no tick came · 6 s so far"
    live(desk, 9.0, 909)
    honesty.poll()
    live(desk, 0.2, 910.2)
    (mark,) = honesty.marks("SBIN", None)
    assert (mark.ts_ns, mark.stop_ns) == (OPEN_NS + 900 * S, OPEN_NS + 910 * S)
    assert mark.detail == "no tick came · 10 s"


def test_silence_out_of_hours_is_no_fault(desk, honesty):
    desk.trade("SBIN", 840.0, at_s=900)
    night_s = 16 * 3600
    live(desk, 60.0, night_s)
    assert honesty.marks("SBIN", None) == []


def test_a_recording_is_never_stale(desk):
    desk.go_replay("SBIN")
    desk.trade("SBIN", 840.0)
    honesty = Honesty(desk)
    live(desk, 60.0, 960)
    assert honesty.marks("SBIN", None) == []


def test_a_break_of_the_connection_tells_its_cause(desk, honesty):
    desk.trade("SBIN", 840.0, at_s=900)
    honesty.poll()
    desk.status = FeedStatus(FeedState.RECONNECTING, "h:9092 is gone")
    live(desk, 1.0, 901)
    honesty.poll()
    live(desk, 4.0, 904)
    honesty.poll()
    desk.status = FeedStatus(FeedState.LIVE)
    live(desk, 0.1, 905)
    (mark,) = honesty.marks("SBIN", None)
    assert (mark.kind, mark.ts_ns, mark.stop_ns) == (BREAK, OPEN_NS + 901 * S, OPEN_NS + 905 * S)
    assert mark.detail == "no connection: h:9092 is gone · 4 s"


def test_a_feed_that_connects_for_the_first_time_has_not_broken(desk, honesty):
    desk.status = FeedStatus(FeedState.CONNECTING)
    for at_s in (900, 905):
        live(desk, 1.0, at_s)
        honesty.poll()
    desk.status = FeedStatus(FeedState.LIVE)
    live(desk, 0.1, 906)
    assert honesty.marks("SBIN", None) == []


def test_an_engine_that_was_started_again_and_a_range_that_was_lost_are_told(desk, honesty):
    desk.engine_place = "process 12"
    honesty.poll()
    desk.engine_place = "process 13"
    desk.info = replace(desk.info, lost=("partition 1: offsets 5 to 9 are gone, taken by retention",))
    marks = honesty.marks("SBIN", None)
    assert kinds(marks) == [LOST, ENGINE]
    assert marks[0].detail.startswith("partition 1")


def test_an_engine_that_moves_to_a_process_is_no_restart(desk, honesty):
    honesty.poll()
    desk.engine_place = "process 12"
    assert honesty.marks("SBIN", None) == []


# Gaps of one instant, and of storms


def with_gaps(desk, times_s):
    """Let SBIN have a tick behind a gap at each of these seconds, but none missing before the first."""
    columns = SymbolColumns("SBIN", desk.instruments.calendar_of("SBIN"), 2, 0)
    for number, at_s in enumerate(times_s):
        tick = (OPEN_NS + round(at_s * S), 84_000, 1, NO_SEQ, number > 0)
        columns.append(*(np.array([each]) for each in tick))
    columns.publish()
    desk._columns["SBIN"] = columns
    return columns.view


def test_each_gap_of_an_instant_has_its_own_count_and_place(desk, honesty):
    view = with_gaps(desk, (900, 910, 910, 910, 911))
    for missing, row in ((3, 5), (2, 9), (4, 14)):
        desk.happen(EventKind.GAP, "SBIN", f"{missing} ticks missing", at_s=910, row=row)
    told = [mark.detail.split(" · ")[:2] for mark in honesty.marks("SBIN", view)]
    assert told == [
        ["gap: 3 ticks missing", "partition 0, offset 5"],
        ["gap: 2 ticks missing", "partition 0, offset 9"],
        ["gap: 4 ticks missing", "partition 0, offset 14"],
        ["gap: ticks are missing", "1 s"],
    ]


def test_a_gap_of_an_instant_keeps_its_event_as_the_newest_are_looked_at_again(desk, honesty):
    count = 150
    for number in range(1, count):
        desk.happen(EventKind.GAP, "SBIN", f"number {number}", at_s=910)
    view = with_gaps(desk, (900, *[910] * (count - 1)))
    honesty.marks("SBIN", view)
    desk.happen(EventKind.LATE, "SBIN", "news")
    marks = honesty.marks("SBIN", view)[1:]
    assert [mark.detail.split(" · ")[0] for mark in marks] == [f"gap: number {n}" for n in range(1, count)]


def test_after_a_storm_every_gap_tells_its_count_and_place(desk, honesty):
    count = 3_000
    view = with_gaps(desk, (900, *[901 + number for number in range(count)]))
    for number in range(count):
        for _ in range(2):
            desk.happen(EventKind.LATE, "SBIN", "late", at_s=901 + number)
        desk.happen(EventKind.GAP, "SBIN", f"number {number}", at_s=901 + number)
    honesty.marks("SBIN", view)
    while honesty.behind:
        honesty.marks("SBIN", view)
    gaps = [mark.detail.split(" · ")[0] for mark in honesty.marks("SBIN", view) if mark.kind is EventKind.GAP]
    assert gaps == [f"gap: number {number}" for number in range(count)]


def test_a_silence_over_a_whole_session_stays_after_its_close(desk, honesty):
    hour_s, monday_s = 3_600, 3 * 86_400  # 2026-11-20 is a Friday
    desk.trade("SBIN", 840.0, at_s=monday_s + 8 * hour_s)
    live(desk, 23 * hour_s, monday_s + 31 * hour_s)
    (mark,) = honesty.marks("SBIN", None)
    assert (mark.kind, mark.ts_ns) == (STALE, OPEN_NS + (monday_s + 8 * hour_s) * S)
    assert mark.stop_ns == OPEN_NS + (monday_s + 31 * hour_s) * S


def test_a_silence_over_a_weekend_is_no_fault(desk, honesty):
    hour_s = 3_600  # 2026-11-20 is a Friday
    desk.trade("SBIN", 840.0, at_s=8 * hour_s)
    live(desk, 60 * hour_s, 68 * hour_s)
    assert honesty.marks("SBIN", None) == []
