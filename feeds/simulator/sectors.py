"""Which sector each NIFTY constituent moves with."""

from __future__ import annotations

BANKS = "banks"
_OTHERS = "others"

_SECTORS = {
    BANKS: ("HDFCBANK", "ICICIBANK", "SBIN", "AXISBANK", "KOTAKBANK"),
    "finance": ("BAJFINANCE", "BAJAJFINSV", "SHRIRAMFIN", "JIOFIN", "SBILIFE", "HDFCLIFE"),
    "software": ("INFY", "TCS", "HCLTECH", "TECHM", "WIPRO"),
    "energy": ("RELIANCE", "NTPC", "POWERGRID", "ONGC", "COALINDIA"),
    "autos": ("M&M", "MARUTI", "BAJAJ-AUTO", "EICHERMOT", "TMPV"),
    "metals": ("TATASTEEL", "HINDALCO", "JSWSTEEL"),
    "health": ("SUNPHARMA", "APOLLOHOSP", "MAXHEALTH", "DRREDDY", "CIPLA"),
    "staples": ("ITC", "HINDUNILVR", "NESTLEIND", "TATACONSUM"),
    "consumers": ("ETERNAL", "TITAN", "TRENT", "ASIANPAINT", "INDIGO"),
    "industry": ("LT", "BEL", "ULTRACEMCO", "GRASIM", "ADANIPORTS", "ADANIENT"),
    "telecom": ("BHARTIARTL",),
}
_SECTOR_OF = {symbol: sector for sector, symbols in _SECTORS.items() for symbol in symbols}


def sector_of(symbol: str) -> str:
    """Return the sector of a stock; one that is not listed here moves with the others of its kind."""
    return _SECTOR_OF.get(symbol, _OTHERS)
