"""What a chart is told to show besides the columns: frozen, compared whole, so that no change costs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.events import EventKind


@dataclass(frozen=True, slots=True)
class CurveSpec:
    """A series drawn over the price.

    `text` is the series' text such as ``vwap(session)``, its key in `ColumnsView.series`; `label` is what
    the read-out calls it; `role` is ``vwap`` (solid), ``vwap_second`` (dashed), ``band`` (thin) or ``overlay``
    (solid, in the theme's curve colour `colour`, 0 to 5).
    """

    text: str
    label: str
    role: str
    colour: int = 0


@dataclass(frozen=True, slots=True)
class PaneSpec:
    """A pane of its own below the volume.

    `key` tells it from others, `title` is what stands in it. Its curves wear the theme's curve colours, by their
    `colour`; those of role ``histogram`` are columns about the baseline. `style` is ``line``, or ``bars`` where all
    curves are columns about the baseline (0 where there is none): signed volume. `baseline` is a value that is
    marked, and always in sight.
    """

    key: str
    title: str
    curves: tuple[CurveSpec, ...]
    baseline: float | None = None
    style: str = "line"


@dataclass(frozen=True, slots=True)
class BandSpec:
    """The space between two series, filled; both are series' texts."""

    upper: str
    lower: str
    label: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A level that a rule watches."""

    rule: str
    price: float
    label: str
    enabled: bool
    draggable: bool


@dataclass(frozen=True, slots=True)
class FiringMark:
    """Where a rule fired."""

    rule: str
    ts_ns: int
    price: float


@dataclass(frozen=True, slots=True)
class RibbonMark:
    """What happened to the data in [ts_ns, stop_ns]; the two are equal for an instant.

    `kind` is the engine's, or a text where the window itself found it: a stale span.
    """

    kind: EventKind | str
    ts_ns: int
    stop_ns: int
    detail: str
