"""How the pointer and the keys move the chart through time."""

from __future__ import annotations

from collections.abc import Callable

from app.charts.scale import Scale
from app.charts.time_window import TimeWindow

_ZOOM_A_NOTCH = 0.8
_PAN_A_NOTCH = 0.08
_NEAR_NEWEST = 0.80
"""From this fraction of the width on, the wheel is meant for the newest tick and keeps following it."""
_NS = 1_000_000_000
_LEAST_BAND_PX = 4.0
_SAME_SPAN = 0.02
"""A span that differs by less is the same one, on other columns."""


class Steering:
    """Moves a window. `scale()` is what was drawn last; `moved(before)` is called after each move, with whether the
    newest tick was followed before it.
    """

    def __init__(
        self, window: TimeWindow, scale: Callable[[], Scale], moved: Callable[[bool], object]
    ) -> None:
        self._window = window
        self._scale = scale
        self._moved = moved
        self._pan_from_ns = 0
        self._unzoomed: tuple[int, float | None] | None = None
        """The span that a band zoomed to, and the one chosen before the first, in seconds."""

    def wheel(self, notches: float, x: float) -> None:
        """Zoom about a pixel; far from the newest tick that leaves it."""
        before = self._window.following
        at = x / max(self._scale().width, 1.0)
        if before and at < _NEAR_NEWEST:
            self._window.following = False
        self._window.zoom(_ZOOM_A_NOTCH**notches, at)
        self._moved(before)

    def zoom(self, notches: float) -> None:
        """Zoom about the newest tick while following, else about the middle."""
        self._window.zoom(_ZOOM_A_NOTCH**notches, 0.5)
        self._moved(self._window.following)

    def drag(self, moved_px: float, is_first: bool) -> None:
        """Pan with a drag that has gone so far."""
        if is_first:
            self._pan_from_ns = self._window.left_ns
        self.pan_to(self._pan_from_ns - int(moved_px * self._scale().ns_per_px))

    def scroll(self, notches: float) -> None:
        """Pan by notches of a wheel."""
        self.pan_by(-notches * _PAN_A_NOTCH)

    def pan_by(self, share: float) -> None:
        """Pan by a share of the width, to the right above 0."""
        self.pan_to(self._window.left_ns + int(self._window.span_ns * share))

    def pan_to(self, left_ns: int) -> None:
        """Put the left edge at an instant, as far as there are ticks."""
        before = self._window.following
        self._window.pan_to(left_ns)
        self._moved(before)

    def follow(self) -> None:
        """Go back to the newest tick; what a band zoomed to is left for the span before."""
        before = self._window.following
        self._zoom_out()
        self._window.follow()
        self._moved(before)

    def show_span(self, seconds: float | None) -> None:
        """Show a span of time; None is the session so far, up to 30 minutes."""
        self._unzoomed = None
        self._window.show_span(seconds)
        self._moved(self._window.following)

    def zoom_between(self, left_px: float, right_px: float) -> None:
        """Show what lies between two pixels; of two that nearly meet nothing comes."""
        if right_px - left_px < _LEAST_BAND_PX:
            return
        before, chosen_ns = self._window.following, self._window.chosen_ns
        if not self._is_zoomed():
            self._unzoomed = (0, None if chosen_ns is None else chosen_ns / _NS)
        scale = self._scale()
        self._window.show_between(scale.time_at(left_px), scale.time_at(right_px))
        assert self._unzoomed is not None
        self._unzoomed = (self._window.span_ns, self._unzoomed[1])
        self._moved(before)

    def show_time(self, ts_ns: int, span_s: float | None) -> None:
        """Put an instant into the middle, in the span shown or another."""
        before = self._window.following
        span_ns = self._window.span_ns if span_s is None else round(span_s * _NS)
        self._window.show_between(ts_ns - span_ns // 2, ts_ns + span_ns - span_ns // 2)
        self._moved(before)

    def link(self, left_ns: int, right_ns: int, following: bool) -> None:
        """Show what another chart shows; a chart that follows keeps its own newest tick in its place."""
        before = self._window.following
        if following:
            self._window.show_span((right_ns - left_ns) / _NS)
            self._window.follow()
        else:
            self._window.show_between(left_ns, right_ns)
        self._moved(before)

    def _is_zoomed(self) -> bool:
        return (
            self._unzoomed is not None
            and abs(self._unzoomed[0] - self._window.span_ns) < self._unzoomed[0] * _SAME_SPAN
        )

    def _zoom_out(self) -> None:
        if self._unzoomed is not None and self._is_zoomed():
            self._window.show_span(self._unzoomed[1])
        self._unzoomed = None
