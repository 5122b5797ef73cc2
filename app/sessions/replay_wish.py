"""How a person wants a replay to go on, so that a new process can go on so."""

from __future__ import annotations

from dataclasses import dataclass

AS_IT_WAS = object()
"""No speed was asked for."""


@dataclass(slots=True)
class ReplayWish:
    """What was asked of a replay last; None, or `AS_IT_WAS`, where nothing was."""

    row: int | None = None
    paused: bool | None = None
    speed: object = AS_IT_WAS

    def note(self, name: str, arguments: tuple[object, ...]) -> None:
        """Note a command."""
        if name == "set_speed":
            self.speed = arguments[0]
        elif name in ("pause", "step", "play"):
            self.paused = name != "play"
