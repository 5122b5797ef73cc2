"""Where reading a topic stands: the next offset of each partition, found once and kept from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kafka import KafkaConsumer, TopicPartition

from analytics.errors import FeedError
from feeds.address import Beginning, Start
from feeds.kafka.clients import ANSWER_S

_ANSWER_MS = round(ANSWER_S * 1_000)
_NS_PER_MS = 1_000_000


def first_positions(
    consumer: KafkaConsumer, places: Sequence[TopicPartition], start: Start
) -> dict[int, int]:
    """Return the next offset of each partition for a start.

    Newest means the end as it is now: what is published after this call is read. A time means the first tick
    that was appended at or after it. Raises FeedError for an offset that the topic does not hold, and what
    kafka-python raises.
    """
    ends = consumer.end_offsets(list(places), timeout_ms=_ANSWER_MS)
    if start.beginning is Beginning.LATEST:
        return {place.partition: ends[place] for place in places}
    if start.beginning is Beginning.TIME:
        at_ms = -(-start.ts_ns // _NS_PER_MS)
        found = consumer.offsets_for_times(dict.fromkeys(places, at_ms), timeout_ms=_ANSWER_MS)
        return {
            place.partition: ends[place] if found[place] is None else found[place].offset for place in places
        }
    begins = consumer.beginning_offsets(list(places), timeout_ms=_ANSWER_MS)
    if start.beginning is Beginning.EARLIEST:
        return {place.partition: begins[place] for place in places}
    held = {place.partition: (begins[place], ends[place]) for place in places}
    for partition, offset in start.offsets.items():
        _require_held(partition, offset, held)
    return {partition: start.offsets.get(partition, end) for partition, (_, end) in held.items()}


def kept_positions(
    consumer: KafkaConsumer, places: Sequence[TopicPartition], kept: Mapping[int, int]
) -> tuple[dict[int, int], list[str]]:
    """Return where to go on after a break, and what of it is lost, a line each.

    A partition whose next offset retention has taken goes on at its first one; one that has become shorter,
    as after an unclean failure, at its end. A partition that is new is read from its first offset.
    """
    begins = consumer.beginning_offsets(list(places), timeout_ms=_ANSWER_MS)
    ends = consumer.end_offsets(list(places), timeout_ms=_ANSWER_MS)
    found: dict[int, int] = {}
    lost: list[str] = []
    for place in places:
        partition, begin, end = place.partition, begins[place], ends[place]
        wanted = kept.get(partition, begin)
        if wanted < begin:
            lost.append(
                f"partition {partition}: offsets {wanted} to {begin - 1} are gone, taken by retention"
            )
        elif wanted > end:
            lost.append(
                f"partition {partition}: it ended at {wanted} and ends at {end} now; "
                f"what was read from {end} on is in doubt"
            )
        found[partition] = min(max(wanted, begin), end)
    return found, lost


def _require_held(partition: int, offset: int, held: Mapping[int, tuple[int, int]]) -> None:
    if partition not in held:
        raise FeedError(f"from=p{partition}:{offset}: the topic has partitions 0 to {max(held)}")
    begin, end = held[partition]
    if not begin <= offset <= end:
        raise FeedError(
            f"from=p{partition}:{offset}: partition {partition} holds offsets {begin} to {end}; start within"
        )
