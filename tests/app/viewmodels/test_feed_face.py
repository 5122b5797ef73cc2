import pytest

from app.desk import LoadProgress
from app.viewmodels.feed_face import (
    Choice,
    disconnected_notice,
    face_of,
    is_waiting,
    loading_notice,
    no_feed_notice,
    notice_of,
    waiting_notice,
)
from app.viewmodels.tones import Tone
from feeds.source import FeedInfo, FeedState, FeedStatus, Transport

SIM = FeedInfo("sim", "sim", "sim:")
FILE = FeedInfo("file", "nifty-2026-11-20", "file:x")
NS = 1_000_000_000


def transport(paused):
    return Transport(1, 2, 0, 0, 0, 20.0, paused)


def notice(status, **given):
    return notice_of(status, **({"where": "broker", "silent_ns": None, "clock_ns": 0} | given))


def test_demo_replay_and_live_look_different():
    assert face_of(SIM, FeedStatus(FeedState.LIVE), None, None).pill == "▷ Demo · sim"
    face = face_of(FILE, FeedStatus(FeedState.PAUSED), transport(True), None)
    assert (face.pill, face.status, face.tone) == (
        "⟲ Replay · nifty-2026-11-20",
        "▮▮ Paused 20×",
        Tone.REPLAY,
    )
    kafka = FeedInfo("kafka", "ticks.v1", "kafka://x/ticks.v1")
    assert face_of(kafka, FeedStatus(FeedState.LIVE), None, None).pill == "Live · ticks.v1"


def test_a_live_feed_that_is_silent_is_stale_and_its_age_counts():
    face = face_of(SIM, FeedStatus(FeedState.LIVE), None, 7 * NS)
    assert (face.status, face.tone) == ("◐ Stale 7 s", Tone.WARNING)
    assert "7 s" in notice(FeedStatus(FeedState.LIVE), silent_ns=7 * NS).detail


def test_all_well_needs_no_banner():
    assert notice(FeedStatus(FeedState.LIVE)) is None
    assert notice(FeedStatus(FeedState.REPLAYING)) is None


def test_connecting_counts_attempts_down_and_can_be_cancelled():
    status = FeedStatus(FeedState.CONNECTING, attempt=3, retry_at_ns=10 * NS)
    found = notice(status, clock_ns=6 * NS + 1)
    assert found.detail == "attempt 3, next try in 4 s"
    assert Choice.CANCEL in found.choices


def test_connecting_names_the_broker_the_attempt_the_cause_and_the_wait():
    status = FeedStatus(FeedState.CONNECTING, "no broker answers", attempt=2, retry_at_ns=10 * NS)
    loading = LoadProgress("kafka://h:9092/ticks.v1?from=earliest", 0, 0, status)
    found = loading_notice(loading, clock_ns=7 * NS)
    assert found.title == "Connecting to h:9092/ticks.v1"
    assert found.detail == "attempt 2, next try in 3 s  ·  no broker answers"
    assert found.choices == (Choice.COPY, Choice.CANCEL)


def test_many_servers_leave_the_topic_in_the_title():
    status = FeedStatus(FeedState.CONNECTING, attempt=1)
    servers = ",".join(f"broker-{number}.example.com:9092" for number in range(3))
    found = loading_notice(LoadProgress(f"kafka://{servers}/ticks.v1", 0, 0, status))
    assert found.title == "Connecting to ticks.v1"
    assert found.choices == (Choice.CANCEL,)  # there is no cause to copy yet


def test_without_a_feed_the_window_offers_some():
    feeds = (Choice.DEMO, Choice.OPEN, Choice.KAFKA)
    assert no_feed_notice(given_up=False).choices == feeds
    assert no_feed_notice(given_up=True).choices == (Choice.RETRY, *feeds)


def test_a_topic_that_has_not_ticked_is_waited_for_not_stale(desk):
    desk.go_live(kind="kafka")
    assert is_waiting(desk)
    assert face_of(desk.info, desk.status, None, None, waiting=True).status == "◌ Waiting"
    desk.trade("SBIN", 842.0)
    assert not is_waiting(desk)


@pytest.mark.parametrize(
    ("quarantined", "from_start", "told", "choices"),
    [
        (0, False, "published from now on", (Choice.START,)),
        (0, True, "holds no tick yet", ()),
        (3, True, "none of 3 messages", ()),
    ],
)
def test_waiting_tells_what_for(quarantined, from_start, told, choices):
    kafka = FeedInfo("kafka", "ticks.v1", "kafka://x/ticks.v1")
    found = waiting_notice(kafka, quarantined=quarantined, from_start=from_start)
    assert told in found.detail
    assert found.choices == choices


def test_reconnecting_can_be_hurried_or_given_up():
    status = FeedStatus(FeedState.RECONNECTING, "h:9092 is gone", attempt=1, retry_at_ns=3 * NS)
    found = notice(status, clock_ns=2 * NS)
    assert found.detail == "attempt 1, next try in 1 s  ·  h:9092 is gone"
    assert found.title == "Reconnecting to broker"
    assert found.choices == (Choice.RETRY, Choice.COPY, Choice.CANCEL)
    gone = disconnected_notice(FeedStatus(FeedState.ENDED, "h:9092 is gone"))
    assert gone.detail == "h:9092 is gone  ·  the view is kept"
    assert gone.choices == (Choice.RETRY,)


@pytest.mark.parametrize("state", list(FeedState))
def test_every_state_has_a_word_of_its_own(state):
    words = face_of(SIM, FeedStatus(state), None, None).status
    others = {face_of(SIM, FeedStatus(each), None, None).status for each in FeedState if each is not state}
    assert words not in others


def test_a_closed_market_says_what_follows():
    assert notice(FeedStatus(FeedState.CLOSED_MARKET, "Market closed")).detail == "The next session follows."
    assert notice(FeedStatus(FeedState.CLOSED_MARKET, "a holiday")).detail == "a holiday"


def test_a_failure_tells_its_cause_and_offers_retry_and_copy():
    found = notice(FeedStatus(FeedState.FAILED, "refused"))
    assert found.detail == "refused"
    assert {Choice.RETRY, Choice.COPY} <= set(found.choices)


def test_a_feed_that_could_not_be_opened_comes_before_the_state_of_the_one_that_goes_on():
    found = notice(FeedStatus(FeedState.LIVE), fault=FeedStatus(FeedState.FAILED, "row 7: no price"))
    assert (found.title, found.detail) == ("Could not open", "row 7: no price")


def test_loading_names_the_file_and_its_share():
    found = loading_notice(LoadProgress("file:/a/b/ticks.csv?speed=max", 1, 4))
    assert (found.title, found.detail, found.done, found.total) == ("Opening ticks.csv", "25 %", 1, 4)


def test_a_live_feed_of_a_market_out_of_session_says_that_it_is_closed():
    face = face_of(FeedInfo("kafka", "t", "kafka://h/t"), FeedStatus(FeedState.LIVE), None, None, closed=True)
    assert (face.status, face.tone) == ("○ Market closed", Tone.DIM)
