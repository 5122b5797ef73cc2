"""The top bar: symbol, last price and change, VWAP, and at the right the feed, its state and the clock."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.formatting import NO_VALUE, arrow, number_text
from app.override import override
from app.panels.symbol_box import SymbolBox
from app.stylesheet import LAST_PRICE_PX, SECONDARY_PX, desk_font, set_look
from app.viewmodels.feed_face import FeedFace
from app.viewmodels.live_row import LiveRow, live_text
from app.viewmodels.quotes import Quote
from app.viewmodels.tones import Tone, tone_of

BAR_PX = 44
BAND_PX = 2
PILL_PX = 26
_SPACING_PX, _VWAP_SPACING_PX, _LEFT_PX, _RIGHT_PX = 14, 6, 12, 6
_SESSION_FROM_PX = 1500
"""A narrower bar tells the session's figures in a tool tip only: it is to be quiet."""
_LEAST_FIRST = ("session", "against", "distance", "phase", "vwap", "points", "pill")
"""What is left out where there is no room for all, in this order, so that nothing is cut off."""
_FIGURES = {"Open": "O", "High": "H", "Low": "L", "Turnover": "Turnover"}
_ICON = re.compile(r"^\W+")


class TopBar(QWidget):
    """44 px of texts over a 2 px band that wears the replay's colour during one.

    Its accessible name is all of it in one sentence, renewed at most once a second of `timer`, which counts ns.
    """

    menu_wanted = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, timer: Callable[[], int] = time.monotonic_ns
    ) -> None:
        super().__init__(parent)
        self._symbol = ""
        self._quote: Quote | None = None
        self._live = LiveRow(self._tell, timer=timer)
        self._bar = QFrame()
        self._bar.setObjectName("topBar")
        self._bar.setFixedHeight(BAR_PX - 1)
        self.symbol_box = SymbolBox()
        self._last = _label("Last price", LAST_PRICE_PX, QFont.Weight.DemiBold)
        self._change = _label("Change", 13)
        self._against = _label("What the change is measured against", SECONDARY_PX, tone=Tone.DIM)
        self._vwap_name = _label("", SECONDARY_PX, tone=Tone.DIM)
        self._vwap_name.setText("VWAP")
        self._vwap = _label("Session VWAP", weight=QFont.Weight.DemiBold, tone=Tone.VWAP)
        self._distance = _label("Distance to VWAP", tone=Tone.DIM)
        self._session = _SessionFigures()
        self._recording = _label("Recording", weight=QFont.Weight.Medium, tone=Tone.WARNING)
        self._recording.hide()
        self._pill = _label("Feed", tone=Tone.DIM)
        self._pill.setObjectName("feedPill")
        self._pill.setFixedHeight(PILL_PX)
        self._status = _label("Feed status", weight=QFont.Weight.Medium)
        self._phase = _label("Market phase", tone=Tone.DIM)
        self._clock = _label("Market time", weight=QFont.Weight.DemiBold)
        self.menu_button = QPushButton("☰")
        self.menu_button.setAccessibleName("Menu")
        self.menu_button.setToolTip("Menu (F10)")
        set_look(self.menu_button, "look", "quiet")
        self.menu_button.clicked.connect(self.menu_wanted)
        self._band = QFrame()
        self._band.setObjectName("replayBand")
        self._band.setFixedHeight(1)
        self._optional: dict[str, tuple[QWidget, ...]] = {
            "session": (self._session,),
            "against": (self._against,),
            "distance": (self._distance,),
            "phase": (self._phase,),
            "vwap": (self._vwap_name, self._vwap),
            "pill": (self._pill,),
        }
        self._texts = (
            *(self._last, self._change, self._against, self._vwap, self._distance),
            *(self._recording, self._pill, self._status, self._phase, self._clock),
        )
        self._lengths: tuple[int, ...] = ()
        self._left_out: set[str] = set()
        self._lay_out()

    def show_quote(self, symbol: str, quote: Quote | None) -> None:
        """Show a symbol's quote, dashes before its first tick."""
        self._symbol, self._quote = symbol, quote
        self.symbol_box.show_symbol(symbol)
        self._show_session(quote)
        if quote is None:
            self._last.setText(NO_VALUE)
            for label in (self._change, self._against, self._distance):
                label.setText("")
            self._vwap.setText(NO_VALUE)
            return
        style = quote.style
        self._last.setText(style.price(quote.last))
        self._change.setText(_change_text(quote, whole="points" not in self._left_out))
        set_look(self._change, "tone", tone_of(quote.change).value)
        self._against.setText(quote.against)
        self._vwap.setText(style.price(quote.vwap))
        self._distance.setText(style.signed(quote.from_vwap) if quote.vwap is not None else "")
        self._fit_if_other()

    def show_feed(self, face: FeedFace, *, replay: bool, stale: bool) -> None:
        """Show the feed's pill and status; a stale one dims the price, a replay wears its band."""
        self._pill.setText(face.pill)
        self._pill.setToolTip(face.hint)
        set_look(self._pill, "tone", face.pill_tone.value)
        self._status.setText(face.status)
        set_look(self._status, "tone", face.tone.value)
        set_look(self._last, "tone", Tone.DIM.value if stale else Tone.TEXT.value)
        if bool(self._band.property("replay")) != replay:
            self._band.setFixedHeight(BAND_PX if replay else 1)
            set_look(self._band, "replay", replay)
        self._fit_if_other()

    def show_time(self, clock: str, phase: str) -> None:
        """Show market time and phase."""
        self._clock.setText(clock)
        self._phase.setText(phase)
        self._fit_if_other()
        self._live.show(self.live_text)

    def live_text(self) -> str:
        """Return all that the bar tells in one sentence."""
        feed = _ICON.sub("", self._status.text())
        return live_text(self._quote, self._symbol, feed, self._clock.text())

    def _tell(self, text: str) -> None:
        """Give the sentence to whoever reads it out; Qt tells them only where somebody listens."""
        self.setAccessibleName(text)

    def _show_session(self, quote: Quote | None) -> None:
        self._session.show_quote(quote)
        words = self._session.words
        if words != self._last.toolTip():
            for label in (self._last, self._change):
                label.setToolTip(words)

    def show_recording(self, directory: str | None) -> None:
        """Say that a tape is being written, and where."""
        self._recording.setVisible(directory is not None)
        self._recording.setText("● Rec" if directory is not None else "")
        self._recording.setToolTip(f"Recording to {directory}" if directory is not None else "")
        self._fit_if_other()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit_if_other(self) -> None:
        """Fit again where texts are of other lengths; digits are all of one width."""
        lengths = tuple(len(label.text()) for label in self._texts)
        if lengths != self._lengths:
            self._lengths = lengths
            self._fit()

    def _fit(self) -> None:
        """Leave out what has no room, the least important first."""
        optional = self._optional_px()
        over = self._fixed_px() + sum(optional.values()) - self.width()
        self._left_out = set()
        for name in _LEAST_FIRST:
            if over <= 0 and not (name == "session" and self.width() < _SESSION_FROM_PX):
                continue
            self._left_out.add(name)
            over -= optional[name]
        for name, widgets in self._optional.items():
            for widget in widgets:
                widget.setVisible(name not in self._left_out)
        if self._quote is not None:
            self._change.setText(_change_text(self._quote, whole="points" not in self._left_out))

    def _optional_px(self) -> dict[str, int]:
        """Return how much each optional part takes, with the space before it."""
        found = {
            name: sum(widget.sizeHint().width() for widget in widgets) + _SPACING_PX
            for name, widgets in self._optional.items()
        }
        found["distance"] += _VWAP_SPACING_PX - _SPACING_PX
        found["vwap"] += _VWAP_SPACING_PX
        whole, short = self._change_px()
        return found | {"points": whole - short}

    def _fixed_px(self) -> int:
        """Return how much of the width is taken by what always stands there."""
        fixed = [self.symbol_box, self._last, self._status, self._clock, self.menu_button]
        if not self._recording.isHidden():
            fixed.append(self._recording)
        widths = sum(widget.sizeHint().width() + _SPACING_PX for widget in fixed)
        return _LEFT_PX + widths + self._change_px()[1] + _SPACING_PX + _RIGHT_PX

    def _change_px(self) -> tuple[int, int]:
        """Return the widths of the change with its points and without."""
        if self._quote is None:
            return 0, 0
        metrics, quote = self._change.fontMetrics(), self._quote
        whole, short = (metrics.horizontalAdvance(_change_text(quote, whole=each)) for each in (True, False))
        return whole + 2, short + 2

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(_LEFT_PX, 0, _RIGHT_PX, 0)
        row.setSpacing(_SPACING_PX)
        row.addWidget(self.symbol_box)
        row.addWidget(self._last)
        row.addWidget(self._change)
        row.addWidget(self._against)
        vwap = QHBoxLayout()
        vwap.setSpacing(_VWAP_SPACING_PX)
        for label in (self._vwap_name, self._vwap, self._distance):
            vwap.addWidget(label)
        row.addLayout(vwap)
        row.addWidget(self._session)
        row.addStretch(1)
        for widget in (self._recording, self._pill, self._status, self._phase, self._clock):
            row.addWidget(widget)
        row.addWidget(self.menu_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._band)


