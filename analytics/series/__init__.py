"""Series: the catalogue that commands, charts and rules share, and what computes its entries."""

from analytics.series.backfill import SPAN_ROWS, backfill, continued
from analytics.series.catalogue import (
    CATALOGUE,
    add_entry,
    calculator,
    parse_series,
    power_of,
    wide_calculator,
)
from analytics.series.spec import (
    Calculator,
    Entry,
    Keeps,
    LooksBack,
    Pane,
    Parameter,
    SeriesSpec,
    Unit,
    WideCalculator,
)

__all__ = [
    "CATALOGUE",
    "SPAN_ROWS",
    "Calculator",
    "Entry",
    "Keeps",
    "LooksBack",
    "Pane",
    "Parameter",
    "SeriesSpec",
    "Unit",
    "WideCalculator",
    "add_entry",
    "backfill",
    "calculator",
    "continued",
    "parse_series",
    "power_of",
    "wide_calculator",
]
