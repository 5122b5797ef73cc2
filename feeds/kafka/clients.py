"""How the clients of kafka-python are made: their settings, their one-line faults, and no thread left behind.

A client that fails in its constructor leaves a thread running, and tells the cause only to a log. So each is
made with a factory that keeps its network half for closing, and its log is listened to meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.net.compat import KafkaNetClient

from feeds.kafka.faults import no_broker_there, nobody_answers
from feeds.kafka.wide_reads import widen_reads

Client = TypeVar("Client", KafkaConsumer, KafkaProducer, KafkaAdminClient)

ANSWER_S = 3.0
"""How long a broker may take to answer before an attempt counts as failed."""
_POLL_BYTES = 8 * 2**20
_ANSWER_MS = round(ANSWER_S * 1_000)
_REACH_S = 2.0
_NUMBERS = itertools.count(1)
_COMMON: Mapping[str, Any] = {
    "request_timeout_ms": _ANSWER_MS,
    "bootstrap_timeout_ms": _ANSWER_MS,
    "retry_backoff_ms": 20,  # what is asked anew after each assignment would wait for it
    "reconnect_backoff_ms": 50,
    "reconnect_backoff_max_ms": 1_000,
    # given because naming any drops the library's own, keep-alive among them
    "socket_options": [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ],
}
_CONSUMER: Mapping[str, Any] = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "none",  # a lost range is named, never skipped in silence
    "allow_auto_create_topics": False,
    "metadata_max_age_ms": 30_000,
    "max_poll_records": 1_000_000,
    "metrics_enabled": False,
}
_CONSUMER_TUNE: Mapping[bool, Mapping[str, Any]] = {
    False: {"fetch_min_bytes": 1, "fetch_max_wait_ms": 100, "fetch_max_bytes": _POLL_BYTES},
    True: {
        "fetch_min_bytes": 65_536,
        "fetch_max_wait_ms": 100,
        # measured: larger ones leave the broker idle while they are worked through, smaller ones the client
        "fetch_max_bytes": 12 * 2**20,
        "max_partition_fetch_bytes": 3 * 2**20,
    },
}
_PRODUCER: Mapping[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "delivery_timeout_ms": 120_000,
    "max_block_ms": _ANSWER_MS,
    "max_request_size": 5 * 2**20,  # a message of 4 MiB, and what is around it
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}
_PRODUCER_TUNE: Mapping[bool, Mapping[str, Any]] = {
    False: {"linger_ms": 0, "batch_size": 65_536},
    True: {"linger_ms": 15, "batch_size": 2**20, "compression_type": "lz4"},
}
_log = logging.getLogger("kafka")
_log.addHandler(logging.NullHandler())  # faults are told by us, once; not line by line on stderr
for _name in ("kafka.net", "kafka.protocol"):  # at DEBUG they print passwords
    logging.getLogger(_name).setLevel(logging.INFO)


def consumer_settings(*, throughput: bool) -> dict[str, Any]:
    """Return the settings of a consumer of no group."""
    return {**_COMMON, **_CONSUMER, **_CONSUMER_TUNE[throughput]}


def make_consumer(servers: Sequence[str], *, throughput: bool) -> KafkaConsumer:
    """Return a consumer of no group. Raises FeedUnavailable; see `made`."""
    return made(KafkaConsumer, servers, consumer_settings(throughput=throughput))


def make_producer(servers: Sequence[str], *, throughput: bool) -> KafkaProducer:
    """Return an idempotent producer whose ticks count once all replicas have them. Raises FeedUnavailable."""
    return made(KafkaProducer, servers, {**_COMMON, **_PRODUCER, **_PRODUCER_TUNE[throughput]})


@contextlib.contextmanager
def admin_client(servers: Sequence[str]) -> Iterator[KafkaAdminClient]:
    """Lend a client for questions about topics. Raises FeedUnavailable."""
    client = made(KafkaAdminClient, servers, _COMMON)
    try:
        yield client
    finally:
        client.close()


def made(kind: Callable[..., Client], servers: Sequence[str], settings: Mapping[str, Any]) -> Client:
    """Return a client that has spoken with a broker.

    Raises FeedUnavailable naming why none answers; then nothing is left running.
    """
    reach(servers)
    kept: list[KafkaNetClient] = []

    def network(**options: Any) -> KafkaNetClient:
        client = KafkaNetClient(**options)
        kept.append(client)
        widen_reads(client)
        return client

    name = f"tickdesk-{next(_NUMBERS)}"
    with _listening(name) as heard:
        try:
            return kind(bootstrap_servers=list(servers), client_id=name, kafka_client=network, **settings)
        except BaseException as error:
            for each in kept:
                each.close()
            if isinstance(error, Exception):
                raise no_broker_there(servers, heard, error) from error
            raise


def reach(servers: Sequence[str]) -> None:
    """Return once one of the servers takes a connection.

    The client would say "unable to bootstrap" whatever the cause. Raises FeedUnavailable naming each one's.
    """
    causes: dict[str, OSError] = {}
    for server in servers:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_S).close()
        except OSError as error:
            causes[server] = error
        else:
            return
    raise nobody_answers(causes)


@contextlib.contextmanager
def _listening(client: str) -> Iterator[list[str]]:
    """Gather what one client logs of its troubles: its IO thread bears its name."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if (record.threadName or "").endswith(client):
                heard.append(record.getMessage())

    ear = Ear(logging.WARNING)
    _log.addHandler(ear)
    try:
        yield heard
    finally:
        _log.removeHandler(ear)