class _SessionFigures(QWidget):
    """Open, high, low and turnover of the session; `words` are the same in lines."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self._shown: tuple[str, ...] = ()
        self._values: dict[str, QLabel] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(5)
        for name, title in _FIGURES.items():
            dim = _label("", SECONDARY_PX, tone=Tone.DIM)
            dim.setText(title)
            self._values[name] = _label(f"{name} of the session")
            row.addWidget(dim)
            row.addWidget(self._values[name])
            row.addSpacing(7)

    def show_quote(self, quote: Quote | None) -> None:
        """Show a quote's session, dashes before its first tick."""
        texts = (NO_VALUE,) * len(_FIGURES)
        since = ""
        if quote is not None:
            price = quote.style.price
            texts = (price(quote.open), price(quote.high), price(quote.low), quote.turnover_text)
            since = "" if quote.since_ns is None else "\nHigh and low of the ticks that are held"
        if (*texts, since) == self._shown:
            return
        self._shown = (*texts, since)
        for label, text in zip(self._values.values(), texts, strict=True):
            label.setText(text)
        lines = [f"{name} {text}" for name, text in zip(_FIGURES, texts, strict=True) if text != NO_VALUE]
        self.words = "\n".join(["Session", *lines]) + since if lines else ""


def _change_text(quote: Quote, *, whole: bool) -> str:
    """Return the change with its arrow: in points and per cent, or where there is little room in the latter."""
    percent = f"{number_text(abs(quote.percent or 0.0), 2)} %"
    if whole:
        points = number_text(abs(quote.change), quote.style.decimals, indian=quote.style.indian)
        percent = f"{points} ({percent})"
    return f"{arrow(quote.change)} {percent}".strip()


def _label(
    name: str,
    pixels: int = 12,
    weight: QFont.Weight = QFont.Weight.Normal,
    tone: Tone | None = None,
) -> QLabel:
    label = QLabel()
    label.setFont(desk_font(pixels, weight))
    label.setAccessibleName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if tone is not None:
        set_look(label, "tone", tone.value)
    return label
