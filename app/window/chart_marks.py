"""What the chart is told besides prices: alert lines, firings, and where the data was not whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from analytics.columns import ColumnsView
from analytics.events import DataEvent, EventKind
from analytics.rules.rule import Firing, Rule
from app.charts import AlertLine, BandSpec, CurveSpec, FiringMark, RibbonMark
from app.formatting import span_text
from app.viewmodels.alerts import REPEAT_TEXT
from app.viewmodels.condition import split_condition, title_of

MOST_MARKS = 5_000
"""Marks that a chart is given of one kind; older ones stay in the logs."""
CURVES = (
    CurveSpec("vwap(session)", "VWAP", "vwap"),
    CurveSpec("vwap(60s)", "VWAP 60s", "vwap_second"),
)
BANDS = (BandSpec("vwap_upper(session, 2)", "vwap_lower(session, 2)", "±2σ"),)
_ON_RIBBON = {EventKind.LATE, EventKind.DUPLICATE, EventKind.RESTART, EventKind.QUARANTINED}


def alert_lines(rules: Iterable[Rule], symbol: str, *, indian: bool) -> list[AlertLine]:
    """Return the levels that rules on a symbol watch; a range has two, which are not dragged."""
    lines = []
    for rule in rules:
        condition = split_condition(rule.when) if rule.symbol == symbol else None
        if condition is None:
            continue
        label = f"{title_of(rule.when, indian=indian)} · {REPEAT_TEXT[rule.repeat]}"
        if condition.level is not None:
            lines.append(AlertLine(rule.name, condition.level, label, rule.enabled, draggable=True))
        elif condition.left == "price" and condition.operator in {"enters", "leaves"}:
            lines += [
                AlertLine(rule.name, end, label, rule.enabled, draggable=False)
                for end in _range_ends(condition.right)
            ]
    return lines


def _range_ends(right: str) -> list[float]:
    try:
        return [float(end) for end in right.split("..")]
    except ValueError:
        return []


def firing_marks(firings: Iterable[Firing], symbol: str) -> list[FiringMark]:
    """Return where rules on a symbol fired."""
    marks = [FiringMark(each.rule, each.ts_ns, each.price) for each in firings if each.symbol == symbol]
    return marks[-MOST_MARKS:]


def ribbon_marks(events: Sequence[DataEvent], view: ColumnsView | None, symbol: str) -> list[RibbonMark]:
    """Return what happened to a symbol's data: gaps from tick to tick, everything else an instant."""
    marks = [
        RibbonMark(each.kind, each.ts_ns, each.ts_ns, each.detail)
        for each in events[-MOST_MARKS:]
        if each.symbol == symbol and each.kind in _ON_RIBBON
    ]
    if view is None:
        return marks
    rows = view.gaps()[-MOST_MARKS:]
    rows = rows[rows > view.first]
    starts, stops = view.ts_ns[rows - 1], view.ts_ns[rows]
    details = {e.ts_ns: e.detail for e in events if e.symbol == symbol and e.kind is EventKind.GAP}
    for start, stop in zip(starts.tolist(), np.maximum(starts, stops).tolist(), strict=True):
        words = details.get(stop) or details.get(start) or "ticks are missing"
        marks.append(RibbonMark(EventKind.GAP, start, stop, f"{words} · {span_text(stop - start)}"))
    return marks
