"""Topics as an administrator sees them: listed, shown and made."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from analytics.errors import FeedError
from feeds.codec import MOST_MESSAGE_BYTES
from feeds.kafka.clients import ANSWER_S, admin_client, make_consumer
from feeds.kafka.faults import denied, missing_topic, told_as_feed_errors
from feeds.kafka.vocabulary import TopicFacts, TopicReport, TopicSummary

MOST_RECORD_BYTES = MOST_MESSAGE_BYTES + 65_536
"""What a topic's messages may be large: 4 MiB of ticks, and what Kafka puts around them."""
PARTITIONS_ALONE, PARTITIONS_IN_CLUSTER = 4, 12
_REPLICAS, _IN_SYNC = 3, 2
_TIME_TYPE, _TIME_KEPT = "message.timestamp.type", "LogAppendTime"
_SIZE = "max.message.bytes"
_ANSWER_MS = round(ANSWER_S * 1_000)


def facts_of(servers: Sequence[str], topic: str, deed: str = "READ") -> TopicFacts:
    """Return a topic's id and partitions.

    Raises TopicLost where there is none, FeedDenied where `deed` on it is not ours to do, FeedUnavailable.
    """
    with told_as_feed_errors(topic, servers, deed), admin_client(servers) as admin:
        return _facts(admin, servers, topic, deed)


def list_topics(servers: Sequence[str]) -> tuple[TopicSummary, ...]:
    """Return the topics that we may see, by name, Kafka's own left out; messages None where that is not told."""
    with told_as_feed_errors("the list of topics", servers, "DESCRIBE"), admin_client(servers) as admin:
        found = [
            each for each in admin.describe_topics() if not each["is_internal"] and not each["error_code"]
        ]
    counts = _message_counts(servers, found) if found else {}
    return tuple(
        TopicSummary(each["name"], len(each["partitions"]), counts.get(each["name"]))
        for each in sorted(found, key=lambda each: each["name"])
    )


def show_topic(servers: Sequence[str], topic: str) -> TopicReport:
    """Return what a topic holds and how it is kept. Raises as `facts_of` does."""
    with told_as_feed_errors(topic, servers):
        with admin_client(servers) as admin:
            facts = _facts(admin, servers, topic, "READ")
            settings = _settings(admin, topic)
        with _consumer(servers) as consumer:
            held = _held(consumer, [TopicPartition(topic, each) for each in facts.partitions])
        ranges = tuple((place.partition, first, end) for place, first, end in held)
        return TopicReport(facts, ranges, settings, tuple(_advice(settings)))


def create_topic(
    servers: Sequence[str], topic: str, partitions: int | None = None, replication: int | None = None
) -> TopicFacts:
    """Make a topic for ticks and return its facts.

    By default it has 4 partitions on one broker and 12 on more, and up to 3 replicas, two of which must have
    a tick before it counts as published. Times are the broker's, so that replayed ticks are not taken for
    old ones. Raises FeedError where it exists or the cluster refuses.
    """
    with told_as_feed_errors(topic, servers, "CREATE"), admin_client(servers) as admin:
        brokers = len(admin.describe_cluster()["brokers"])
        copies = min(_REPLICAS, brokers) if replication is None else replication
        if partitions is None:
            partitions = PARTITIONS_ALONE if brokers == 1 else PARTITIONS_IN_CLUSTER
        settings = {_TIME_TYPE: _TIME_KEPT, _SIZE: str(MOST_RECORD_BYTES)}
        if copies >= _REPLICAS:
            settings["min.insync.replicas"] = str(_IN_SYNC)
        try:
            admin.create_topics([NewTopic(topic, partitions, copies, topic_configs=settings)])
        except errors.TopicAlreadyExistsError as error:
            raise FeedError(f"there is a topic {topic!r} at {','.join(servers)} already") from error
        except errors.InvalidReplicationFactorError as error:
            raise FeedError(
                f"topic {topic!r} cannot have {copies} replicas: the cluster has {brokers} "
                f"broker{'s' * (brokers != 1)}; ask for fewer with --replication"
            ) from error
        admin.wait_for_topics([topic], timeout_ms=_ANSWER_MS)
        return _facts(admin, servers, topic, "DESCRIBE")


