"""Kafka: topics as sources and sinks, on kafka-python."""
