"""What the chart is told besides prices: alert lines and firings."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.rules.rule import Firing, Rule
from app.charts import AlertLine, FiringMark
from app.viewmodels.alerts import REPEAT_TEXT
from app.viewmodels.condition import split_condition, title_of

MOST_MARKS = 5_000
"""Marks that a chart is given of one kind; older ones stay in the logs."""


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
