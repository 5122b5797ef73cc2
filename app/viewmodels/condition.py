"""A rule's text in the three parts that a person picks: left side, operator, right side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from app.formatting import group_digits

OPERATORS = (
    "crosses above",
    "crosses below",
    "crosses",
    "above",
    "below",
    "enters",
    "leaves",
    "moves",
)
"""The operators, the longer before the shorter that it starts with."""
RIGHT_HINTS = {
    "enters": "24880..24945",
    "leaves": "24880..24945",
    "moves": "0.5 % in 60s",
}
"""What the right side looks like, where it is more than a number or a series."""
_ANY_OPERATOR = "|".join(OPERATORS)
_TERM = re.compile(rf"\s*(?P<left>.+?)\s+(?P<operator>{_ANY_OPERATOR})\s+(?P<right>.+?)\s*")
_JOINED = re.compile(rf"\s(?:and|or)\s.*\s(?:{_ANY_OPERATOR})\s")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One term of a rule."""

    left: str
    operator: str
    right: str

    @property
    def text(self) -> str:
        """Return the term as a rule holds it."""
        return f"{self.left} {self.operator} {self.right}".strip()

    @property
    def level(self) -> float | None:
        """Return the price level that the term compares the price with, None where it is none."""
        if self.left != "price" or self.operator in RIGHT_HINTS or not _NUMBER.fullmatch(self.right):
            return None
        return float(self.right)


def split_condition(when: str) -> Condition | None:
    """Return the parts of a rule's text, None where it is not one term of the builder's kind."""
    if _JOINED.search(f"{when} "):
        return None
    match = _TERM.fullmatch(when)
    if match is None or match["operator"] not in OPERATORS:
        return None
    return Condition(match["left"], match["operator"], match["right"])


def crossing_level(price: float, last: float | None, decimals: int) -> str:
    """Return the rule text for a level that was pointed at: crossed from where the price is now."""
    side = "below" if last is not None and price < last else "above"
    return f"price crosses {side} {price:.{decimals}f}"


def with_level(when: str, price: float, decimals: int) -> str | None:
    """Return the rule text with its price level moved, None where it has none."""
    condition = split_condition(when)
    if condition is None or condition.level is None:
        return None
    return Condition(condition.left, condition.operator, f"{price:.{decimals}f}").text


def normal_when(when: str, decimals: int) -> str:
    """Return a rule text with its price level at the instrument's decimals, however it was typed.

    A level finer than that stays as it is, and so does all that is not one plain condition.

    >>> normal_when("price  crosses above 24945", 2), normal_when("price above 1.005", 2)
    ('price crosses above 24945.00', 'price above 1.005')
    """
    condition = split_condition(" ".join(when.split()))
    if condition is None:
        return when.strip()
    level = condition.level
    if level is None or Decimal(condition.right) != Decimal(f"{level:.{decimals}f}"):
        return condition.text
    return Condition(condition.left, condition.operator, f"{level:.{decimals}f}").text


def ungrouped(text: str) -> str:
    """Return a text without the commas that group numbers by thousands, or by lakhs; all others stay.

    >>> ungrouped("price above 1,24,945.50"), ungrouped("24,95"), ungrouped("1234,567")
    ('price above 124945.50', '24,95', '1234,567')
    """
    return _GROUPED.sub(lambda found: found[0].replace(",", ""), text)


def completed(text: str, last: float | None, decimals: int) -> str:
    """Return a rule text from one that was typed in short: a bare level, or a condition without its ``price``.

    A level whose commas do not group it, such as ``24,95``, stays as it is: the rule's reader refuses it.

    >>> completed("24,945", 24_900.0, 2), completed("above 24945", None, 2), completed("size above 500", None, 2)
    ('price crosses above 24945.00', 'price above 24945.00', 'size above 500')
    """
    plain = " ".join(text.split())
    digits = ungrouped(plain)
    if _NUMBER.fullmatch(digits):
        return crossing_level(float(digits), last, decimals)
    found = _SHORTENED.fullmatch(plain)
    if found is not None:
        level = ungrouped(found[2])
        plain = f"price {found[1]} {level if _NUMBER.fullmatch(level) else found[2]}"
    return normal_when(plain, decimals)


_SHORTENED = re.compile(rf"({_ANY_OPERATOR})\s+(.+)")
_GROUPED = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d\d)*,\d{3})(?![\d,])")
_LEVEL = re.compile(r"(?<![\w.])(\d{4,})(?:\.0+(?!\d)|(\.\d+))?")
_SHORT = (
    (re.compile(r"^price\s+"), ""),
    (re.compile(r"vwap_(upper|lower)\(session, ?([\d.]+)\)"), r"VWAP \1 \2σ"),
    (re.compile(r"vwap\(session\)"), "VWAP"),
    (re.compile(r"vwap\(([^)]*)\)"), r"VWAP \1"),
    (re.compile(r"\bema\(([^)]*)\)"), r"EMA \1"),
    (re.compile(r"\bsigma\(session\)"), "σ"),
    (re.compile(r"\bsigma\(([^)]*)\)"), r"σ \1"),
)


def title_of(when: str, *, indian: bool = False) -> str:
    """Return a rule's text as a title, levels grouped and without idle zeros.

    >>> title_of("price crosses above vwap(session)"), title_of("price below 24945.00")
    ('Crosses above VWAP', 'Below 24,945')
    """
    title = when.strip()
    for pattern, short in _SHORT:
        title = pattern.sub(short, title)
    title = _LEVEL.sub(lambda found: group_digits(found[1], indian=indian) + (found[2] or ""), title)
    return title[:1].upper() + title[1:]


def free_name(wanted: str, taken: set[str]) -> str:
    """Return `wanted`, or with the first number after it that makes it unique."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted} ({number})" in taken:
        number += 1
    return f"{wanted} ({number})"


def is_own_title(name: str, when: str, *, indian: bool = False) -> bool:
    """Return whether a name is the one made from the text, so that it may follow the text."""
    return re.sub(r" \(\d+\)$", "", name) == title_of(when, indian=indian)
