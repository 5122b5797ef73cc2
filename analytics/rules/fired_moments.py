"""The moments of a frame at which a rule fires: whose they are, when, and what stood before and after."""

from __future__ import annotations

import numpy as np

from analytics.rules.condition import Condition
from analytics.rules.course import Course
from analytics.ticks import Int64


class Moments:
    """Some moments of a frame, in order; everything has one entry each.

    - `symbols`: of a tick its own, of a silence the one that was silent.
    - `places`, `feed_rows`, `ts_ns`: as in `WideFired`; `time_ns` is the event time, of a tick the running
      maximum of its symbol's.
    - `rows`, `earlier`: by symbol its newest row then, and before.
    """

    def __init__(self, course: Course, condition: Condition, moments: Int64) -> None:
        frame, batch = course.frame, course.frame.batch
        taken = course.taken(moments)
        self.moments: list[int] = moments.tolist()
        self.places: list[int] = (
            [course.place(moment) for moment in self.moments] if frame.marks else ((moments // 2).tolist())
        )
        self.rows: dict[str, Int64] = {symbol: frame.rows_at(symbol, taken) for symbol in condition.symbols}
        at = frame.start + np.maximum(taken, 0)
        if frame.size:
            codes, feed_rows, ts_ns = batch.symbol[at], batch.row[at], batch.ts_ns[at]
        else:
            codes = feed_rows = ts_ns = np.zeros(len(moments), np.int64)
        ticked = moments % 2 == 1
        times = np.zeros(len(moments), np.int64)
        self.earlier = dict(self.rows)
        for code in np.unique(codes[ticked]).tolist():
            symbol, mine = batch.symbols[code], ticked & (codes == code)
            self.earlier[symbol] = self.rows[symbol] - mine
            times[mine] = frame.columns[symbol].column("time_ns")[self.rows[symbol][mine]]
        self.symbols = [batch.symbols[code] for code in codes.tolist()] if frame.size else [""] * len(moments)
        self.feed_rows: list[int] = feed_rows.tolist()
        self.ts_ns: list[int] = ts_ns.tolist()
        self.time_ns: list[int] = times.tolist()
        for k in np.flatnonzero(~ticked).tolist():
            self.symbols[k], deadline_ns, self.feed_rows[k] = condition.silence_at(self.moments[k])
            self.ts_ns[k] = self.time_ns[k] = deadline_ns
