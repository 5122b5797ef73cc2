"""How a chart draws the series that were chosen for it: where, as what, under which name, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.bars import BarKind, parse_bar_rule
from analytics.errors import ConfigError
from analytics.instruments import WEIGHTED_INDEX, Instrument, InstrumentTable, Kind
from analytics.series import CATALOGUE, Pane, SeriesSpec, parse_series
from analytics.windows import AnchoredWindow
from app.formatting import group_digits
from app.viewmodels.chart_choice import SESSION_VWAP, TICKS, ChartChoice

UPPER, LOWER = "vwap_upper(session, 2)", "vwap_lower(session, 2)"
BAND_LABEL = "±2σ"
_NAMES = {
    "vwap": "VWAP",
    "sigma": "VWAP sigma",
    "vwap_upper": "VWAP upper",
    "vwap_lower": "VWAP lower",
    "zscore": "z-score",
    "twap": "TWAP",
    "sma": "SMA",
    "ema": "EMA",
    "rsi": "RSI",
    "macd": "MACD",
    "macd_signal": "MACD signal",
    "macd_hist": "MACD histogram",
    "atr": "ATR",
    "poc": "POC",
    "index_vwap": "VWAP",
    "rate": "Ticks/s",
    "volume_rate": "Volume/s",
    "delta": "Delta",
}
_BASELINES = {"rsi": 50.0, "zscore": 0.0, "delta": 0.0, "signed_size": 0.0, "size": 0.0}
_BARS = ("signed_size", "size")
_MACD = ("macd", "macd_signal", "macd_hist")
_LEAST_WEIGHT = 0.5
"""An index takes its constituents' VWAP where at least this share of their weight is in the feed."""
_STYLES = {BarKind.TICKS: "ticks", BarKind.VOLUME: "volume", BarKind.RANGE: "range"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is charted, as far as drawing asks.

    `source` is where the VWAP of what trades nothing comes from: a symbol, ``constituents``, or ``""`` with the
    reason in `fault`.
    """

    symbol: str
    has_volume: bool
    zone: ZoneInfo
    source: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    """One series of a chart, shown or hidden.

    `text` is what was chosen, `drawn` the series that is drawn for it, ``""`` where none is, for which `fault` says
    why. `role` and `colour` are those of a curve; `pane` is ``""`` over the price, else the key of a pane of its own,
    with `title`, `baseline` and whether all of it is bars.
    """

    text: str
    drawn: str
    label: str
    role: str
    colour: int = 0
    shown: bool = True
    fault: str = ""
    pane: str = ""
    title: str = ""
    baseline: float | None = None
    bars: bool = False


def subject_of(
    symbol: str, has_volume: bool, instruments: InstrumentTable, symbols: tuple[str, ...]
) -> Subject:
    """Return a symbol as a subject; `symbols` are those of the feed, of which one may lend an index its VWAP."""
    zone = instruments.calendar_of(symbol).zone
    if has_volume:
        return Subject(symbol, True, zone)
    source, fault = _source(instruments[symbol], instruments, symbols)
    return Subject(symbol, False, zone, source, fault)


def _source(
    instrument: Instrument, instruments: InstrumentTable, symbols: tuple[str, ...]
) -> tuple[str, str]:
    symbol, future = instrument.symbol, instrument.vwap_source
    if instrument.kind is not Kind.INDEX:
        return "", f"No VWAP: trades of {symbol} carry no size"
    if future in symbols:
        return future or "", ""
    if symbol == WEIGHTED_INDEX and _weight_in(instruments, symbols) >= _LEAST_WEIGHT:
        return "constituents", ""
    why = f"{future} is not in the feed" if future else f"{symbol} is an index, and no future of it is known"
    return "", f"No VWAP: {why}"


def _weight_in(instruments: InstrumentTable, symbols: tuple[str, ...]) -> float:
    """Return which share of the index the constituents in a feed are, of those that are known."""
    known = {each.symbol: each.weight for each in instruments if each.weight > 0}
    return sum(known.get(each, 0.0) for each in symbols) / max(sum(known.values()), 1.0)


def drawn_series(choice: ChartChoice, subject: Subject) -> tuple[DrawnSeries, ...]:
    """Return all series of a choice in their order, as they are drawn for a subject."""
    made = []
    second_taken = False
    for text in choice.series:
        spec = parse_series(text)
        is_second = spec.name == "vwap" and text != SESSION_VWAP and not _is_anchored(spec)
        role = (
            "vwap" if text == SESSION_VWAP else "vwap_second" if is_second and not second_taken else "overlay"
        )
        second_taken |= is_second
        made.append(_drawn(choice, subject, spec, role))
    return tuple(made)


def _drawn(choice: ChartChoice, subject: Subject, spec: SeriesSpec, role: str) -> DrawnSeries:
    text = spec.text
    drawn, fault, label = text, "", series_label(text, subject.zone)
    if spec.name == "vwap" and not subject.has_volume:
        source = "constituents" if subject.source == "constituents" else "future"
        drawn = f"index_vwap({spec.arguments[0]}, {source})" if subject.source else ""
        fault = subject.fault
        label = f"{label} of {subject.source}" if subject.source else label
    elif role == "vwap" and choice.bands:
        label = f"{label} {BAND_LABEL}"
    colour, shown = choice.colour_of(text), text not in choice.hidden
    if CATALOGUE[spec.name].pane is Pane.PRICE:
        return DrawnSeries(text, drawn, label, role, colour, shown, fault)
    in_macd = spec.name in _MACD
    lengths = ", ".join(str(each) for each in spec.arguments[:2])
    return DrawnSeries(
        text,
        drawn,
        label,
        "histogram" if spec.name == "macd_hist" else "overlay",
        colour,
        shown,
        fault,
        pane=f"macd({lengths})" if in_macd else text,
        title=f"MACD {lengths}" if in_macd else label,
        baseline=0.0 if in_macd else _BASELINES.get(spec.name),
        bars=spec.name in _BARS,
    )


def band_of(choice: ChartChoice, subject: Subject) -> tuple[str, str] | None:
    """Return the two edges of the band that is filled, or None."""
    shown = SESSION_VWAP in choice.series and SESSION_VWAP not in choice.hidden
    return (UPPER, LOWER) if choice.bands and shown and subject.has_volume else None


def wanted_series(choice: ChartChoice, subject: Subject) -> frozenset[str]:
    """Return the series that are to be kept for a chart; hidden ones too, so that they come back at once."""
    band = band_of(choice, subject)
    texts = {each.drawn for each in drawn_series(choice, subject) if each.drawn}
    return frozenset(texts | set(band or ()))


def series_label(text: str, zone: ZoneInfo | None = None) -> str:
    """Return a series' name as a person says it.

    >>> series_label("vwap(session)"), series_label("ema(20)"), series_label("volume_rate(60s)")
    ('VWAP', 'EMA 20', 'Volume/s 60s')

    An anchor is told as wall time of `zone`.
    """
    spec = parse_series(text)
    name = _NAMES.get(spec.name) or spec.name.replace("_", " ").capitalize()
    words = [_argument(each, zone) for each in spec.arguments]
    lead = [each for each in words if each.startswith("from ")]
    rest = ", ".join(each for each in words if each != "session" and each not in lead)
    return " ".join(each for each in (name, rest, *lead) if each)


def _argument(argument: object, zone: ZoneInfo | None) -> str:
    if isinstance(argument, AnchoredWindow):
        return f"from {_anchor(argument.anchor, zone)}"
    return f"{argument:g}" if isinstance(argument, float) else str(argument)


def _anchor(anchor: datetime | int, zone: ZoneInfo | None) -> str:
    if isinstance(anchor, int):
        return f"tick {group_digits(str(anchor), indian=False)}"
    moment = anchor if zone is None or anchor.tzinfo is None else anchor.astimezone(zone)
    return f"{moment:%H:%M:%S}" if moment.second or moment.microsecond else f"{moment:%H:%M}"


def _is_anchored(spec: SeriesSpec) -> bool:
    return isinstance(spec.window, AnchoredWindow)


def style_label(style: str) -> str:
    """Return a style as a button says it.

    >>> style_label("ticks"), style_label("60s"), style_label("10000 volume"), style_label("30s")
    ('Ticks', '1 min', '10,000 volume', '30 s')
    """
    if style == TICKS:
        return "Ticks"
    rule = parse_bar_rule(style)
    if rule.kind in _STYLES:
        amount, _, kind = str(rule).partition(" ")
        whole, point, part = amount.partition(".")
        return f"{group_digits(whole, indian=False)}{point}{part} {kind}"
    seconds = float(rule.amount) / 1e9
    for unit, length in (("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f} {unit}"
    return str(rule)


def style_fault(text: str) -> str | None:
    """Return why a text says no bars, in one line, or None."""
    try:
        parse_bar_rule(text.strip().lower())
    except ConfigError:
        found = f"“{text.strip()[:20]}” says no bars: write" if text.strip() else "Write"
        return f"{found} 30s, 500 ticks, 10000 volume or 5 range"
    return None
