"""What a chart is to show, as a person chose it: bars, series, and what stands beside them. Kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from analytics.bars import parse_bar_rule
from analytics.errors import ConfigError
from analytics.series import parse_series

TICKS = "ticks"
SESSION_VWAP, SECOND_VWAP = "vwap(session)", "vwap(60s)"
MOST_SERIES, MOST_LEVELS = 24, 200
"""What one chart shows at the most, and levels of one symbol; more is refused, or left out where it was saved."""
COLOURS = 6
"""Curve colours of a theme."""

Levels = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class ChartChoice:
    """One chart's choice.

    - `style` is ``ticks`` or what a bar is, in the normal form of `style_of`.
    - `series` are texts in normal form, each once, in the order in which they were added; those in `hidden` are
      kept and not drawn. `colours` are places among the theme's curve colours by series.
    - `bands` fills two sigmas about the session's VWAP; `volume` and `profile` show what they say.
    - `levels` are prices by symbol, both ascending.
    """

    style: str = TICKS
    series: tuple[str, ...] = (SESSION_VWAP, SECOND_VWAP)
    hidden: tuple[str, ...] = ()
    colours: tuple[tuple[str, int], ...] = ()
    bands: bool = True
    volume: bool = True
    profile: bool = False
    levels: Levels = ()

    def colour_of(self, text: str) -> int:
        """Return a series' place among the theme's curve colours."""
        return dict(self.colours).get(text, 0)

    def levels_of(self, symbol: str) -> tuple[float, ...]:
        """Return the levels drawn for a symbol."""
        return dict(self.levels).get(symbol, ())

    def with_style(self, text: str) -> ChartChoice:
        """Return this with other bars. Raises ConfigError for what is none."""
        return replace(self, style=style_of(text))

    def with_series(self, text: str) -> ChartChoice:
        """Return this with a series shown, in the colour that is used least. Raises ConfigError."""
        text = parse_series(text).text
        if text in self.series:
            return replace(self, hidden=tuple(each for each in self.hidden if each != text))
        if len(self.series) >= MOST_SERIES:
            raise ConfigError(f"a chart shows {MOST_SERIES} series at the most; remove one first")
        used = [colour for _, colour in self.colours]
        colour = min(range(COLOURS), key=lambda each: (used.count(each), each))
        own = () if text in (SESSION_VWAP, SECOND_VWAP) else ((text, colour),)
        return replace(self, series=(*self.series, text), colours=(*self.colours, *own))

    def without_series(self, text: str) -> ChartChoice:
        """Return this without a series."""
        return replace(
            self,
            series=tuple(each for each in self.series if each != text),
            hidden=tuple(each for each in self.hidden if each != text),
            colours=tuple(pair for pair in self.colours if pair[0] != text),
        )

    def with_changed(self, before: str, after: str) -> ChartChoice:
        """Return this with another series in the place and the colour of one. Raises ConfigError."""
        after = parse_series(after).text
        if before not in self.series or after in self.series:
            changed = self if before == after else self.without_series(before)
            return changed.with_series(after)
        own = after in (SESSION_VWAP, SECOND_VWAP)
        if before in (SESSION_VWAP, SECOND_VWAP) and not own:  # it has no curve colour to hand on
            coloured = self.with_series(after).colours
        else:
            coloured = tuple((after if text == before else text, colour) for text, colour in self.colours)
        return replace(
            self,
            series=tuple(after if text == before else text for text in self.series),
            hidden=tuple(text for text in self.hidden if text != before),
            colours=tuple(pair for pair in coloured if not (own and pair[0] == after)),
        )

    def with_shown(self, text: str, shown: bool) -> ChartChoice:
        """Return this with a series of it shown or hidden."""
        others = tuple(each for each in self.hidden if each != text)
        return replace(self, hidden=others if shown or text not in self.series else (*others, text))

    def with_levels(self, symbol: str, levels: Iterable[float]) -> ChartChoice:
        """Return this with other levels of a symbol; none of them, and it is forgotten."""
        kept = tuple(sorted({float(each) for each in levels if math.isfinite(each)}))[:MOST_LEVELS]
        others = tuple(pair for pair in self.levels if pair[0] != symbol)
        return replace(self, levels=tuple(sorted((*others, (symbol, kept)))) if kept else others)


def style_of(text: str) -> str:
    """Return the normal form of a style: ``ticks``, or what a bar is.

    >>> style_of(" Ticks "), style_of("1 min"), style_of("500 tick")
    ('ticks', '60s', '500 ticks')

    Raises ConfigError for anything else.
    """
    clean = text.strip().lower()
    return TICKS if clean == TICKS else str(parse_bar_rule(clean))


def as_dict(choice: ChartChoice) -> dict[str, object]:
    """Return a choice as JSON can hold it."""
    return {
        "style": choice.style,
        "series": list(choice.series),
        "hidden": list(choice.hidden),
        "colours": dict(choice.colours),
        "bands": choice.bands,
        "volume": choice.volume,
        "profile": choice.profile,
        "levels": {symbol: list(levels) for symbol, levels in choice.levels},
    }


def choice_from(found: object) -> tuple[ChartChoice, tuple[str, ...]]:
    """Return the choice that JSON holds, and what of it could not be used, a line each.

    Unknown keys are passed over; what is missing or wrong is replaced by what a new chart has, one by one.
    """
    reading = _Reading(found)
    choice = replace(
        ChartChoice(series=()),
        style=reading.style(),
        bands=reading.switch("bands", True),
        volume=reading.switch("volume", True),
        profile=reading.switch("profile", False),
    )
    for text in reading.texts("series", ChartChoice().series):
        try:
            choice = choice.with_series(text)
        except ConfigError as error:
            reading.faults.append(str(error).split(" Known:")[0])
    for text in reading.texts("hidden", ()):
        choice = choice.with_shown(text, False)
    for symbol, levels in reading.levels():
        choice = choice.with_levels(symbol, levels)
    return replace(choice, colours=reading.colours(choice)), tuple(reading.faults)


class _Reading:
    """Reads one value after another, and notes what was wrong."""

    def __init__(self, found: object) -> None:
        self.faults: list[str] = []
        self._found: dict[Any, Any] = found if isinstance(found, dict) else {}
        if not isinstance(found, dict):
            self._wrong("a chart", "an object", found)

    def _wrong(self, where: str, expected: str, found: object) -> None:
        self.faults.append(f"{where}: expected {expected}, found {str(found)[:60]!r}")

    def style(self) -> str:
        found = self._found.get("style", TICKS)
        try:
            return style_of(found)
        except (ConfigError, AttributeError):
            self._wrong("style", "ticks or bars such as 1m", found)
            return TICKS

    def switch(self, name: str, otherwise: bool) -> bool:
        found = self._found.get(name, otherwise)
        if isinstance(found, bool):
            return found
        self._wrong(name, "true or false", found)
        return otherwise

    def texts(self, name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        found = self._found.get(name, otherwise)
        if not isinstance(found, list | tuple):
            self._wrong(name, "a list", found)
            return otherwise
        for each in found:
            if not isinstance(each, str):
                self._wrong(name, "texts", each)
        return tuple(each for each in found if isinstance(each, str))

    def colours(self, choice: ChartChoice) -> tuple[tuple[str, int], ...]:
        found = self._found.get("colours", {})
        known = found if isinstance(found, dict) else {}
        fit = {text: each for text, each in known.items() if type(each) is int and 0 <= each < COLOURS}
        if known is not found or len(fit) < len(known):
            self._wrong("colours", f"places from 0 to {COLOURS - 1} by series", found)
        return tuple((text, fit.get(text, colour)) for text, colour in choice.colours)

    def levels(self) -> list[tuple[str, list[float]]]:
        found = self._found.get("levels", {})
        if not isinstance(found, dict):
            self._wrong("levels", "lists of prices by symbol", found)
            return []
        fit = []
        for symbol, levels in found.items():
            if isinstance(levels, list) and all(_is_number(each) for each in levels):
                fit.append((str(symbol), [float(each) for each in levels]))
            else:
                self._wrong(f"levels of {symbol}", "a list of prices", levels)
        return fit


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < 1e15
