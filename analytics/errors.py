"""The error tree.

::

    TickdeskError
    ├── ConfigError          an option, address, series text or setting is wrong (exit code 2)
    ├── FeedError            a feed failed; the window shows it as a FeedStatus
    │   ├── FeedUnavailable  nothing answers there
    │   ├── FeedDenied       it answered, and refused us
    │   └── TopicLost        the topic is gone or is another one now
    ├── DecodeError          bytes that are not a tick
    ├── TapeError            a recording cannot be read or written
    └── RuleError            a rule that cannot be understood

A message says what was expected, what was found, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TickdeskError(Exception):
    """Root of all errors that Tickdesk raises on purpose."""


class ConfigError(TickdeskError):
    """An option, address, series text or setting is wrong."""


class FeedError(TickdeskError):
    """A feed failed."""


class FeedUnavailable(FeedError):
    """Nothing answers at the feed's address."""


class FeedDenied(FeedError):
    """The feed answered and refused."""


class TopicLost(FeedError):
    """The topic is gone, or another topic bears its name now."""


class DecodeError(TickdeskError):
    """Bytes that are not a tick."""


class TapeError(TickdeskError):
    """A recording cannot be read or written."""


class RuleError(TickdeskError):
    """A rule that cannot be understood."""


def nearest(found: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name nearest to `found`, or ``""``."""
    close = difflib.get_close_matches(found, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
