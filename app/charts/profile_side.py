"""The volume profile at the right side of the price pane: bars, the point of control, the value area."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPaintEngine, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.charts.pane_item import PaneItem
from app.charts.pens import DASHES, film, pen
from app.charts.profile_job import ProfileJob
from app.charts.profile_rows import SideProfile, bucket_step
from app.charts.scale import Scale
from app.charts.sight import rows_in_sight
from app.charts.texts import Texts
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_WIDTH_SHARE, _MOST_PX = 0.2, 190.0
_LEAST_BAR_PX = 3.0
"""A bar and the air between it and the next."""
_OUTSIDE, _INSIDE, _CONTROL = 0.20, 0.40, 0.85
"""How much of their colour bars outside the value area, inside it, and at the point of control wear."""
_TEXT_PX, _RIGHT = 15.0, 5.0
_PLATE = 0.72
"""Texts are read over curves too: so much of the ground lies between them."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A line of the profile: its pixel, its text, and the pixel at whose height the text stands."""

    y: float
    text: str
    text_y: float


class ProfileSide(PaneItem):
    """Volume by price of the ticks in sight, or of the session of the newest of them."""

    def __init__(self, parent: QGraphicsItem, shown: Callable[[], Shown]) -> None:
        super().__init__(parent, 20.0)
        self._instrument = shown
        self._job = ProfileJob()
        self._view: ColumnsView | None = None
        self._profile: SideProfile | None = None
        self._scale = Scale()
        self._theme: Theme | None = None
        self._texts: Texts | None = None
        self._pixmap: QPixmap | None = None
        self.shown = self.of_session = False
        self.hide()

    def show_profile(self, shown: bool, *, of_session: bool = False) -> None:
        """Show the profile, or none."""
        if (shown, of_session) != (self.shown, self.of_session):
            self.shown, self.of_session = shown, of_session
            self._job.forget()
            self._show(None)

    def text(self) -> str:
        """Return the point of control and the value area for reading, empty where there is none."""
        profile, text = self._profile, self._instrument().price_text
        if profile is None:
            return ""
        return f"POC {text(profile.control)} · VAH {text(profile.high)} · VAL {text(profile.low)}"

    # The overlay

    def set_scale(self, scale: Scale) -> None:
        """Stand at the prices of a scale."""
        same = (scale.low, scale.high, scale.width, scale.height) == (
            self._scale.low,
            self._scale.high,
            self._scale.width,
            self._scale.height,
        )
        self._scale = scale
        if not same:
            width = round(min(scale.width * _WIDTH_SHARE, _MOST_PX))
            self.cover(QRectF(scale.width - width, 0, width, scale.height))
            self._redraw()

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._texts = theme, Texts(font)
        self._redraw()

    def take(self, view: ColumnsView | None) -> None:
        """Take the columns; a profile of others goes."""
        before, self._view = self._view, view
        if before is None or view is None or _names(before) != _names(view):
            self._job.forget()
            self._show(None)

    def poll(self) -> bool:
        """Ask for what is to be shown and take what was made; True if it is another. At each frame."""
        made, before = self._job.take(), self._profile
        if made is not None and self.shown:
            self._show(made[0])
        view = self._view
        if self.shown and view is not None and self._instrument().has_volume and self._job.due():
            start, stop = self._rows(view)
            if start < stop:
                self._job.ask(view, start, stop, self._step())
        return before is not self._profile

    def _rows(self, view: ColumnsView) -> tuple[int, int]:
        scale = self._scale
        start, stop = rows_in_sight(view, scale.left_ns, scale.right_ns)
        if self.of_session and stop > view.first:
            sessions = view.sessions()
            at = int(sessions.searchsorted(stop - 1, side="right"))
            start = int(sessions[at - 1]) if at else 0
            stop = int(sessions[at]) if at < len(sessions) else view.count
        return max(start, view.first), stop

    def _step(self) -> Fraction:
        scale, shown = self._scale, self._instrument()
        return bucket_step(
            shown.tick, shown.decimals, (scale.high - scale.low) / scale.height * _LEAST_BAR_PX
        )

    def _show(self, profile: SideProfile | None) -> None:
        self._profile = profile
        self.setVisible(profile is not None)
        self._redraw()

    def _redraw(self) -> None:
        self._pixmap = None
        self.update()

    # What is drawn

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw bars, lines and texts; on the screen from pixels that are kept."""
        if self._profile is None or self._theme is None or self._texts is None:
            return
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            self._paint_all(painter, self._profile, self._theme, self._texts)
            return
        ratio = painter.device().devicePixelRatioF()
        if self._pixmap is None or self._pixmap.devicePixelRatioF() != ratio:
            self._pixmap = self._pixels(ratio, self._profile, self._theme, self._texts)
        asked = QRectF(_option.exposedRect) & self._rect
        at = asked.translated(-self._rect.topLeft())
        source = QRectF(at.x() * ratio, at.y() * ratio, at.width() * ratio, at.height() * ratio)
        painter.drawPixmap(asked, self._pixmap, source)

    def _pixels(self, ratio: float, profile: SideProfile, theme: Theme, texts: Texts) -> QPixmap:
        size = (self._rect.size() * ratio).toSize()
        made = QPixmap(size)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        with QPainter(made) as painter:
            painter.translate(-self._rect.topLeft())
            self._paint_all(painter, profile, theme, texts)
        return made

    def _paint_all(self, painter: QPainter, profile: SideProfile, theme: Theme, texts: Texts) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_bars(painter, profile, theme)
        left, right = self._rect.left(), self._rect.right()
        painter.setFont(texts.font)
        for mark in self._marks(profile):
            is_control = mark.text.startswith("POC")
            painter.setPen(pen(theme.text if is_control else theme.dim, () if is_control else DASHES))
            painter.drawLine(QLineF(left, mark.y, right, mark.y))
            width = texts.width(mark.text)
            plate = QRectF(
                right - width - 2 * _RIGHT, mark.text_y - _TEXT_PX / 2, width + 2 * _RIGHT, _TEXT_PX
            )
            painter.fillRect(plate, film(theme.window, theme.window, _PLATE))
            painter.setPen(QColor(theme.text))
            texts.draw_once(painter, plate.left() + _RIGHT, mark.text_y, mark.text)

    def _paint_bars(self, painter: QPainter, profile: SideProfile, theme: Theme) -> None:
        scale, right, width = self._scale, self._rect.right(), self._rect.width()
        ratio = scale.height / (scale.high - scale.low)
        tops = np.rint((scale.high - profile.prices - profile.step) * ratio)
        feet = np.rint((scale.high - profile.prices) * ratio)
        seen = (feet > 0) & (tops < scale.height)
        if not seen.any():
            return
        lengths = np.maximum(np.rint(profile.volumes / profile.volumes[seen].max() * width), 1.0)
        inside = (profile.prices >= profile.low) & (profile.prices <= profile.high)
        control = profile.prices == profile.control
        looks = (
            (~inside, film(theme.dim, theme.window, _OUTSIDE)),
            (inside & ~control, film(theme.dim, theme.window, _INSIDE)),
            (control, film(theme.dim, theme.window, _CONTROL)),
        )
        for which, colour in looks:
            rows = seen & which
            painter.setBrush(colour)
            shown = (part[rows].tolist() for part in (tops, feet, lengths))
            painter.drawRects(
                [
                    QRectF(
                        right - long, max(top, 0.0), long, max(min(foot, scale.height) - max(top, 0.0) - 1, 1)
                    )
                    for top, foot, long in zip(*shown, strict=True)
                ]
            )

    def _marks(self, profile: SideProfile) -> list[_Mark]:
        """Return the lines in sight, from the top; a text that would stand on the one above moves down."""
        text, half = self._instrument().price_text, profile.step / 2
        marks: list[_Mark] = []
        free = -_TEXT_PX
        for name, price in (("VAH", profile.high), ("POC", profile.control), ("VAL", profile.low)):
            y = round(self._scale.y(price + half)) + 0.0
            if 0 <= y <= self._scale.height:
                at = max(y - _TEXT_PX / 2 - 2, free + _TEXT_PX, _TEXT_PX / 2)
                marks.append(_Mark(y, f"{name} {text(price)}", at))
                free = at
        return marks


def _names(view: ColumnsView) -> tuple[str, int]:
    return view.symbol, view.generation
