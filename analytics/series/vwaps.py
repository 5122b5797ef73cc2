"""The volume-weighted mean of a window's prices, by trades, its deviation and its bands."""

from __future__ import annotations

from analytics.series.spec import Calculator, Entry, Pane, SeriesSpec, Unit, factor, window
from analytics.span import Span
from analytics.ticks import Float64
from analytics.windows import Window


class Windowed:
    """A series of what spans keep for one window; nothing to carry, nothing to rescale."""

    def __init__(self, spec: SeriesSpec) -> None:
        assert spec.window is not None
        self.window: Window = spec.window

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow wider scales: spans do."""


class _Vwap(Windowed):
    def extend(self, span: Span) -> Float64:
        return span.vwap(self.window)


class _Sigma(Windowed):
    def extend(self, span: Span) -> Float64:
        return span.sigma(self.window)


class _Band(Windowed):
    def __init__(self, spec: SeriesSpec, sign: float) -> None:
        super().__init__(spec)
        by = spec.arguments[1]
        assert isinstance(by, float)
        self._factor = sign * by

    def extend(self, span: Span) -> Float64:
        return span.vwap(self.window) + self._factor * span.sigma(self.window)


def _upper(spec: SeriesSpec) -> Calculator:
    return _Band(spec, 1.0)


def _lower(spec: SeriesSpec) -> Calculator:
    return _Band(spec, -1.0)


_SIGMA_SOURCE = "sqrt(Σv·p² / Σv − VWAP²) on centred prices"

ENTRIES = (
    Entry(
        "vwap",
        (window(),),
        Unit.PRICE,
        Pane.PRICE,
        "Σ price·size / Σ size over the window, by trades (not by bars); none where no volume was traded",
        "the definition",
        _Vwap,
    ),
    Entry(
        "sigma",
        (window(),),
        Unit.PRICE,
        Pane.OWN,
        "the deviation of price from vwap(W), weighted by size, population",
        _SIGMA_SOURCE,
        _Sigma,
    ),
    Entry(
        "vwap_upper",
        (window(), factor()),
        Unit.PRICE,
        Pane.PRICE,
        "vwap(W) + K·sigma(W)",
        _SIGMA_SOURCE,
        _upper,
    ),
    Entry(
        "vwap_lower",
        (window(), factor()),
        Unit.PRICE,
        Pane.PRICE,
        "vwap(W) − K·sigma(W)",
        _SIGMA_SOURCE,
        _lower,
    ),
)
