"""Brokers that are not there, do not answer, or refuse: each told in one line, with nothing left running."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.errors import FeedDenied, FeedError, FeedUnavailable, TopicLost
from app.cli import main
from feeds.address import KafkaAddress, parse_address
from feeds.clock import SystemClock
from feeds.kafka.sink import KafkaSink
from feeds.kafka.source import KafkaSource
from feeds.kafka.topics import create_topic, facts_of, list_topics, show_topic
from feeds.reading import OpeningCancelled
from feeds.source import FeedState, FeedStatus
from tests.builders.broker import Broker

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "127.0.0.1:1"


def topic_at(server: str, topic: str = "ticks.v1", options: str = "") -> KafkaAddress:
    address = parse_address(f"kafka://{server}/{topic}{options}")
    assert isinstance(address, KafkaAddress)
    return address


def connect(address: KafkaAddress) -> None:
    source = KafkaSource(address, SystemClock())
    try:
        source.connect()
    finally:
        source.close()


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Return a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def rude_server() -> Iterator[str]:
    """Return a server that hangs up on whoever speaks to it, as one of another protocol does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    if not client.recv(64):
                        continue
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=serve, name="rude server")
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_nobody_at_a_port_is_told_with_the_cause_of_each_server() -> None:
    with pytest.raises(
        FeedUnavailable, match=r"no broker answers at 127\.0\.0\.1:1 \(connection refused\), "
    ):
        facts_of((NOWHERE, "127.0.0.1:2"), "ticks.v1")


def test_a_host_that_does_not_exist_is_told() -> None:
    with pytest.raises(FeedUnavailable, match=r"no\.such\.invalid:9092 \(no such host\)"):
        list_topics(("no.such.invalid:9092",))


def test_a_port_that_never_answers_is_told(silent_server: str) -> None:
    with pytest.raises(FeedUnavailable, match="takes connections and does not answer as a broker"):
        connect(topic_at(silent_server))


def test_a_port_of_another_protocol_is_told(rude_server: str) -> None:
    with pytest.raises(FeedUnavailable, match="hangs up; it is no Kafka listener"):
        connect(topic_at(rude_server))


@pytest.mark.kafka
def test_the_controllers_port_is_told(broker: Broker) -> None:
    with pytest.raises(FeedUnavailable, match="is it a controller's port"):
        connect(topic_at(broker.controller))


@pytest.mark.kafka
def test_a_missing_topic_is_told_with_those_that_are_there(broker: Broker) -> None:
    broker.create_topic("near.v1", partitions=1)
    with pytest.raises(
        TopicLost, match=r"no topic 'near\.v2' at .* Did you mean 'near\.v1'\? .*topics create"
    ):
        connect(topic_at(broker.server, "near.v2"))
    with pytest.raises(TopicLost, match=r"no topic 'near\.v2'"):
        KafkaSink(topic_at(broker.server, "near.v2"))


@pytest.mark.kafka
def test_a_topic_that_may_not_be_read_names_the_rule(broker: Broker) -> None:
    broker.create_topic("secret.v1", partitions=1)
    broker.deny_read("secret.v1")
    with pytest.raises(FeedDenied, match=r"not authorised on topic 'secret\.v1': an ACL must allow READ"):
        connect(topic_at(broker.server, "secret.v1"))


@pytest.mark.kafka
def test_offsets_that_a_topic_does_not_hold_are_told(broker: Broker) -> None:
    broker.create_topic("short.v1", partitions=2)
    with pytest.raises(FeedError, match="partition 1 holds offsets 0 to 0; start within"):
        connect(topic_at(broker.server, "short.v1", "?from=p1:7"))
    with pytest.raises(FeedError, match="the topic has partitions 0 to 1"):
        connect(topic_at(broker.server, "short.v1", "?from=p2:0"))


