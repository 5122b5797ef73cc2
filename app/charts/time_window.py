"""Which span of time the panes show, and how it follows the newest tick. Nothing of Qt."""

from __future__ import annotations

_NS = 1_000_000_000
NEWEST_AT = 0.88
"""Where in the width the newest tick stands while following."""
SCROLL_COLUMNS = 8
"""The view scrolls by so many pixel columns at a time: axis texts cost more than curves."""
LONGEST_AUTO_S = 1_800
_AUTO_SPANS_S = (60, 90, 120, 180, 300, 450, 600, 900, 1_200, LONGEST_AUTO_S)
_SHORTEST_NS = 500_000_000
_LONGEST_NS = 400 * 86_400 * _NS
_STAYS_VISIBLE = 0.12


class TimeWindow:
    """A span of `columns` pixel columns of `width_ns` each, from `left_ns`; times are absolute ns.

    While `following`, the newest tick is kept at 88 % of the width. Until someone chooses a span, the
    whole session so far is shown, up to 30 minutes.
    """

    def __init__(self) -> None:
        self.columns = 800
        self.width_ns = 60 * _NS // self.columns
        self.left_ns = 0
        self.following = True
        self._chosen_ns: int | None = None
        self._first_ns = 0
        self._newest_ns = 0
        self._session_ns = 0

    @property
    def span_ns(self) -> int:
        """Return the length of time shown."""
        return self.width_ns * self.columns

    @property
    def right_ns(self) -> int:
        """Return the first instant that is no longer shown."""
        return self.left_ns + self.span_ns

    def resize(self, columns: int) -> None:
        """Show the same span on another number of pixel columns."""
        span, self.columns = self.span_ns, max(columns, 1)
        self._set_span(span, self._anchor())

    def advance(self, first_ns: int, session_ns: int, newest_ns: int) -> bool:
        """Take the times of the first tick, the session's first and the newest; True if the view moved."""
        self._first_ns, self._session_ns, self._newest_ns = first_ns, session_ns, newest_ns
        before = (self.left_ns, self.width_ns)
        if self.following:
            self._follow_newest()
        return before != (self.left_ns, self.width_ns)

    def follow(self) -> None:
        """Go back to the newest tick and stay with it."""
        self.following = True
        self._follow_newest()

    def show_span(self, seconds: float | None) -> None:
        """Show a span of time, the newest tick in its place; None is the session so far, to 30 minutes."""
        self._chosen_ns = None if seconds is None else int(seconds * _NS)
        if self._chosen_ns is not None:
            self._set_span(self._chosen_ns, self._anchor())
        if self.following:
            self._follow_newest()

    @property
    def chosen_ns(self) -> int | None:
        """Return the span that someone chose, None while it is the session so far."""
        return self._chosen_ns

    def show_between(self, left_ns: int, right_ns: int) -> None:
        """Show [left, right], as near as whole columns come to it, wherever the ticks are; leaves following."""
        self.following = False
        self._set_span(max(right_ns - left_ns, 1), 0.0)
        self._chosen_ns = self.span_ns
        self.left_ns = self._snapped((left_ns + right_ns - self.span_ns) // 2)

    def pan_to(self, left_ns: int) -> None:
        """Put the left edge at an instant, between the first tick and the newest; leaves following."""
        self.following = False
        self._chosen_ns = self.span_ns
        self.left_ns = self._within(left_ns)

    def zoom(self, factor: float, at: float) -> None:
        """Show `factor` times the span; the instant at the fraction `at` of the width stays in place.

        While following, the newest tick is what stays.
        """
        span = self.span_ns * factor
        everything = (self._newest_ns - self._first_ns) / NEWEST_AT * 1.05
        self._chosen_ns = int(min(span, max(everything, 60 * _NS)))
        if self.following:
            self._set_span(self._chosen_ns, 0.0)
            self._follow_newest()
        else:
            self._set_span(self._chosen_ns, at)
            self.left_ns = self._within(self.left_ns)

    def fraction_of_newest(self) -> float:
        """Return where the newest tick stands: 0 is the left edge, 1 the right."""
        return (self._newest_ns - self.left_ns) / self.span_ns

    def _anchor(self) -> float:
        return NEWEST_AT if self.following else 0.5

    def _set_span(self, span_ns: int, at: float) -> None:
        held = self.left_ns + int(self.span_ns * at)
        span_ns = min(max(span_ns, _SHORTEST_NS), _LONGEST_NS)
        self.width_ns = max(round(span_ns / self.columns), 1)
        self.left_ns = self._snapped(held - int(self.span_ns * at))

    def _snapped(self, left_ns: int, columns: int = 1) -> int:
        step = self.width_ns * columns
        return left_ns // step * step

    def _within(self, left_ns: int) -> int:
        lowest = min(
            self._first_ns - int(self.span_ns * 0.04), self._newest_ns - int(self.span_ns * NEWEST_AT)
        )
        highest = self._newest_ns - int(self.span_ns * _STAYS_VISIBLE)
        return self._snapped(min(max(left_ns, lowest), highest))

    def _follow_newest(self) -> None:
        if self._chosen_ns is None:
            self._follow_session()
            return
        self._put_newest()

    def _follow_session(self) -> None:
        """Show the session so far: its start stands still while the newest tick walks to the right."""
        elapsed_ns = max(self._newest_ns - self._session_ns, 0)
        span_s = next((s for s in _AUTO_SPANS_S if elapsed_ns <= s * _NS * NEWEST_AT), LONGEST_AUTO_S)
        self.width_ns = max(span_s * _NS // self.columns, 1)
        if elapsed_ns <= span_s * _NS * NEWEST_AT:
            self.left_ns = self._snapped(self._session_ns - SCROLL_COLUMNS * self.width_ns // 2)
        else:
            self._put_newest()

    def _put_newest(self) -> None:
        wanted = self._newest_ns - int(self.span_ns * NEWEST_AT)
        self.left_ns = self._snapped(wanted, SCROLL_COLUMNS) + SCROLL_COLUMNS * self.width_ns
