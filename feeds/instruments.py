"""The instrument table that ships with the program."""

from __future__ import annotations

from importlib.resources import files

from analytics.instruments import InstrumentTable, parse_instruments


def load_instruments() -> InstrumentTable:
    """Return NIFTY and BANKNIFTY, their nearest futures and the 50 constituents of NIFTY.

    Weights are those of 2026-06-30 in per cent. Previous closes are round figures to start a simulated
    market from, not records.
    """
    return parse_instruments(files("resources").joinpath("instruments.csv").read_text(encoding="utf-8"))
