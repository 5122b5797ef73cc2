"""The newest price of a picture: where it stands, and the colour that it wears."""

from __future__ import annotations

from PySide6.QtWidgets import QGraphicsItem

from app.charts.axes import Tag
from app.charts.last_price import LastPrice
from app.charts.scale import Scale
from app.theme import Theme


class Newest:
    """Rose or fell since the session's first price; dim where it is stale, the replay's colour in a replay."""

    def __init__(self, pane: QGraphicsItem) -> None:
        self._item = LastPrice(pane)
        self.tick: tuple[int, float] | None = None
        """Its time in ns and its price, None where nothing is shown."""
        self.opening = 0.0
        self.stale = self.replay = False

    def set_dotted(self, dotted: bool) -> None:
        """Have a dot where the line ends, or none."""
        self._item.dotted = dotted

    def colour(self, theme: Theme) -> str:
        """Return the colour that it wears."""
        if self.stale:
            return theme.dim
        if self.replay:
            return theme.replay
        fell = self.tick is not None and self.tick[1] < self.opening
        return theme.down if fell else theme.up

    def show(self, scale: Scale, theme: Theme) -> None:
        """Stand where it is on a scale."""
        if self.tick is not None:
            ts_ns, price = self.tick
            self._item.set_colour(self.colour(theme), theme.window)
            self._item.show_at(scale.x(ts_ns), scale.y(price), (scale.width, scale.height))

    def tag(self, scale: Scale, text: str, theme: Theme) -> Tag:
        """Return its tag at the axis."""
        price = 0.0 if self.tick is None else self.tick[1]
        return Tag(scale.y(price), text, self.colour(theme), theme.on_accent)

    def hide(self) -> None:
        """Show nothing."""
        self._item.hide()
