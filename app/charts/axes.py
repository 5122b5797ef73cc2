"""The axes: prices at the right, times at the bottom, each with tags that stand over its texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from app.charts.steps import TimeMark
from app.charts.texts import Texts, draw_tag
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

TAG_HEIGHT = 20.0
TIME_AXIS_HEIGHT = 24.0
_PAD = 8.0
_LEAST_WIDTH = 60.0
_MARGIN = 2.0
"""Nothing is painted so near to the panes but plates, with all of their axis."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A text on a coloured plate at a pixel of an axis."""

    at: float
    text: str
    fill: str
    ink: str
    edge: str = ""


Asked = Callable[[QGraphicsItem], QRectF]
"""Returns what of an item is to be painted, in its pixels: Qt itself tells but one rectangle for all items."""


class _Axis(QGraphicsWidget):
    def __init__(self, theme: Theme, font: QFont, asked: Asked) -> None:
        super().__init__()
        self._asked = asked
        self._theme = theme
        self._texts = Texts(font)
        self._tags: tuple[Tag, ...] = ()

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme = theme
        self._texts = Texts(font)
        self.update()

    def set_tags(self, tags: Sequence[Tag]) -> bool:
        """Show these tags, the last one on top; True if any of it is to be painted."""
        if self._tags == (made := tuple(tags)):
            return False
        changed = {*self._tags} ^ {*made}
        self._tags = made
        return self._update_around(changed)

    def _update_around(self, _tags: set[Tag]) -> bool:
        self.update()
        return True


class PriceAxis(_Axis):
    """Prices, right-aligned; `wanted_width` is what its texts need."""

    def __init__(self, theme: Theme, font: QFont, asked: Asked) -> None:
        super().__init__(theme, font, asked)
        self._marks: tuple[tuple[float, str], ...] = ()

    def set_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Show texts at pixels from the top."""
        if self._marks != (made := tuple(marks)):
            self._marks = made
            self.update()

    @override
    def _update_around(self, _tags: set[Tag]) -> bool:
        """Paint again only where a tag stood or stands, with the texts that it hides."""
        reach = 2 * TAG_HEIGHT
        seen = [tag for tag in _tags if -reach < tag.at < self.size().height() + reach]
        for tag in seen:
            self.update(QRectF(0, tag.at - reach, self.size().width(), 2 * reach))
        return bool(seen)

    def wanted_width(self, texts: Sequence[str]) -> float:
        """Return the width in which these texts have room."""
        widest = max((self._texts.width(text) for text in texts), default=0.0)
        return max(_LEAST_WIDTH, widest + 2 * _PAD + 4)

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the texts and tags that are asked for; a text under a tag is left out."""
        asked = self._asked(self)
        top, foot = asked.top() - TAG_HEIGHT, asked.bottom() + TAG_HEIGHT
        tags = [tag for tag in self._tags if top <= tag.at <= foot]
        if asked.right() <= _MARGIN and not tags:  # the pane beside it is painted
            return
        width, height = self.size().width(), self.size().height()
        painter.setFont(self._texts.font)
        painter.setPen(QColor(self._theme.dim))
        half = self._texts.height / 2
        for at, text in self._marks:
            if not top <= at <= foot:
                continue
            hidden = any(abs(at - tag.at) < half + TAG_HEIGHT / 2 for tag in self._tags)
            if not hidden and half <= at <= height - half:
                self._texts.draw(painter, width - _PAD - self._texts.width(text), at, text)
        for tag in tags:
            if -TAG_HEIGHT / 2 <= tag.at <= height + TAG_HEIGHT / 2:
                self._paint_tag(painter, tag, width, height)

    def _paint_tag(self, painter: QPainter, tag: Tag, width: float, height: float) -> None:
        middle = min(max(tag.at, TAG_HEIGHT / 2), height - TAG_HEIGHT / 2)
        draw_tag(painter, QRectF(0, middle - TAG_HEIGHT / 2, width - 2, TAG_HEIGHT), tag.fill, tag.edge)
        painter.setPen(QColor(tag.ink))
        self._texts.draw_once(painter, width - _PAD - self._texts.width(tag.text), middle, tag.text)


class TimeAxis(_Axis):
    """Times, centred on their instant; the date of a session's start goes before any time."""

    def __init__(self, theme: Theme, font: QFont, asked: Asked) -> None:
        super().__init__(theme, font, asked)
        self._marks: tuple[tuple[float, TimeMark], ...] = ()

    def set_marks(self, marks: Sequence[tuple[float, TimeMark]]) -> None:
        """Show marks at pixels from the left."""
        if self._marks != (made := tuple(marks)):
            self._marks = made
            self.update()

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw texts and tags; a text that would touch another is left out."""
        if self._asked(self).bottom() <= _MARGIN:  # the pane above is painted
            return
        painter.setFont(self._texts.font)
        for left, _, mark in self.placed():
            painter.setPen(QColor(self._theme.text if mark.is_session else self._theme.dim))
            self._texts.draw(painter, left, TIME_AXIS_HEIGHT / 2, mark.text)
        for tag in self._tags:
            left, right = self._extent(tag.at, tag.text, _PAD)
            draw_tag(painter, QRectF(left, 2, right - left, TAG_HEIGHT), tag.fill, tag.edge)
            painter.setPen(QColor(tag.ink))
            self._texts.draw(painter, left + _PAD, TIME_AXIS_HEIGHT / 2, tag.text)

    def placed(self) -> list[tuple[float, float, TimeMark]]:
        """Return the marks that have room, with the pixels that they begin and end at, from the left.

        Tags go before sessions' dates, and these before times.
        """
        taken = [self._extent(tag.at, tag.text, _PAD) for tag in self._tags]
        found = []
        for at, mark in sorted(self._marks, key=lambda placed: not placed[1].is_session):
            left, right = self._extent(at, mark.text, 0.0)
            if not any(left < b + _PAD and right > a - _PAD for a, b in taken):
                taken.append((left, right))
                found.append((left, right, mark))
        return sorted(found, key=lambda placed: placed[0])

    def _extent(self, at: float, text: str, pad: float) -> tuple[float, float]:
        """Return where a text begins and ends, moved inside the axis where it would be cut."""
        width = self._texts.width(text) + 2 * pad
        left = min(max(at - width / 2, 0.0), max(self.size().width() - width, 0.0))
        return left, left + width
