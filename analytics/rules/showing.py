"""Which firings of a rule are shown, and from when on there are none."""

from __future__ import annotations

from collections.abc import Hashable

from analytics.calendar import Calendar
from analytics.rules.rule import Hidden, Repeat
from analytics.rules.schedule import instant_ns
from analytics.rules.syntax import ParsedRule

_NEVER_NS = 2**63 - 1


class Showing:
    """The verdict on each firing of one rule on one symbol, in their order.

    Outside the active hours and while snoozed none is shown; of the others none within the cool-down of
    the last shown, and as `repeat` allows. Times are told by the calendar's zone.
    """

    HOLDS = ("_last_ns", "_stretch")

    def __init__(self, parsed: ParsedRule, calendar: Calendar) -> None:
        self._repeat = parsed.rule.repeat
        self._cooldown_ns = parsed.cooldown_ns
        self._active = parsed.active
        self._zone = calendar.zone
        self.expires_ns = _NEVER_NS if parsed.expires is None else instant_ns(parsed.expires, self._zone)
        """From this event time on the rule is not evaluated."""
        self._snooze_ns: int | None = None
        self._last_ns: int | None = None
        self._stretch: Hashable = None
        self.snooze(parsed)

    def snooze(self, parsed: ParsedRule) -> None:
        """Take the snooze of a rule that is otherwise the same."""
        until = parsed.snooze_until
        self._snooze_ns = None if until is None else instant_ns(until, self._zone)

    def hides(self, at_ns: int, stretch: Hashable) -> Hidden | None:
        """Return why a firing is hidden, None where it is shown.

        `stretch` names its session, or the stretch outside hours that it falls into.
        """
        if self._active is not None and not self._active.hold(at_ns, self._zone):
            return Hidden.ACTIVE
        if self._snooze_ns is not None and at_ns < self._snooze_ns:
            return Hidden.SNOOZE
        if self._last_ns is not None:
            if self._repeat is Repeat.ONCE or (self._repeat is Repeat.SESSION and stretch == self._stretch):
                return Hidden.REPEAT
            if self._cooldown_ns and at_ns - self._last_ns < self._cooldown_ns:
                return Hidden.COOLDOWN
        self._last_ns, self._stretch = at_ns, stretch
        return None
