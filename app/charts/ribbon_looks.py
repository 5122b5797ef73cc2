"""How the ribbon shows each kind of mark: a shape of its own besides the colour, a glyph and words for it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from analytics.events import EventKind
from app.charts.specs import RibbonMark

SHAPE_PX = 7
"""Of marks that crowd, one shape stands in so many pixels."""


class Shape(enum.Enum):
    """A filled shape; those of spans are as wide as the span."""

    BLOCK = "block"
    HATCH = "hatch"
    FRAME = "frame"
    LOW = "low"
    LEFT = "left"
    UP = "up"
    TWIN = "twin"
    TALL = "tall"
    DOT = "dot"
    DIAMOND = "diamond"
    MAST = "mast"
    CROSS = "cross"

    @property
    def is_span(self) -> bool:
        """Return whether it is as wide as what it marks."""
        return self in (Shape.BLOCK, Shape.HATCH, Shape.FRAME, Shape.LOW)


@dataclass(frozen=True, slots=True)
class Look:
    """A kind's shape, the theme's field of its colour, its glyph and words in the legend, one and many."""

    kind: str
    shape: Shape
    colour: str
    glyph: str
    one: str
    many: str


LOOKS = (
    Look("off grid", Shape.DOT, "dim", "•", "off-grid price", "off-grid prices"),
    Look("duplicate", Shape.TWIN, "dim", "‖", "duplicate", "duplicates"),
    Look("partition", Shape.LOW, "replay", "▂", "idle partition", "idle partitions"),
    Look("stale", Shape.HATCH, "dim", "▨", "stale span", "stale spans"),
    Look("restart", Shape.DIAMOND, "replay", "◆", "new run", "new runs"),
    Look("gap", Shape.BLOCK, "warning", "■", "gap", "gaps"),
    Look("reconnect", Shape.FRAME, "warning", "▭", "break of the connection", "breaks of the connection"),
    Look("engine", Shape.MAST, "replay", "⟊", "engine restart", "engine restarts"),
    Look("late", Shape.LEFT, "down", "◀", "late tick", "late ticks"),
    Look("out of range", Shape.UP, "down", "▲", "value out of range", "values out of range"),
    Look("lost range", Shape.CROSS, "warning", "✕", "lost range", "lost ranges"),
    Look("quarantined", Shape.TALL, "down", "▌", "tick in quarantine", "ticks in quarantine"),
)
"""The milder before the worse, which is painted over it."""
_OTHER = Look("", Shape.DOT, "dim", "•", "event", "events")
_RANKS = {look.kind: rank for rank, look in enumerate(LOOKS)}
_RANK_OF_EVENT = {kind: _RANKS[kind.value] for kind in EventKind if kind.value in _RANKS}
LEGEND_KINDS = ("gap", "late", "duplicate", "quarantined", "stale", "reconnect", "restart", "partition")


def rank_of(kind: EventKind | str) -> int:
    """Return how bad a kind is; -1 for one that has no look of its own."""
    if isinstance(kind, EventKind):
        return _RANK_OF_EVENT.get(kind, -1)
    return _RANKS.get(kind, -1)


def look_of(rank: int) -> Look:
    """Return the look of a rank."""
    return LOOKS[rank] if rank >= 0 else _OTHER


def legend() -> str:
    """Return what the shapes mean, a line each."""
    shown = (LOOKS[_RANKS[kind]] for kind in LEGEND_KINDS)
    lines = (f"{look.glyph}  {look.one}" for look in shown)
    return "Where the data was not whole; here nothing was amiss.\n" + "\n".join(lines)


def summary(marks: Iterable[RibbonMark]) -> str:
    """Return marks in words, the worst first: ``2 gaps, 1 late tick``; what it says of none is said too."""
    counts: dict[int, int] = {}
    for mark in marks:
        rank = rank_of(mark.kind)
        counts[rank] = counts.get(rank, 0) + 1
    if not counts:
        return "the data is whole"
    told = ((look_of(rank), counts[rank]) for rank in sorted(counts, reverse=True))
    return ", ".join(f"{count:,} {look.one if count == 1 else look.many}" for look, count in told)


def span_rect(shape: Shape, left: float, right: float, strip: QRectF) -> QRectF:
    """Return the pixels of a span; `strip` is the ribbon's strip."""
    if shape is Shape.LOW:
        return QRectF(left, strip.bottom() - 2.0, right - left, 3.0)
    return QRectF(left, strip.top(), right - left, strip.height())


def add_shape(path: QPainterPath, shape: Shape, x: float, strip: QRectF) -> None:
    """Add the shape of an instant at pixel `x` to a path."""
    middle, half = strip.center().y(), strip.height() / 2
    if shape is Shape.TALL:
        path.addRect(QRectF(x - 1.5, strip.top() - 2, 3, strip.height() + 4))
    elif shape is Shape.TWIN:
        path.addRect(QRectF(x - 2.5, strip.top(), 2, strip.height()))
        path.addRect(QRectF(x + 0.5, strip.top(), 2, strip.height()))
    elif shape is Shape.DOT:
        path.addEllipse(QPointF(x, middle), 2.0, 2.0)
    elif shape is Shape.MAST:
        path.addRect(QRectF(x - 0.5, strip.top() - 2, 1, strip.height() + 4))
        _add_corners(path, ((x, middle - 3), (x + 3.5, middle), (x, middle + 3), (x - 3.5, middle)))
    elif shape is Shape.CROSS:
        _add_corners(
            path, ((x - 4, middle - 3), (x - 3, middle - 4), (x + 4, middle + 3), (x + 3, middle + 4))
        )
        _add_corners(
            path, ((x - 3, middle + 4), (x - 4, middle + 3), (x + 3, middle - 4), (x + 4, middle - 3))
        )
    elif shape is Shape.LEFT:
        _add_corners(path, ((x + 2.5, middle - half - 1), (x + 2.5, middle + half + 1), (x - 3.5, middle)))
    elif shape is Shape.UP:
        _add_corners(path, ((x - 4, middle + half), (x + 4, middle + half), (x, middle - half - 1)))
    else:
        _add_corners(path, ((x, middle - 4), (x + 4, middle), (x, middle + 4), (x - 4, middle)))


def _add_corners(path: QPainterPath, corners: tuple[tuple[float, float], ...]) -> None:
    path.addPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    path.closeSubpath()
