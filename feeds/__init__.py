"""The outside world: topics, files, tapes, the simulator, replay and the consumer thread."""
