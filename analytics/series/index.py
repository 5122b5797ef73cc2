"""The VWAP of an index, which trades nothing itself: from its future, or from its constituents by weight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.errors import ConfigError
from analytics.frame import Frame
from analytics.instruments import WEIGHTED_INDEX, InstrumentTable, Kind
from analytics.series.spec import Entry, Pane, Parameter, SeriesSpec, Unit, window
from analytics.ticks import Float64

_FUTURE, _CONSTITUENTS = "future", "constituents"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a VWAP is taken from: ``future``, ``constituents``, or a symbol."""

    name: str

    def __str__(self) -> str:
        return self.name


def _read_source(text: str) -> Source:
    if re.fullmatch(r"[^\s(),\"]{1,64}", text) is None:
        raise ConfigError(f"expected future, constituents or a symbol, found {text!r}")
    return Source(text)


class _IndexVwap:
    """Another symbol's VWAP at each tick of the index, or that of all constituents."""

    def __init__(self, spec: SeriesSpec) -> None:
        over, source = spec.arguments
        assert isinstance(source, Source)
        self._vwap = SeriesSpec("vwap", (over,))
        self._source = source.name

    def needs(self, symbol: str, instruments: InstrumentTable) -> Mapping[str, SeriesSpec]:
        """Return the series that is needed of each other symbol."""
        return dict.fromkeys(self._weights(symbol, instruments), self._vwap)

    def extend(self, frame: Frame, symbol: str, instruments: InstrumentTable) -> Float64:
        """Return the values at the symbol's rows of a frame, shape (n,), NaN where there is none."""
        weights, places = self._weights(symbol, instruments), frame.places[symbol]
        text = self._vwap.text
        known = {each: weight for each, weight in weights.items() if each in frame.columns}
        if self._source != _CONSTITUENTS:
            for each in known:
                return frame.values_at(each, text, frame.rows_at(each, places))
            return np.full(len(places), np.nan)
        total, share = np.zeros(len(places)), np.zeros(len(places))
        for each, weight in known.items():
            rows = frame.rows_at(each, places)
            ratio = frame.values_at(each, text, rows) / frame.values_at(each, "price", rows)
            has_value = ~np.isnan(ratio)
            total += np.where(has_value, weight * ratio, 0.0)
            share += np.where(has_value, weight, 0.0)
        span = frame.spans[symbol]
        price = frame.values_at(symbol, "price", np.arange(span.start, span.stop))
        return price * (total / np.where(share > 0, share, np.nan))

    def _weights(self, symbol: str, instruments: InstrumentTable) -> dict[str, float]:
        """Return the symbols that it is taken from, with their weights; none for what is no index."""
        mine = instruments[symbol]
        if mine.kind is not Kind.INDEX:
            return {}
        if self._source == _FUTURE:
            return {} if mine.vwap_source is None else {mine.vwap_source: 1.0}
        if self._source != _CONSTITUENTS:
            return {self._source: 1.0}
        if symbol != WEIGHTED_INDEX:
            return {}
        return {each.symbol: each.weight for each in instruments if each.weight > 0}


ENTRIES = (
    Entry(
        "index_vwap",
        (window(), Parameter("S", _read_source, "its source: future, constituents, or a symbol")),
        Unit.PRICE,
        Pane.PRICE,
        "of an index, which trades nothing: vwap(W) of its future or of the symbol named, as it last was; or with "
        "constituents, price · Σ wᵢ·vwapᵢ(W)/priceᵢ / Σ wᵢ over those that have one, by their weights in the index; "
        "none for other instruments, and for ticks before it was asked for",
        "the named source",
        None,
        wide=_IndexVwap,
    ),
)
