"""A rule as a person writes it, and a firing as it is logged. The window and a TOML file hold the same."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Repeat(enum.Enum):
    """How often a rule's firings are shown."""

    ONCE = "once"
    SESSION = "session"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `when`, `hysteresis` and `cooldown` are texts as documented in docs/rules.md.

    `name` is unique among the rules in force. A rule that is not `enabled` is kept and not evaluated.
    """

    name: str
    symbol: str
    when: str
    hysteresis: str = "0"
    repeat: Repeat = Repeat.EACH
    cooldown: str = "0s"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing. `row` is the tick's reading order in the feed, `seq` None where it has none.

    `value` is the first term's right side (the end crossed; the price compared with); `shown` is False
    for a firing inside the cool-down or beyond what `repeat` allows: counted, not shown.
    """

    rule: str
    symbol: str
    row: int
    ts_ns: int
    seq: int | None
    price: float
    value: float
    shown: bool = True
