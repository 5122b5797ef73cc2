"""The panes below the volume: made and taken away as they are wanted, drawn together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtGui import QFont

from analytics.columns import ColumnsView
from app.charts.axes import PriceAxis
from app.charts.panes import Panes
from app.charts.scale import Scale
from app.charts.series_pane import SeriesPane
from app.charts.specs import PaneSpec
from app.theme import Theme


class LowerPanes:
    """One pane for each spec; those that keep their place keep their points."""

    def __init__(self, panes: Panes, theme: Theme, font: QFont) -> None:
        self._panes = panes
        self._theme, self._font = theme, font
        self._base_ns = 0
        self._indian = False
        self._opacity = 1.0
        self.made: list[SeriesPane] = []

    def set_specs(self, specs: Sequence[PaneSpec]) -> bool:
        """Show these panes; True if they are others than before."""
        if [pane.spec for pane in self.made] == list(specs):
            return False
        kept = 0
        while kept < min(len(specs), len(self.made)) and self.made[kept].spec == specs[kept]:
            kept += 1
        for pane in self.made[kept:]:
            pane.remove()
        self._panes.set_lower(len(specs))
        self.made = self.made[:kept]
        for place, spec in zip(self._panes.lower[kept:], specs[kept:], strict=True):
            pane = SeriesPane(place, spec, self._theme, self._font)
            pane.indian = self._indian
            pane.reset(self._base_ns)
            pane.set_opacity(self._opacity)
            self.made.append(pane)
        return True

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._font = theme, font
        for pane in self.made:
            pane.set_theme(theme, font)

    def set_indian(self, indian: bool) -> None:
        """Write quantities the Indian way, or not."""
        self._indian = indian
        for pane in self.made:
            pane.indian = indian

    def set_opacity(self, opacity: float) -> None:
        """Dim all of them."""
        self._opacity = opacity
        for pane in self.made:
            pane.set_opacity(opacity)

    def shown(self) -> Iterator[SeriesPane]:
        """Yield those that have room."""
        return (pane for pane in self.made if pane.place.pane.isVisible())

    @property
    def waiting(self) -> bool:
        """Return whether some of them is to be painted."""
        return any(pane.waiting for pane in self.shown())

    def reset(self, base_ns: int) -> None:
        """Forget the ticks: the columns, which begin at an instant, are others."""
        self._base_ns = base_ns
        for pane in self.made:
            pane.reset(base_ns)

    def restart(self) -> None:
        """Read all rows again: a series has come or gone."""
        for pane in self.made:
            pane.traces.restart()

    def draw(
        self, view: ColumnsView, price: Scale, column_ns: int, marks: tuple[Sequence[int], Sequence[int]]
    ) -> list[str]:
        """Show the span that `price` shows; return the texts that the axes need room for."""
        texts: list[str] = []
        for pane in self.shown():
            pane.draw(view, price, column_ns, marks)
            texts += pane.axis_texts()
        return texts

    def show_row(self, view: ColumnsView, row: int) -> None:
        """Tell the values of a row in the headings."""
        for pane in self.shown():
            pane.show_row(view, row)

    def clear(self) -> None:
        """Show nothing."""
        for pane in self.made:
            pane.clear()

    def text_at(self, axis: PriceAxis, y: float) -> str | None:
        """Return the value at a pixel of the pane that an axis belongs to, as text; None where it is not here."""
        for pane in self.shown():
            if pane.place.axis is axis:
                return pane.value_text(pane.scale.price_at(y))
        return None
