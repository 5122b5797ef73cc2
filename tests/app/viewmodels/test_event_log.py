from analytics.events import EventKind
from app.viewmodels.event_log import MOST_READ, MOST_ROWS, EventLogModel, raw_text
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import TONE_ROLE, Tone


def details(model):
    return [model.index(row, 4).data() for row in range(model.rowCount())]


def test_events_stand_newest_first_with_time_and_place(desk, qtmodeltester):
    desk.happen(EventKind.LATE, "SBIN", "3 s late", at_s=900, row=7)
    desk.happen(EventKind.GAP, "SBIN", "4 missing", at_s=901)
    model = EventLogModel(desk, Quotes(desk))
    model.refresh()
    qtmodeltester.check(model)
    assert details(model) == ["4 missing", "3 s late"]
    row = [model.index(1, column).data() for column in range(5)]
    assert row == ["09:15:00.000", "late", "SBIN", "p0:7", "3 s late"]
    assert model.index(0, 1).data(TONE_ROLE) is Tone.WARNING


def test_what_bears_no_symbol_is_timed_in_the_zone_of_the_chart(desk):
    desk.happen(EventKind.QUARANTINED, "", "the message is empty", at_s=900)
    model = EventLogModel(desk, Quotes(desk))
    model.refresh()
    assert model.index(0, 0).data() == "03:45:00.000"
    model.set_charted("SBIN")
    assert model.index(0, 0).data() == "09:15:00.000"


def test_one_kind_can_be_shown_alone(desk):
    desk.happen(EventKind.LATE, "SBIN", "late")
    desk.happen(EventKind.GAP, "SBIN", "gap")
    model = EventLogModel(desk, Quotes(desk))
    model.refresh()
    model.set_kind(EventKind.GAP)
    assert details(model) == ["gap"]
    model.set_kind(None)
    assert details(model) == ["gap", "late"]


def test_the_badge_counts_what_was_not_looked_at(desk):
    model = EventLogModel(desk, Quotes(desk))
    desk.happen(EventKind.LATE, "SBIN", "late")
    model.refresh()
    assert model.unseen == 1
    model.mark_seen()
    assert model.unseen == 0


def test_a_storm_of_events_keeps_the_newest(desk, qtmodeltester):
    model = EventLogModel(desk, Quotes(desk))
    for burst in range(3):
        for number in range(MOST_ROWS // 2 + 1):
            desk.happen(EventKind.QUARANTINED, "SBIN", f"{burst}-{number}")
        model.refresh()
    qtmodeltester.check(model)
    assert model.rowCount() == MOST_ROWS
    assert details(model)[0] == f"2-{MOST_ROWS // 2}"


def test_of_a_storm_each_refresh_takes_a_part_and_none_is_lost(desk):
    count = 2 * MOST_READ + 5
    for number in range(count):
        desk.happen(EventKind.QUARANTINED, "SBIN", f"{number}")
    model = EventLogModel(desk, Quotes(desk))
    assert [len(model.refresh()) for _ in range(4)] == [MOST_READ, MOST_READ, 5, 0]
    assert model.counts[EventKind.QUARANTINED] == count
    assert details(model)[0] == str(count - 1)


def test_counts_are_of_all_kinds_whatever_is_shown(desk):
    desk.happen(EventKind.LATE, "SBIN", "late")
    desk.happen(EventKind.GAP, "SBIN", "gap")
    model = EventLogModel(desk, Quotes(desk))
    model.refresh()
    model.set_kind(EventKind.GAP)
    model.set_words("nowhere")
    assert (model.rowCount(), model.counts[EventKind.LATE], model.counts[EventKind.GAP]) == (0, 1, 1)
    desk.begin_anew()
    model.refresh()
    assert sum(model.counts.values()) == 0


def test_in_a_recording_the_place_is_its_row(desk):
    desk.go_replay("SBIN")
    desk.happen(EventKind.LATE, "SBIN", "late", row=6)
    model = EventLogModel(desk, Quotes(desk))
    model.refresh()
    assert model.index(0, 3).data() == "row 7"


def test_of_many_bytes_the_first_are_told():
    assert raw_text(b"a\nb\xff") == "a\\nb\\xff"
    assert raw_text(b"x" * 500).endswith("… and 100 bytes more")
