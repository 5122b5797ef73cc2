"""The lines of the Kafka dialog against the addresses that they make."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.topic_finder import LookupState, TopicLookup
from app.viewmodels.kafka_choice import KafkaChoice, choice_of, shown_topics, words_for_list
from feeds.address import Beginning, parse_address
from feeds.kafka.vocabulary import TopicSummary

PLAIN = KafkaChoice("localhost:9092", "ticks.v1")
TOPICS = (
    TopicSummary("ticks.v1", 12, 5),
    TopicSummary("__consumer_offsets", 50, 9),
    TopicSummary("Orders", 1, None),
)


def test_options_at_their_defaults_are_left_out():
    assert PLAIN.address == "kafka://localhost:9092/ticks.v1"


@pytest.mark.parametrize(
    ("start", "detail", "option"),
    [
        (Beginning.EARLIEST, "", "from=earliest"),
        (Beginning.EARLIEST, "left over", "from=earliest"),
        (Beginning.TIME, "2026-11-20T09:15:00+05:30", "from=2026-11-20T09:15:00+05:30"),
        (Beginning.TIME, " 2026-11-20 09:15+05:30 ", "from=2026-11-20T09:15:00+05:30"),
        (Beginning.TIME, "2026-11-20T09:15:00", "from=2026-11-20T09:15:00+00:00"),
        (Beginning.TIME, "2026-11-20", "from=2026-11-20T00:00:00+00:00"),
        (Beginning.OFFSETS, "p0:123, p1:456", "from=p0:123,p1:456"),
    ],
)
def test_where_reading_begins_is_an_option(start, detail, option):
    choice = replace(PLAIN, start=start, start_detail=detail)
    assert choice.fault is None
    assert choice.address == f"kafka://localhost:9092/ticks.v1?{option}"


def test_several_servers_get_their_ports_and_throughput_its_option():
    choice = KafkaChoice(" host ,host2:9093, [::1]", " ticks.v1 ", Beginning.EARLIEST, throughput=True)
    assert choice.fault is None
    assert choice.address == "kafka://host:9092,host2:9093,[::1]:9092/ticks.v1?from=earliest&tune=throughput"


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ("", "Name a server"),
        (" , ", "Name a server"),
        ("kafka://localhost:9092", "is no server"),
        ("host:port", "is no server"),
        ("host:", "is no server"),
        ("ok:9092,b/ad", "“b/ad”"),
        ("host:0", "65535"),
        ("host:65536", "65535"),
        ("host:" + "9" * 400, "65535"),
    ],
)
def test_wrong_servers_are_told(servers, said):
    choice = replace(PLAIN, servers=servers)
    assert said in choice.servers_fault
    assert choice.fault == choice.servers_fault
    assert len(choice.fault) < 90


@pytest.mark.parametrize("topic", ["", "  ", "ticks v1", "ticks/v1", "tïcks", ".", "..", "t" * 250])
def test_a_wrong_topic_is_told(topic):
    choice = replace(PLAIN, topic=topic)
    assert choice.topic_fault is not None
    assert choice.fault == choice.topic_fault


def test_a_topic_may_have_249_signs():
    assert replace(PLAIN, topic="t" * 249).fault is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "09:15",
        "2026-11-31",
        "2026-11-20T25:00",
        "1969-12-31T23:59:59Z",
        "2262-01-01",
        "1795145400",
    ],
)
def test_a_wrong_time_is_told(text):
    choice = replace(PLAIN, start=Beginning.TIME, start_detail=text)
    assert "Write a time" in choice.fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write offsets"),
        (",", "Write offsets"),
        ("123", "“123” is no offset"),
        ("p0:1,p1", "“p1” is no offset"),
        ("p0:-1", "is no offset"),
        ("p0:" + "9" * 19, "is no offset"),
        ("p1:5,p01:6", "Partition 1 is named twice"),
    ],
)
def test_wrong_offsets_are_told(text, said):
    assert said in replace(PLAIN, start=Beginning.OFFSETS, start_detail=text).fault


def test_a_detail_that_is_not_asked_for_is_not_wrong():
    assert replace(PLAIN, start_detail="nonsense").fault is None


@pytest.mark.parametrize(
    "address",
    [
        "kafka://localhost:9092/ticks.v1",
        "kafka://a:1,b:2/t?from=earliest&tune=throughput",
        "kafka://a:9092/t?from=2026-11-20T09:15:00+05:30",
        "kafka://a:9092/t?from=p0:123,p1:456",
        "kafka://a:9092/t?from=earliest&tune=throughput&form=arrow&lateness=2s&map=price:ltp",
    ],
)
def test_an_address_comes_back_as_it_was(address):
    assert choice_of(address).address == address
    assert choice_of(address).fault is None


def test_an_epoch_number_comes_back_as_a_time_that_can_be_read():
    choice = choice_of("kafka://a:9092/t?from=1795145400")
    assert (choice.start, choice.start_detail) == (Beginning.TIME, "2026-11-20T03:30:00+00:00")


@pytest.mark.parametrize("address", [None, "sim:", "file:x.csv", "kafka://a", "kafka://a/t?nonsense=1"])
def test_what_is_no_kafka_address_gives_no_choice(address):
    assert choice_of(address) is None


def test_further_options_are_the_topics_and_go_with_it():
    before = choice_of("kafka://a:9092/t?form=arrow")
    assert KafkaChoice("a", "t", Beginning.EARLIEST).with_others_of(before).others == ("form=arrow",)
    assert KafkaChoice("a", "u").with_others_of(before).others == ()
    assert KafkaChoice("b", "t").with_others_of(before).others == ()


MOMENTS = st.builds(datetime.fromtimestamp, st.integers(86_400, 9_000_000_000), st.timezones())
OFFSETS = st.dictionaries(st.integers(0, 10**9 - 1), st.integers(0, 10**18 - 1), min_size=1, max_size=4)
STARTS = (
    st.tuples(st.sampled_from([Beginning.LATEST, Beginning.EARLIEST]), st.just(""))
    | st.tuples(st.just(Beginning.TIME), MOMENTS.map(datetime.isoformat))
    | st.tuples(
        st.just(Beginning.OFFSETS),
        OFFSETS.map(lambda found: ", ".join(f"p{each}:{at}" for each, at in found.items())),
    )
)
SERVERS = st.lists(
    st.from_regex(r"[a-z0-9.-]{1,9}(:[1-9][0-9]{0,3})?", fullmatch=True), min_size=1, max_size=3
)
TOPIC_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,30}", fullmatch=True)
ANYTHING = st.text("ab0:,._-pT+Z[] 95/?&=%", max_size=12)


@given(SERVERS, TOPIC_NAMES, STARTS, st.booleans())
def test_what_is_right_comes_back_from_its_address(servers, topic, start, throughput):
    choice = KafkaChoice(", ".join(servers), topic, *start, throughput)
    assert choice.fault is None
    back = choice_of(choice.address)
    assert back.address == choice.address
    assert (back.server_list, back.topic, back.start) == (choice.server_list, topic, start[0])
    assert back.throughput == throughput


@given(ANYTHING, ANYTHING, st.sampled_from(Beginning), ANYTHING)
def test_what_has_no_fault_makes_an_address_that_can_be_read(servers, topic, start, detail):
    for choice in (
        KafkaChoice(servers, topic, start, detail),
        replace(PLAIN, servers=servers),
        replace(PLAIN, topic=topic),
        replace(PLAIN, start=start, start_detail=detail),
    ):
        if choice.fault is None:
            assert parse_address(choice.address).servers == choice.server_list


def test_kafkas_own_topics_are_left_out_and_the_others_come_by_name():
    assert [each.name for each in shown_topics(TOPICS, "")] == ["Orders", "ticks.v1"]
    assert [each.name for each in shown_topics(TOPICS, " ORD ")] == ["Orders"]
    assert shown_topics(TOPICS, "__") == ()


def test_words_stand_where_there_is_no_list():
    looking = TopicLookup(PLAIN.server_list, 1)
    found = replace(looking, state=LookupState.FOUND, topics=TOPICS)
    failed = replace(looking, state=LookupState.FAILED, fault="nothing answers")
    assert "List topics" in words_for_list(None, PLAIN, "")
    assert "List topics" in words_for_list(found, replace(PLAIN, servers="other"), "")
    assert words_for_list(looking, PLAIN, "") == "Looking…"
    assert "nothing answers" in words_for_list(failed, PLAIN, "")
    assert words_for_list(found, PLAIN, "tick") is None
    assert "“xyz”" in words_for_list(found, PLAIN, "xyz")
    assert "no topics" in words_for_list(replace(found, topics=TOPICS[1:2]), PLAIN, "xyz")
