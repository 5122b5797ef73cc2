"""Keeps an exception from leaving a Qt virtual that paints, measures or feeds a view: it would end the process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

_log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def guarded(
    otherwise: Callable[[], R],
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Return a decorator: a call that raises is logged, once per class, and returns `otherwise()`."""

    def guard(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        logged: set[type] = set()

        @wraps(method)
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(self, *args, **kwargs)
            except Exception:  # noqa: BLE001 - whatever it is, it may not reach Qt
                if type(self) not in logged:
                    logged.add(type(self))
                    _log.exception("%s.%s failed", type(self).__name__, method.__name__)
                return otherwise()

        return call

    return guard


def nothing() -> None:
    """Return nothing: what a guarded paint or a model's cell falls back to."""
