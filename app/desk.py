"""The desk: the only place that builds the parts and wires them, and the window's one way to command them.

Reading goes through append-only things: `view(symbol)`, `firings`, `events`. Commands go into the
consumer's inbox and take effect between two batches. All methods are for the GUI thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.columns import ColumnsView
from analytics.events import DataEvent, GuardCounts
from analytics.instruments import InstrumentTable
from analytics.log import AppendLog
from analytics.rules.rule import Firing, Rule
from feeds.source import FeedInfo, FeedStatus, Transport


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """A recording being opened: what is read of `total` bytes or rows, and what is being done."""

    title: str
    done: int
    total: int


class Desk:
    """Feed, consumer, engine and rules of one window.

    `generation` rises whenever the columns start anew (another feed, a backward seek); a reader that
    sees it change forgets what it drew.
    """

    firings: AppendLog[Firing]
    events: AppendLog[DataEvent]
    instruments: InstrumentTable

    @property
    def generation(self) -> int:
        """Return a number that rises whenever the columns start anew."""
        raise NotImplementedError

    @property
    def info(self) -> FeedInfo | None:
        """Return what is known of the open feed; None where none is open."""
        raise NotImplementedError

    @property
    def status(self) -> FeedStatus:
        """Return the feed's state now."""
        raise NotImplementedError

    @property
    def loading(self) -> LoadProgress | None:
        """Return how far the opening of a recording is, or None."""
        raise NotImplementedError

    @property
    def now_ns(self) -> int:
        """Return market time: simulated, replayed or real."""
        raise NotImplementedError

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far."""
        raise NotImplementedError

    @property
    def lag_ticks(self) -> int:
        """Return how many ticks are published and not yet taken."""
        raise NotImplementedError

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols seen so far, in order of first sight, after those known beforehand."""
        raise NotImplementedError

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's columns, or None before its first tick."""
        raise NotImplementedError

    # The feed

    def open(self, address: str) -> None:
        """Close the feed and open another, in the background; failure shows in `status`, and the view
        before is kept until the new feed is ready. Raises ConfigError for a bad address at once.
        """
        raise NotImplementedError

    def cancel_open(self) -> None:
        """Give up opening; the feed before goes on."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop everything and wait for the threads."""
        raise NotImplementedError

    # Rules

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules in their order; they are saved at each change."""
        raise NotImplementedError

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Put these rules in force and save them. Raises RuleError naming the rule that is wrong.

        A rule that is equal to one in force keeps its state.
        """
        raise NotImplementedError

    def distance(self, rule: Rule) -> float | None:
        """Return left minus right of the rule's first term now, in points; None where unknown."""
        raise NotImplementedError

    # The transport; None for a feed without one

    @property
    def transport(self) -> Transport | None:
        """Return where the replay stands, or None where the feed is no recording."""
        raise NotImplementedError

    def play(self) -> None:
        """Go on; at the end, from the start."""
        raise NotImplementedError

    def pause(self) -> None:
        """Hold the replay."""
        raise NotImplementedError

    def step(self, ticks: int = 1) -> None:
        """Go on by some ticks, or back by a negative number, and hold there."""
        raise NotImplementedError

    def set_speed(self, speed: float | None) -> None:
        """Replay at a speed; None is as fast as possible."""
        raise NotImplementedError

    def seek(self, row: int) -> None:
        """Go to a row of the recording, forward or back, with all series as if played through."""
        raise NotImplementedError

    def seek_time(self, ts_ns: int) -> None:
        """Go to the first row at or after an instant."""
        raise NotImplementedError

    # Recording

    @property
    def recording(self) -> str | None:
        """Return the tape directory being written, or None."""
        raise NotImplementedError

    def record(self, directory: str | None) -> None:
        """Write a tape from now on; None ends it."""
        raise NotImplementedError
