"""What a person may add to a chart: the catalogue's series, found by typing, with arguments to start from."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.errors import ConfigError
from analytics.instruments import Instrument
from analytics.series import CATALOGUE, Entry, Pane, Parameter, parse_series
from app.viewmodels.chart_series import series_label

_NOT_OFFERED = ("price", "index_vwap")
"""The price is always drawn, and an index shows its source's VWAP where others show their own."""
_LENGTHS = {"rsi": "14", "atr": "14"}
_WINDOWS = {"rate": "60s", "volume_rate": "60s", "volume": "60s", "volatility": "5m", "twap": "5m"}
_BY_NAME = {"F": "12", "S": "26", "K": "2", "B": "60s"}
_TRIED = ("session", "20", "2", "60s", "1", "future")
_FAST_SIGNAL = "9"
_TITLES = {
    "W": "Window",
    "N": "Length",
    "F": "Fast",
    "S": "Slow",
    "K": "Factor",
    "B": "Bars",
    "STEP": "Step",
}
_STEPS_A_BUCKET = 10
_PANES = {Pane.PRICE: "over the price", Pane.VOLUME: "in a pane", Pane.OWN: "in a pane"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One series: how it is called and written, what it is, and its arguments to start from."""

    name: str
    label: str
    usage: str
    definition: str
    place: str
    parameters: tuple[Parameter, ...]
    defaults: tuple[str, ...]


def offers(instrument: Instrument, price: float | None) -> tuple[Offer, ...]:
    """Return every series that a chart of an instrument at a price may show, a person's own included."""
    step = None if price is None else instrument.tick_at(price)
    bucket = "1" if step is None else f"{float(step * _STEPS_A_BUCKET):g}"
    found = [each for each in CATALOGUE.values() if each.name not in _NOT_OFFERED]
    found.sort(key=lambda each: each.name == "size")  # a stable sort: what few add comes last
    return tuple(_offer(each, bucket) for each in found)


def title_of(parameter: Parameter) -> str:
    """Return what an argument is called beside its field."""
    return _TITLES.get(parameter.name, parameter.name)


def _offer(entry: Entry, bucket: str) -> Offer:
    defaults = tuple(_default(entry, each, bucket) for each in entry.parameters)
    return Offer(
        entry.name,
        _label(entry.name, defaults),
        entry.usage,
        _sentence(entry.definition),
        _PANES[entry.pane],
        entry.parameters,
        defaults,
    )


def _sentence(definition: str) -> str:
    """Return a definition with a capital, where it begins with a word and not with a formula."""
    first = definition.split(" ", 1)[0]
    return definition[:1].upper() + definition[1:] if first.isalpha() else definition


def _label(name: str, defaults: tuple[str, ...]) -> str:
    """Return the name alone: the label of the series without what its arguments add."""
    try:
        whole = series_label(text_of(name, defaults))
    except ConfigError:
        return name.replace("_", " ").capitalize()
    arguments = [f"{each:g}" if isinstance(each, float) else str(each) for each in _read(name, defaults)]
    rest = ", ".join(each for each in arguments if each != "session")
    return whole.removesuffix(rest).strip()


def _read(name: str, arguments: tuple[str, ...]) -> tuple[object, ...]:
    return parse_series(text_of(name, arguments)).arguments


def _default(entry: Entry, parameter: Parameter, bucket: str) -> str:
    wanted = _BY_NAME.get(parameter.name)
    if parameter.name == "W":
        wanted = _WINDOWS.get(entry.name, "session")
    elif parameter.name == "N":
        wanted = _FAST_SIGNAL if entry.name.startswith("macd") else _LENGTHS.get(entry.name, "20")
    elif parameter.name == "STEP":
        wanted = bucket
    for text in (*([wanted] if wanted else []), *_TRIED):
        try:
            parameter.read(text)
        except Exception:  # noqa: BLE001 - a parameter of a person's own series may raise anything
            continue
        return text
    return ""


def matching(found: tuple[Offer, ...], text: str) -> tuple[Offer, ...]:
    """Return those that hold all words of a text: by their names first, then by what they are."""
    words = text.lower().replace("(", " ").split()
    by_name = [each for each in found if all(word in f"{each.name} {each.label}".lower() for word in words)]
    by_text = [
        each
        for each in found
        if each not in by_name
        and all(word in f"{each.name} {each.label} {each.definition}".lower() for word in words)
    ]
    return (*by_name, *by_text)


def text_of(name: str, arguments: tuple[str, ...]) -> str:
    """Return a series as it is written."""
    return f"{name}({', '.join(each.strip() for each in arguments)})" if arguments else name


def split_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the arguments of a series in normal form."""
    name, _, rest = text.partition("(")
    return name, tuple(rest.removesuffix(")").split(", ")) if rest else ()


def series_fault(name: str, arguments: tuple[str, ...]) -> str | None:
    """Return why a series cannot be written so, in a line, or None."""
    entry = CATALOGUE[name]
    for parameter, text in zip(entry.parameters, arguments, strict=True):
        if not text.strip() or "," in text:
            return f"{title_of(parameter)}: expected {parameter.meaning}"
        try:
            parameter.read(text.strip())
        except ConfigError as error:
            return f"{title_of(parameter)}: {error}"
    try:
        parse_series(text_of(name, arguments))
    except ConfigError as error:
        reason = str(error)
        return reason.partition(": ")[2] or reason
    return None
