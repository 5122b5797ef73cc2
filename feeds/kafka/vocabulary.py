"""What is told of topics to those who know nothing of Kafka's client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TopicSummary:
    """One topic of a list: its name, its partitions, and how many messages it holds, None where unknown."""

    name: str
    partitions: int
    messages: int | None


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as its broker names it.

    `topic_id` is new where a topic is deleted and made again under its old name; `leaders` are broker ids
    by partition, `replication` the copies of each.
    """

    name: str
    topic_id: str
    partitions: tuple[int, ...]
    leaders: Mapping[int, int] = field(default_factory=dict)
    replication: int = 1


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What a topic holds and how it is kept.

    `ranges` are (partition, first offset, end offset); `settings` those that matter to ticks; `advice`
    tells, a line each, what of them will hurt.
    """

    facts: TopicFacts
    ranges: tuple[tuple[int, int, int], ...]
    settings: Mapping[str, str]
    advice: tuple[str, ...] = ()
