"""Which banner stands above the chart, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.desk import Desk
from app.panels.banner import Banner
from app.viewmodels.feed_face import (
    Choice,
    Notice,
    disconnected_notice,
    error_details,
    is_waiting,
    loading_notice,
    no_feed_notice,
    notice_of,
    waiting_notice,
)
from app.viewmodels.kafka_choice import choice_of
from app.viewmodels.tones import Tone
from app.window.feed_choices import FeedChoices
from feeds.address import Beginning
from feeds.clock import Clock
from feeds.source import FeedInfo, FeedState

_LOADING_SHOWS_AFTER_NS = 300_000_000  # what opens at once shows no bar
_OTHER_FEEDS = ("sim:", "kafka:")
_WAITING_SHOWS_AFTER_S = 1.0  # most topics tick at once


class Notices(QObject):
    """Loading before faults, faults before words of our own, those before the feed's state."""

    def __init__(self, desk: Desk, banner: Banner, feeds: FeedChoices, clock: Clock) -> None:
        super().__init__(banner)
        self._desk, self._banner, self._feeds, self._clock = desk, banner, feeds, clock
        self._words: list[Notice] = []
        self._loading_since_ns: int | None = None
        self._loading_title = ""
        self._told: FeedInfo | None = None
        self._recording_fault = ""
        banner.chosen.connect(self.choose)
        if desk.rules_fault:
            self.say("Alerts could not be read", desk.rules_fault)
        for fault in desk.series_faults:
            self.say("A series of yours cannot be used", fault)

    def say(self, title: str, detail: str) -> None:
        """Show a fault until it is dismissed."""
        notice = Notice("▲", title, detail, Tone.WARNING, (Choice.DISMISS,))
        if notice not in self._words:
            self._words.append(notice)
        self.pull(None)

    def _tell_lost(self) -> None:
        info = self._desk.info
        if info is None or info is self._told:
            return
        self._told = info
        if info.lost:
            more = f" (and {len(info.lost) - 1} more)" if len(info.lost) > 1 else ""
            what = "topic" if info.kind == "kafka" else "recording"
            self.say(f"Part of the {what} could not be read", info.lost[0] + more)

    def pull(self, silent_ns: int | None) -> None:
        """Show what the feed's state asks for now; `silent_ns` is how long a live feed has been silent."""
        self._tell_lost()
        fault = self._desk.recording_fault
        if fault and fault != self._recording_fault:
            self._words.append(Notice("▲", "Recording stopped", fault, Tone.WARNING, (Choice.DISMISS,)))
        self._recording_fault = fault
        self._banner.show_notice(self._notice(silent_ns))

    def choose(self, choice: Choice) -> None:
        """Do what a button of the banner says."""
        deeds: dict[Choice, Callable[[], object]] = {
            Choice.CANCEL: self._desk.cancel_open,
            Choice.RETRY: self._retry,
            Choice.START: self._read_from_start,
            Choice.COPY: self._copy,
            Choice.DISMISS: self._dismiss,
            Choice.DEMO: self._feeds.open_demo,
            Choice.OPEN: self._ask_file,
            Choice.KAFKA: self._feeds.ask_kafka,
        }
        deeds[choice]()
        self.pull(None)

    def _retry(self) -> None:
        if self._reconnects:
            self._desk.try_now()
            return
        self._desk.dismiss_fault()
        self._feeds.last_address = self._feeds.last_address or self._loading_title or None
        self._feeds.again()

    def _ask_file(self) -> None:
        """Ask for a file; where one could not be opened, show first what is in that."""
        failed = self._failed_file
        if failed is None:
            self._feeds.ask_file()
            return
        self._desk.dismiss_fault()
        self._feeds.ask_about(failed)

    @property
    def _failed_file(self) -> str | None:
        """Return the address of a file that could not be opened, None where it was another feed."""
        address = self._feeds.last_address
        if self._desk.open_fault is None or not address or address.startswith(_OTHER_FEEDS):
            return None
        return address

    def _read_from_start(self) -> None:
        choice = choice_of(self._desk.address)
        if choice is not None:
            self._feeds.open(replace(choice, start=Beginning.EARLIEST).address)

    def _copy(self) -> None:
        loading = self._desk.loading
        status = self._desk.open_fault or (loading.status if loading is not None else self._desk.status)
        address = self._feeds.last_address or self._desk.address or self._loading_title
        QGuiApplication.clipboard().setText(error_details(address, status))

    def _dismiss(self) -> None:
        if self._desk.open_fault is not None:
            self._desk.dismiss_fault()
        elif self._words:
            self._words.pop(0)

    @property
    def _reconnects(self) -> bool:
        desk = self._desk
        return desk.open_fault is None and desk.status.state is FeedState.RECONNECTING

    def dismiss(self) -> bool:
        """Dismiss what can be dismissed and return whether there was anything."""
        shown = self._banner.notice
        if shown is None or Choice.DISMISS not in shown.choices:
            return False
        self.choose(Choice.DISMISS)
        return True

    def _notice(self, silent_ns: int | None) -> Notice | None:
        loading = self._desk.loading
        if loading is not None:
            self._loading_title = loading.title
            now_ns = self._clock.monotonic_ns()
            self._loading_since_ns = self._loading_since_ns or now_ns
            if now_ns - self._loading_since_ns >= _LOADING_SHOWS_AFTER_NS:
                return loading_notice(loading, self._clock.now_ns())
        else:
            self._loading_since_ns = None
        fault = self._desk.open_fault
        if fault is None and self._words:
            return self._words[0]
        status = self._desk.status
        if loading is not None and status.state is FeedState.CONNECTING:
            return None
        info = self._desk.info
        where = info.title if info is not None else "the feed"
        if info is None and status.state is FeedState.ENDED and fault is None:
            return no_feed_notice(given_up=bool(self._feeds.last_address or self._loading_title))
        if info is not None and info.kind == "kafka" and fault is None:
            if status.state is FeedState.ENDED:
                return disconnected_notice(status)
            if is_waiting(self._desk) and self._desk.idle_s >= _WAITING_SHOWS_AFTER_S:
                choice = choice_of(self._desk.address)
                from_start = choice is not None and choice.start is Beginning.EARLIEST
                return waiting_notice(info, quarantined=self._desk.counts.quarantined, from_start=from_start)
        clock_ns = self._clock.now_ns()
        made = notice_of(
            status,
            where=where,
            silent_ns=silent_ns,
            clock_ns=clock_ns,
            fault=fault,
            can_cancel=info is not None and info.kind == "kafka",
        )
        if made is not None and self._failed_file is not None:
            return replace(made, choices=(*made.choices, Choice.OPEN))
        return made
