"""What is told of a session while its engine goes on: never a row without its firings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from analytics.calendar import ALWAYS
from analytics.columns import ColumnsView
from analytics.engine import Engine
from analytics.events import GuardCounts
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.log import AppendLog
from analytics.rules.rule import Firing, Rule
from analytics.ticks import TickBatch
from app.sessions.blocks import SharedMemory
from app.sessions.here import SessionHere
from app.sessions.teller import Teller
from feeds.source import FeedState, FeedStatus
from tests.builders.batches import Batching, walk

TICKS = 400


class Interrupted(AppendLog[Firing]):
    """A log of firings before and after each reading of which something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.happens: Callable[[], object] = lambda: None

    def since(self, count: int) -> tuple[Sequence[Firing], int]:
        self.happens()
        found = super().since(count)
        self.happens()
        return found


class Running:
    """As much of a session as is told, around an engine that the test drives."""

    info, changes = None, ()
    status, now_ns, counts, lag_ticks, last_poll_ns = FeedStatus(FeedState.LIVE), 0, GuardCounts(), 0, 0
    settling, finished, transport, tape, recording_fault = False, False, None, None, ""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.firings = engine.firings
        self.events: AppendLog[Any] = AppendLog()
        self.passages: AppendLog[Any] = AppendLog()

    @property
    def views(self) -> Mapping[str, ColumnsView]:
        return self.engine.views

    def call_after_turns(self, _call: Callable[[], None]) -> None:
        pass


def batches() -> Iterator[TickBatch]:
    ticks = walk(random.Random(2), TICKS, start_ns=10**18, step_ns=10**6)
    return iter(Batching().split(ticks, range(1, TICKS)))


def told(happens: Callable[[Engine], object]) -> list[tuple[int, set[int]]]:
    """Return, after each news, the rows told so far and the rows whose firings were."""
    memory = SharedMemory()
    engine = Engine(InstrumentTable([Instrument("A", Kind.UNKNOWN, ALWAYS)]), memory=memory)
    engine.set_rules([Rule("up", "A", "price crosses above ema(5)")])
    log = engine.firings = Interrupted()
    log.happens = lambda: happens(engine)
    teller = Teller(cast("SessionHere", Running(engine)), memory, lambda _news: None, lambda: None)
    rows, fired, found = 0, set[int](), []
    for _ in range(TICKS):
        news, _more = teller.gather()
        if news.anew:
            rows, fired = 0, set()
        rows = max([rows, *(each.rows for each in news.columns)])
        fired |= {firing.at for firing in news.firings}
        found.append((rows, set(fired)))
    return found


def test_ticks_that_come_while_news_are_gathered_are_told_with_their_firings_or_later() -> None:
    coming, fired = batches(), set[int]()

    def take(engine: Engine) -> None:
        fired.update(firing.at for batch in (next(coming, None),) if batch for firing in engine.take(batch))

    news = told(take)
    assert news[-1] == (TICKS, fired)
    assert len(fired) > 20
    for rows, known in news:
        assert {at for at in fired if at < rows} <= known


def test_an_engine_that_begins_anew_while_news_are_gathered_tells_no_row_of_before() -> None:
    coming, taken = batches(), 0

    def take(engine: Engine) -> None:
        nonlocal taken
        batch = next(coming, None)
        if batch is not None:
            taken += 1
            if taken == TICKS // 2:
                engine.reset()
            engine.take(batch)

    news = told(take)
    rows = [each for each, _ in news]
    assert news[-1][0] == TICKS - TICKS // 2 + 1
    fall = next(at for at in range(1, len(rows)) if rows[at] < rows[at - 1])
    assert rows[fall] <= 2
    assert rows[fall:] == sorted(rows[fall:])
