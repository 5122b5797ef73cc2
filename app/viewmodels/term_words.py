"""The terms of a rule in numbers that a person reads: what stood on both sides, and how far it was from true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import isfinite, isnan

from analytics.errors import ConfigError
from analytics.rules import Gap, Reading, Silence, Spike, SymbolSeries, Term, parse_when
from analytics.rules.misses import Miss, TermMiss
from analytics.series import CATALOGUE, SeriesSpec
from analytics.series.spec import Unit
from app.formatting import NO_VALUE, NumberStyle, number_text, span_text

_WHOLE = {Unit.SIZE}
_NS = 1_000_000_000


def pair_text(text: str, sides: tuple[float, float], style: NumberStyle) -> str:
    """Return both sides of a term, ``""`` where it has none: ``24,849.90 vs 24,850.20``."""
    if isnan(sides[0]) and isnan(sides[1]):
        return ""
    number = _writer(text, style)
    return f"{number(sides[0])} vs {number(sides[1])}"


def state_text(reading: Reading) -> str:
    """Return what a term was at a firing."""
    if reading.holds and not reading.was:
        return "became true"
    return "true" if reading.holds else "not true"


def short_text(term: TermMiss, style: NumberStyle) -> str:
    """Return how far a term was from true: ``12.40 points``, ``120``, ``4 s``; ``""`` where nothing can be said."""
    if term.holds or not isfinite(term.short):
        return ""
    parsed = _parsed(term.text)
    if isinstance(parsed, Silence):
        return span_text(round(term.short * _NS))
    if term.short == 0:
        return "touched, not passed"
    unit = _unit(parsed)
    number = _writer(term.text, style)(term.short)
    return f"{number} points" if unit is Unit.PRICE else number


def miss_text(miss: Miss, style: NumberStyle) -> str:
    """Return how near a miss was, in a few words: ``12.40 points``.

    ``""`` where every term held; of several terms that did not their number, as `missed_lines` tells each.
    """
    unmet = [term for term in miss.terms if not term.holds]
    if len(unmet) > 1:
        return f"{len(unmet)} of {len(miss.terms)} terms unmet"
    return (short_text(unmet[0], style) or unmet[0].text) if unmet else ""


def missed_lines(terms: Iterable[TermMiss], style: NumberStyle) -> list[tuple[str, str]]:
    """Return each term of a miss with its sides and what was missing."""
    found = []
    for term in terms:
        sides = pair_text(term.text, (term.left, term.right), style)
        short = "true" if term.holds else (short_text(term, style) or "not true")
        if not term.holds and short not in ("not true", "touched, not passed"):
            short = f"{short} short"
        found.append((term.text, " · ".join(part for part in (sides, short) if part)))
    return found


def _writer(text: str, style: NumberStyle) -> Callable[[float], str]:
    """Return how numbers of a term are written: prices as prices, sizes whole, all else in five digits."""
    unit = _unit(_parsed(text))
    if unit is Unit.PRICE:
        return style.price
    if unit in _WHOLE:
        return lambda value: number_text(value, 0, indian=style.indian)
    return lambda value: f"{value:.5g}" if isfinite(value) else NO_VALUE


def _unit(term: Term | None) -> Unit:
    if isinstance(term, Spike):
        return Unit.SIZE_PER_SECOND
    if term is None or isinstance(term, Silence | Gap):
        return Unit.NUMBER
    side = term.sides[0]
    spec = side.spec if isinstance(side, SymbolSeries) else side
    entry = CATALOGUE.get(spec.name) if isinstance(spec, SeriesSpec) else None
    return Unit.NUMBER if entry is None else entry.unit


@lru_cache(maxsize=256)
def _parsed(text: str) -> Term | None:
    """Return the term of a text; one of a group has its symbol before it."""
    for each in (text, text.partition(": ")[2]):
        try:
            return parse_when(each)[0][0]
        except ConfigError:
            continue
    return None
