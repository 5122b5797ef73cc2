"""``tickdesk topics``: a topic made for ticks, or shown."""

from __future__ import annotations

import typer

from analytics.errors import ConfigError
from app.commands.output import tell
from feeds.address import KafkaAddress, parse_address


def create(text: str, partitions: int | None, replication: int | None) -> int:
    """Make a topic. Raises ConfigError for a bad address or number, FeedError where it cannot be made."""
    address = _topic_address(text)
    for name, count in (("partitions", partitions), ("replication", replication)):
        if count is not None and count < 1:
            raise ConfigError(f"--{name} is 1 or more, found {count}")
    from feeds.kafka.topics import create_topic  # the client takes a third of a second to load

    facts = create_topic(address.servers, address.topic, partitions, replication)
    tell(
        f"topic {facts.name} made: {_counted(len(facts.partitions), 'partition')}, "
        f"{_counted(facts.replication, 'replica')}"
    )
    return 0


def show(text: str) -> int:
    """Print what a topic holds. Raises ConfigError for a bad address, FeedError where it cannot be asked."""
    address = _topic_address(text)
    from feeds.kafka.topics import show_topic  # as above

    report = show_topic(address.servers, address.topic)
    facts = report.facts
    messages = sum(end - first for _, first, end in report.ranges)
    typer.echo(f"topic      {facts.name} at {','.join(address.servers)}")
    typer.echo(f"id         {facts.topic_id}")
    typer.echo(f"replicas   {facts.replication}")
    typer.echo(f"messages   {messages}")
    typer.echo("partition  leader       first         end    messages")
    for partition, first, end in report.ranges:
        typer.echo(f"{partition:9}  {facts.leaders[partition]:6}  {first:10}  {end:10}  {end - first:10}")
    for name, value in report.settings.items():
        typer.echo(f"{name} = {value}")
    for line in report.advice:
        typer.echo(f"note: {line}")
    return 0


def _topic_address(text: str) -> KafkaAddress:
    address = parse_address(text) if text.startswith("kafka:") else None
    if not isinstance(address, KafkaAddress):
        raise ConfigError(f"expected a topic as kafka://localhost:9092/ticks.v1, found {text!r}")
    return address


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
