"""Where someone points: the own pointer or another chart's, the crosshair there, and its tags at the axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF

from app.charts.axes import PriceAxis, Tag
from app.charts.crosshair import Crosshair
from app.charts.instrument import Shown
from app.charts.panes import Panes
from app.charts.scale import Scale
from app.charts.steps import is_one_day, pointer_text
from app.theme import Theme


class Pointing:
    """The own pointer goes before an instant that another chart points at."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._crosshair = Crosshair(panes.board)
        self.at: QPointF | None = None
        self.linked_ns: int | None = None
        self._shown = False

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._crosshair.set_theme(theme)

    def point_at(self, at: QPointF | None) -> None:
        """Point at a point of the scene; nowhere where it is beside the panes."""
        pane = self._panes.price.geometry()
        inside = QRectF(pane.left(), 0.0, pane.width(), self._panes.foot())
        self.at = at if at is not None and inside.contains(at) else None

    def own_ns(self, scale: Scale) -> int | None:
        """Return the instant under the own pointer."""
        return None if self.at is None else scale.time_at(self.at.x() - self._panes.price.geometry().left())

    def instant(self, scale: Scale) -> int | None:
        """Return the instant that is pointed at, None where there is none."""
        own = self.own_ns(scale)
        return self.linked_ns if own is None else own

    def axis(self) -> PriceAxis | None:
        """Return the axis of the pane that the own pointer is over."""
        if self.at is None:
            return None
        return next((axis for pane, axis in self._panes.shown() if pane.geometry().contains(self.at)), None)

    def height(self) -> float:
        """Return how far the own pointer is from the top of its pane, 0 where it is over none."""
        axis = self.axis()
        return 0.0 if axis is None or self.at is None else self.at.y() - axis.geometry().top()

    def show(
        self,
        scale: Scale,
        shown: Shown,
        theme: Theme,
        text_at: Callable[[PriceAxis, float], str | None],
    ) -> None:
        """Put the crosshair and its tags where is pointed at.

        `text_at` returns the value at a pixel of a pane below the price, as text; the price's tag is the picture's.
        """
        ts_ns, pane = self.instant(scale), self._panes.price.geometry()
        x = -1.0 if ts_ns is None else scale.x(ts_ns) if self.at is None else self.at.x() - pane.left()
        if ts_ns is None or not 0 <= x <= scale.width:
            self.hide()
            return
        self._shown = True
        axis, y = self.axis(), self.height()
        across = None if self.at is None or axis is None else self.at.y()
        self._crosshair.show_at(pane.left() + x, across, (pane.left(), pane.right()), self._panes.foot())
        dated = not is_one_day(scale.left_ns, scale.right_ns, shown.zone)
        text = pointer_text(ts_ns, scale.ns_per_px, shown.zone, dated=dated)
        plate = (theme.raised, theme.text, theme.faint)
        self._panes.time_axis.set_tags([Tag(x, text, *plate)])
        tags = [] if axis is None else [Tag(y, text_at(axis, y) or "", *plate)]
        self._tag_below(axis, tags)

    def _tag_below(self, pointed: PriceAxis | None, tags: Sequence[Tag]) -> None:
        for _, axis in self._panes.shown():
            if axis is not self._panes.price_axis:
                axis.set_tags([tag for tag in tags if axis is pointed and tag.text])

    def hide(self) -> None:
        """Point at nothing."""
        if not self._shown:
            return
        self._shown = False
        self._crosshair.hide()
        self._panes.time_axis.set_tags(())
        self._tag_below(None, ())
