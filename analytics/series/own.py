"""A person's own series: what their code is given, and the guard that it runs behind.

Their class gets new ticks only and keeps what it needs of those before; there is one object per symbol.
Whatever it does wrong costs its own values and is told, and nothing else suffers.
"""

from __future__ import annotations

import copy
import inspect
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.columns import TickRows
from analytics.errors import ConfigError
from analytics.series.spec import Pane, Parameter, SeriesSpec, Unit, factor, length, window
from analytics.span import Span
from analytics.ticks import Float64, Int32, Int64
from analytics.windows import AnchoredWindow, SessionWindow, TickWindow, TimeWindow

__all__ = [
    "AnchoredWindow",
    "Float64",
    "GuardedSeries",
    "OwnSeries",
    "Pane",
    "Parameter",
    "SessionWindow",
    "TickWindow",
    "Ticks",
    "TimeWindow",
    "Unit",
    "factor",
    "length",
    "located",
    "one_line",
    "window",
]

_AGAIN_TOGETHER = 32_768  # rows a call when a series is computed again up to where it fails
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ticks of one symbol that were not seen before, one or more, in order; n of them.

    - `price`, `size`: float64, shape (n,), correctly rounded.
    - `time_ns`: int64 ns UTC, shape (n,), never descending: the time that windows use.
    - `session`: int32, shape (n,): one number for each trading day, the least int32 outside hours.
    - `first`: the number of the first one, counted from 0 at the symbol's first tick.

    The arrays are copies and cannot be written to.
    """

    price: Float64
    size: Float64
    time_ns: Int64
    session: Int32
    first: int

    def __len__(self) -> int:
        return len(self.price)


@dataclass(frozen=True, slots=True)
class OwnSeries:
    """A person's class and its file; called with a spec it gives what computes that series for one symbol."""

    kind: Callable[..., Any]
    file: str

    def __call__(self, spec: SeriesSpec) -> GuardedSeries:
        """Return a new calculator."""
        return GuardedSeries(spec, self)

    def check(self, arguments: tuple[Any, ...]) -> None:
        """Try an object with these arguments. Raises ConfigError saying why there can be none."""
        try:
            self.kind(*arguments)
        except KeyboardInterrupt:
            raise
        except ValueError as error:
            raise ConfigError(one_line(_text_of(error)) or located(error, self.file)) from None
        except BaseException as error:  # noqa: BLE001 - a person's code may raise anything
            raise ConfigError(located(error, self.file)) from None


class GuardedSeries:
    """Computes one of a person's own series for one symbol, and has NaN from where their code fails on.

    `fault` tells tick, file, line and error once it has failed; `failed_row` is that tick. A call that fails is
    repeated tick by tick on a new object, so that values end at the tick that fails, wherever spans begin.
    """

    def __init__(self, spec: SeriesSpec, own: OwnSeries) -> None:
        self.fault: str | None = None
        self.failed_row: int | None = None
        self._spec = spec
        self._own = own
        self._object: Any = None
        self._seen = 0
        self._copied: tuple[int, Any] = (0, None)  # a row, and a copy of the object as it was before that

    def extend(self, span: Span) -> Float64:
        """Return the values of the span's rows, shape (n,), NaN where there is none."""
        if self.fault is not None:
            return np.full(len(span), np.nan)
        try:
            if self._object is None:
                self._object = self._own.kind(*self._spec.arguments)
            self._seen = span.stop
            return _values(self._object, _ticks(span.columns, span.start, span.stop))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a person's code may raise anything
            return self._up_to_fault(span, error)

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow wider scales: their prices and sizes are floats, which stay as they are."""

    def let_go(self, low: int, pins: Collection[int]) -> None:  # noqa: ARG002
        """Keep a copy of the object, so that a call that fails can be repeated without the rows before.

        Of an object that cannot be copied it is not repeated: there is no value from the call's first tick on.
        """
        try:
            self._copied = self._seen, copy.deepcopy(self._object)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - a person's code may raise anything
            self._copied = self._seen, None

    def _up_to_fault(self, span: Span, error: BaseException) -> Float64:
        columns, row = span.columns, span.start
        values = np.full(len(span), np.nan)
        self._object = None
        if self._copied[0] and self._copied[1] is None:
            return self._fail(values, span.start + columns.origin, error)
        try:
            first, copied = self._copied
            again = copy.deepcopy(copied) if first else self._own.kind(*self._spec.arguments)
            for start in range(first, span.start, _AGAIN_TOGETHER):
                _values(again, _ticks(columns, start, min(start + _AGAIN_TOGETHER, span.start)))
            for row in range(span.start, span.stop):
                values[row - span.start] = _values(again, _ticks(columns, row, row + 1))[0]
        except KeyboardInterrupt:
            raise
        except BaseException as same:  # noqa: BLE001 - a person's code may raise anything
            error = same
        else:  # it fails on several ticks together and on none alone
            values[:], row = np.nan, span.start
        return self._fail(values, row + columns.origin, error)

    def _fail(self, values: Float64, tick: int, error: BaseException) -> Float64:
        """Return values after noting which tick, by the symbol's number, has none and why."""
        cause = located(error, self._own.file, self._own.kind)
        self.fault, self.failed_row = f"no value from the symbol's tick {tick} on: {cause}", tick
        return values


