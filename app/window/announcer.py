"""Announces firings: toast, beep, tray, and the window's entry in the task bar where it is not in front."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from analytics.rules.rule import Firing
from app.formatting import time_ms_text
from app.panels.toasts import Toasts
from app.theme import Theme
from app.viewmodels.firings import FiringsModel
from app.viewmodels.quotes import Quotes
from app.window.tray import Tray
from feeds.clock import Clock

TRAY_PAUSE_NS = 10_000_000_000
"""Within this after a notice in the tray no other of the same rule is shown: a storm is one notice."""


class Announcer(QObject):
    """What is switched off does nothing: `beep`, `toasts_on`, and `tray` by its own switch.

    The tray is used only while the window is not in front: a person who looks at it sees the toast.
    """

    def __init__(
        self,
        window: QWidget,
        toasts: Toasts,
        firings: FiringsModel,
        quotes: Quotes,
        clock: Clock,
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self.beep = True
        self.toasts_on = True
        self.tray = Tray(theme, window)
        self.tray.clicked.connect(self._come_forward)
        self._window, self._toasts, self._firings, self._quotes = window, toasts, firings, quotes
        self._clock = clock
        self._in_tray: dict[str, int] = {}  # when a rule's last notice was shown there

    def announce(self, firings: list[Firing]) -> None:
        """Announce new firings, oldest first; those of a storm as one."""
        now_ns = self._clock.monotonic_ns()
        counts = Counter(firing.rule for firing in firings)
        newest = {firing.rule: firing for firing in firings}
        new = False
        for name, firing in newest.items() if self.toasts_on else ():
            detail, suspicion = self._detail(firing), self._firings.suspicion(firing)
            new |= self._toasts.add(firing, name, detail, now_ns, suspicion=suspicion, count=counts[name])
        fresh = {name: each for name, each in newest.items() if self._is_fresh(name, now_ns)}
        if self.beep and (new or (fresh and not self.toasts_on)):
            QApplication.beep()
        if self._is_in_front():
            return
        if fresh:
            QApplication.alert(self._window)
            self._notify(list(fresh.values()))

    def _is_fresh(self, rule: str, now_ns: int) -> bool:
        """Return whether a rule's last notice is some time ago, and note that there is one now."""
        last = self._in_tray.get(rule)
        if last is not None and now_ns - last < TRAY_PAUSE_NS:
            return False
        self._in_tray[rule] = now_ns
        return True

    def _notify(self, firings: list[Firing]) -> None:
        newest = firings[-1]
        more = f" and {len(firings) - 1} more" if len(firings) > 1 else ""
        suspicion = self._firings.suspicion(newest)
        suspect = f"\n⚠ on suspect data: {suspicion}" if suspicion else ""
        self.tray.notify(f"{newest.rule}{more}", f"{self._detail(newest)}{suspect}")

    def _detail(self, firing: Firing) -> str:
        price = self._quotes.style(firing.symbol).price(firing.price)
        time = time_ms_text(firing.ts_ns, self._quotes.calendar(firing.symbol).zone)
        return f"{firing.symbol} {price} · {time}"

    def _is_in_front(self) -> bool:
        active = QApplication.activeWindow()
        mine = active is not None and (active is self._window or active.parentWidget() is self._window)
        return mine and not self._window.isMinimized()

    def _come_forward(self) -> None:
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
