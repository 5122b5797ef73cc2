"""A rule as a person writes it, and a firing as it is logged. The window and a TOML file hold the same."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import NamedTuple


class Repeat(enum.Enum):
    """How often a rule's firings are shown."""

    ONCE = "once"
    SESSION = "session"
    EACH = "each"


class Hidden(enum.Enum):
    """Why a firing is counted and not shown."""

    ACTIVE = "active hours"
    SNOOZE = "snooze"
    REPEAT = "repeat"
    COOLDOWN = "cool-down"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. All but `repeat` and `enabled` are texts as documented in docs/rules.md.

    `name` is unique among the rules in force. A rule that is not `enabled` is kept and not evaluated. Of
    `expires`, `active` and `snooze_until` an empty text says that there is none.
    """

    name: str
    symbol: str
    when: str
    hysteresis: str = "0"
    repeat: Repeat = Repeat.EACH
    cooldown: str = "0s"
    enabled: bool = True
    expires: str = ""
    active: str = ""
    snooze_until: str = ""

    @property
    def core(self) -> Rule:
        """Return the rule without its snooze: what decides when it fires, rather than what is shown."""
        return replace(self, snooze_until="") if self.snooze_until else self


class Reading(NamedTuple):
    """One term around a firing: its text, its sides on the tick before and on this one, and whether it held.

    `before` and `now` are (left, right), NaN where a side had no value; of a range the right side is the
    end crossed or the nearer one, of a move the price a window ago, of a spike the past rate, of a silence
    the seconds. `was` and `holds` say whether the term was true.
    """

    text: str
    before: tuple[float, float]
    now: tuple[float, float]
    was: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing. `row` is the tick's reading order in the feed, `seq` None where it has none.

    `value` is the first term's right side (the end crossed; the price compared with); `shown` is False
    for a firing that is counted, not shown, and `hidden` says why. `silent` says that no tick made it fire but
    time that passed without one; `row`, `seq` and `price` are then those of the symbol's last. `at` is the tick's row in its symbol's
    columns, -1 where unknown; `readings` are the terms around the firing, in the order of the text.
    """

    rule: str
    symbol: str
    row: int
    ts_ns: int
    seq: int | None
    price: float
    value: float
    shown: bool = True
    hidden: Hidden | None = field(default=None, compare=False)
    silent: bool = field(default=False, compare=False)
    at: int = field(default=-1, compare=False)
    readings: tuple[Reading, ...] = field(default=(), compare=False)