class _WrongValues(Exception):
    """What `extend` returned is not what it should be."""


def _ticks(columns: TickRows, start: int, stop: int) -> Ticks:
    price = columns.column("price")[start:stop] / 10.0**columns.price_scale
    size = columns.column("size")[start:stop] / 10.0**columns.size_scale
    time_ns, session = (columns.column(name)[start:stop].copy() for name in ("time_ns", "session"))
    for each in (price, size, time_ns, session):
        each.flags.writeable = False
    return Ticks(price, size, time_ns, session, columns.origin + start)


def _values(own: Any, ticks: Ticks) -> Float64:
    """Return what a person's object says of some ticks; an infinite value counts as none."""
    with np.errstate(all="ignore"):  # a division by zero is how many say that there is no value
        found = own.extend(ticks)
    if type(found) is not np.ndarray or found.dtype != np.float64 or found.shape != ticks.price.shape:
        expected = f"expected a numpy array of float64 and shape {ticks.price.shape}"
        raise _WrongValues(f"{expected} from extend, found {_described(found)}")
    if np.isinf(found).any():
        return np.where(np.isinf(found), np.nan, found)
    values: Float64 = found
    return values


def _described(found: object) -> str:
    if type(found) is np.ndarray:
        return f"one of {found.dtype} and shape {found.shape}"
    return type(found).__name__


def located(error: BaseException, file: str, kind: object = None) -> str:
    """Return one line that names a person's file, the line in it and the error.

    An error that is not raised from their file is placed at the `extend` of their class, `kind`.
    """
    frames = traceback.extract_tb(error.__traceback__)
    line = next((each.lineno for each in reversed(frames) if each.filename == file), None)
    if isinstance(error, SyntaxError) and error.filename == file:
        line, text = error.lineno, f"SyntaxError: {error.msg}"
    elif isinstance(error, _WrongValues):
        line, text = _line_of_extend(kind), str(error)
    else:
        text = f"{type(error).__name__}: {_text_of(error)}".removesuffix(": ")
    place = f"{file}, line {line}" if line else file
    return f"{place}: {one_line(text)}"


def _line_of_extend(kind: object) -> int | None:
    code = getattr(inspect.unwrap(getattr(kind, "extend", _line_of_extend)), "__code__", None)
    line = getattr(code, "co_firstlineno", None)
    return line if isinstance(line, int) else None


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error of a person's own may not even have a text
        return "(without a text)"


def one_line(text: str) -> str:
    """Return a text in one line, cut where it is very long."""
    whole = " ".join(text.split())
    return whole if len(whole) <= _LONGEST_ERROR else f"{whole[:_LONGEST_ERROR]}…"
