"""The broker of the tests itself: what others build on."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import TopicAuthorizationFailedError

from tests.builders.broker import Broker, broker_fault, broker_jars

pytestmark = pytest.mark.kafka

_WAIT_S = 15.0

STARTED_IN_A_THREAD = """
import sys, threading
from pathlib import Path
from tests.builders.broker import Broker

broker = Broker(Path(sys.argv[1]))
starting = threading.Thread(target=broker.start)
starting.start()
starting.join()
print(broker.server, flush=True)
threading.Event().wait()
"""


def send(server: str, topic: str, *messages: bytes, partition: int = 0) -> None:
    with closing(KafkaProducer(bootstrap_servers=server, acks="all")) as producer:
        for each in [producer.send(topic, message, partition=partition) for message in messages]:
            each.get(_WAIT_S)


def received(server: str, topic: str, partition: int = 0) -> list[bytes]:
    """Return all messages of a partition, from its first to its present end."""
    place = TopicPartition(topic, partition)
    with closing(KafkaConsumer(bootstrap_servers=server, enable_auto_commit=False)) as consumer:
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        consumer.seek_to_beginning(place)
        found: list[bytes] = []
        while consumer.position(place) < end:
            found += [each.value for each in consumer.poll(1_000).get(place, [])]
    return found


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that leaves only these programs on the PATH, each a line of shell, and no jars."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("TICKDESK_TEST_JARS", str(tmp_path / "jars"))

    def leave(**programs: str) -> None:
        for name, line in programs.items():
            (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    return leave


def test_a_topic_has_the_partitions_asked_for(broker: Broker) -> None:
    broker.create_topic("made")
    with broker.admin() as admin:
        (topic,) = admin.describe_topics(["made"])
    assert sorted(each["partition_index"] for each in topic["partitions"]) == [0, 1, 2, 3]


def test_a_deleted_topic_is_gone(broker: Broker) -> None:
    broker.create_topic("short-lived", partitions=1, retention_ms=60_000)
    broker.delete_topic("short-lived")
    with broker.admin() as admin:
        assert "short-lived" not in admin.list_topics()


def test_a_topic_that_may_not_be_read_raises_and_others_are_read(broker: Broker) -> None:
    for topic in ("secret", "open"):
        broker.create_topic(topic, partitions=1)
    broker.deny_read("secret")
    for topic in ("secret", "open"):  # writing stays allowed
        send(broker.server, topic, b"hello")
    assert received(broker.server, "open") == [b"hello"]
    with pytest.raises(TopicAuthorizationFailedError):
        received(broker.server, "secret")


def test_an_acknowledged_message_survives_a_kill(own_broker: Broker) -> None:
    own_broker.create_topic("kept", partitions=1)
    send(own_broker.server, "kept", b"before")
    server = own_broker.server
    own_broker.kill()
    assert not own_broker.running
    own_broker.start()
    assert own_broker.server == server
    send(server, "kept", b"after")
    assert received(server, "kept") == [b"before", b"after"]


def test_a_broker_outlives_the_thread_that_started_it_and_dies_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTED_IN_A_THREAD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            host, _, port = process.stdout.readline().strip().partition(":")
            with socket.create_connection((host, int(port)), timeout=_WAIT_S) as client:
                process.kill()
                with suppress(ConnectionResetError):
                    assert client.recv(1) == b""
        finally:
            process.kill()


def test_a_broker_that_does_not_start_shows_its_log_and_is_gone(tmp_path: Path) -> None:
    (tmp_path / "server.properties").write_text("process.roles=juggler\n", encoding="utf-8")
    broker = Broker(tmp_path)
    with pytest.raises(RuntimeError, match=r"before it ended; its log ends in:\n(.|\n)*juggler"):
        broker.start()
    assert not broker.running


@pytest.mark.parametrize(
    ("programs", "fault"),
    [
        ({}, "needs java; run: sudo apt install -y default-jre-headless"),
        ({"java": ":"}, "needs setpriv; run: sudo apt install -y util-linux"),
        (
            {"java": "echo 'openjdk version \"11.0.2\"' >&2", "setpriv": ":"},
            'needs Java 17 or newer, found openjdk version "11.0.2"; '
            "run: sudo apt install -y openjdk-17-jre-headless",
        ),
        (
            {"java": "echo 'openjdk version \"21\"' >&2", "setpriv": ":"},
            "needs Maven to fetch the broker; run: sudo apt install -y maven",
        ),
        ({"java": "echo 'openjdk version \"21\"' >&2", "setpriv": ":", "mvn": ":"}, None),
    ],
)
def test_what_a_broker_lacks_is_told_with_its_fix(
    tools: Callable[..., None], programs: dict[str, str], fault: str | None
) -> None:
    tools(**programs)
    assert broker_fault() == fault


def test_a_failed_fetch_tells_what_maven_said_and_leaves_nothing(
    tools: Callable[..., None], tmp_path: Path
) -> None:
    tools(mvn="echo no route; exit 1")
    with pytest.raises(RuntimeError, match="no route"):
        broker_jars()
    assert [each.name for each in (tmp_path / "jars").iterdir()] == ["lock"]