@pytest.mark.kafka
def test_a_topic_is_made_as_ticks_need_it_and_only_once(broker: Broker) -> None:
    servers = (broker.server,)
    facts = create_topic(servers, "made.v1")
    assert facts.partitions == (0, 1, 2, 3)
    report = show_topic(servers, "made.v1")
    assert report.facts == facts
    assert report.settings["message.timestamp.type"] == "LogAppendTime"
    assert int(report.settings["max.message.bytes"]) > 4 * 2**20
    assert report.advice == ()
    assert next(each for each in list_topics(servers) if each.name == "made.v1").messages == 0
    with pytest.raises(FeedError, match=r"there is a topic 'made\.v1' at .* already"):
        create_topic(servers, "made.v1")
    with pytest.raises(FeedError, match="cannot have 3 replicas: the cluster has 1 broker"):
        create_topic(servers, "made.v2", replication=3)


@pytest.mark.kafka
def test_a_topic_with_the_producers_times_is_advised_against(broker: Broker) -> None:
    broker.create_topic("theirs.v1", partitions=1, message_timestamp_type="CreateTime")
    [times, size] = show_topic((broker.server,), "theirs.v1").advice
    assert times.startswith("message.timestamp.type is CreateTime")
    assert size.startswith("max.message.bytes is 1048588")


def test_attempts_go_on_with_cause_and_time_of_the_next_until_cancelled() -> None:
    told: list[FeedStatus] = []
    source = KafkaSource(topic_at(NOWHERE), SystemClock())
    with pytest.raises(OpeningCancelled):
        source.connect(told=told.append, cancelled=lambda: len(told) >= 4)
    assert [each.state for each in told] == [FeedState.CONNECTING] * 4
    assert [each.attempt for each in told] == [1, 1, 2, 2]
    assert [each.retry_at_ns is not None for each in told] == [False, True, False, True]
    assert all("connection refused" in each.cause for each in told[1:])
    assert source.status.state is FeedState.ENDED


@pytest.mark.parametrize(
    "command",
    [
        ["record", "--feed", f"kafka://{NOWHERE}/ticks.v1", "--to", "tape"],
        ["simulate", "--to", f"kafka://{NOWHERE}/ticks.v1"],
        ["replay", "ticks.csv", "--to", f"kafka://{NOWHERE}/ticks.v1"],
        ["topics", "create", f"kafka://{NOWHERE}/ticks.v1"],
        ["topics", "show", f"kafka://{NOWHERE}/ticks.v1"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_commands_end_in_one_line_where_no_broker_is(
    command: list[str], tmp_path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ticks.csv").write_text("symbol,ts,price,size\nITC,2026-11-20T10:00:00,400,5\n")
    assert main(command) == 1
    told = capfd.readouterr().err
    assert told == f"tickdesk: no broker answers at {NOWHERE} (connection refused); is Kafka running there?\n"


def test_a_picture_of_a_feed_without_a_broker_ends_in_one_line(tmp_path: Path) -> None:
    feed = ["--feed", f"kafka://{NOWHERE}/ticks.v1"]
    command = [
        sys.executable,
        "-m",
        "app",
        "screenshot",
        *feed,
        "--after",
        "1",
        "--out",
        str(tmp_path / "desk.png"),
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"tickdesk: no broker answers at {NOWHERE} (connection refused)")
    assert ended.stderr.count("\n") == 1
    assert list(tmp_path.glob("*.png")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kafka://localhost:9092", "expected kafka://host:9092/topic"),
        ("kafka://localhost:0/ticks", "expected a server as host:9092"),
        ("kafka://localhost:9092/ticks?group=a", "consumer groups come with a later version"),
        ("kafka://localhost:9092/ticks?from=erliest", "Did you mean 'earliest'?"),
        ("kafka://localhost:9092/ti cks", "a topic's name has"),
    ],
)
def test_a_bad_address_is_wrong_usage(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "show", text]) == 2
    assert told in capsys.readouterr().err