def _facts(admin: KafkaAdminClient, servers: Sequence[str], topic: str, deed: str) -> TopicFacts:
    [found] = admin.describe_topics([topic])
    code = found["error_code"]
    if code == errors.TopicAuthorizationFailedError.errno:
        raise denied(topic, "DESCRIBE")
    if code == errors.UnknownTopicOrPartitionError.errno:
        raise missing_topic(topic, servers, _names(admin))
    if code:
        raise FeedError(f"{topic} at {','.join(servers)}: {errors.for_code(code).__name__}")
    allowed = found.get("authorized_operations")
    if allowed and deed not in allowed:
        raise denied(topic, deed)
    partitions = sorted(each["partition_index"] for each in found["partitions"])
    leaders = {each["partition_index"]: each["leader_id"] for each in found["partitions"]}
    copies = max((len(each["replica_nodes"]) for each in found["partitions"]), default=0)
    return TopicFacts(topic, str(found["topic_id"] or uuid.UUID(int=0)), tuple(partitions), leaders, copies)


def _names(admin: KafkaAdminClient) -> list[str]:
    try:
        return [str(each) for each in admin.list_topics()]
    except errors.KafkaError:  # it only helps to name what there is
        return []


def _settings(admin: KafkaAdminClient, topic: str) -> Mapping[str, str]:
    """Return a topic's settings that matter to ticks; none where we may not ask."""
    wanted = (_TIME_TYPE, _SIZE, "retention.ms", "min.insync.replicas", "compression.type")
    try:
        answer: Any = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all"
        )
        settings = answer["topic"][topic]
    except (errors.KafkaError, KeyError, TypeError):
        return {}
    return {name: str(settings[name]["value"]) for name in wanted if name in settings}


def _advice(settings: Mapping[str, str]) -> list[str]:
    """Return what about a topic will hurt, a line each."""
    found = []
    if settings.get(_TIME_TYPE, _TIME_KEPT) != _TIME_KEPT:
        found.append(
            f"{_TIME_TYPE} is {settings[_TIME_TYPE]}: arrival times are the producers' own; set {_TIME_KEPT}"
        )
    size = settings.get(_SIZE, str(MOST_RECORD_BYTES))
    if size.isdigit() and int(size) < MOST_RECORD_BYTES:
        found.append(f"{_SIZE} is {size}: batches of ticks up to 4 MiB need {MOST_RECORD_BYTES}")
    return found


def _message_counts(servers: Sequence[str], found: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    places = [
        TopicPartition(each["name"], part["partition_index"]) for each in found for part in each["partitions"]
    ]
    counts: dict[str, int] = {}
    with _consumer(servers) as consumer:
        try:
            with told_as_feed_errors("the list of topics", servers, "DESCRIBE"):
                held = _held(consumer, places)
        except FeedError:  # names and partitions are worth showing without it
            return {}
    for place, first, end in held:
        counts[place.topic] = counts.get(place.topic, 0) + end - first
    return counts


@contextlib.contextmanager
def _consumer(servers: Sequence[str]) -> Iterator[KafkaConsumer]:
    consumer = make_consumer(servers, throughput=False)
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)


def _held(consumer: KafkaConsumer, places: Sequence[TopicPartition]) -> list[tuple[TopicPartition, int, int]]:
    """Return each partition with its first and its end offset."""
    first = consumer.beginning_offsets(list(places), timeout_ms=_ANSWER_MS)
    end = consumer.end_offsets(list(places), timeout_ms=_ANSWER_MS)
    return [(place, first[place], end[place]) for place in places]
