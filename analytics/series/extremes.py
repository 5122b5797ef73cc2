"""The highest and lowest price of a window."""

from __future__ import annotations

from analytics.kernels.extremes import ExtremeCarry, extremes, first_carry
from analytics.series.flow import blank, first_rows
from analytics.series.spec import Calculator, Entry, Pane, SeriesSpec, Unit, window
from analytics.series.vwaps import Windowed
from analytics.span import Span
from analytics.ticks import Float64


class _Extreme(Windowed):
    CARRIES = True

    def __init__(self, spec: SeriesSpec, *, highest: bool) -> None:
        super().__init__(spec)
        self._carry: ExtremeCarry = first_carry(highest=highest)

    def extend(self, span: Span) -> Float64:
        price, first = span.columns.column("price"), first_rows(span, self.window)
        found, self._carry = extremes(price, first, span.start, span.stop, self._carry)
        return blank(found / 10.0**span.columns.price_scale, span.inside(self.window))

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        self._carry = self._carry.scaled(by_price)


def _high(spec: SeriesSpec) -> Calculator:
    return _Extreme(spec, highest=True)


def _low(spec: SeriesSpec) -> Calculator:
    return _Extreme(spec, highest=False)


ENTRIES = (
    Entry(
        "high",
        (window(),),
        Unit.PRICE,
        Pane.PRICE,
        "the highest price of the window, of ticks of any size; of a session, since its first tick",
        "the definition",
        _high,
    ),
    Entry(
        "low",
        (window(),),
        Unit.PRICE,
        Pane.PRICE,
        "the lowest price of the window, of ticks of any size; of a session, since its first tick",
        "the definition",
        _low,
    ),
)
