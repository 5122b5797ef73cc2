import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.panels.top_bar import TopBar
from app.stylesheet import desk_stylesheet, dress
from app.theme import DARK
from app.viewmodels.feed_face import FeedFace
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import Tone

ROOT = Path(__file__).parents[3]
LIVE = FeedFace("▷ Demo · sim", Tone.DIM, "● Live", Tone.LIVE)


class Timer:
    now_ns = 0

    def __call__(self):
        return self.now_ns


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def bar(qtbot, timer):
    host = QWidget()
    qtbot.addWidget(host)
    dress(QApplication.instance(), DARK)
    host.setStyleSheet(desk_stylesheet(DARK))
    host.resize(1920, 60)
    bar = TopBar(timer=timer)
    bar.setParent(host)
    bar.resize(1920, 46)
    host.show()
    bar.host = host
    return bar


def quote_of(desk, symbol="NIFTY-FUT"):
    desk.go_live(symbol, closes={"NIFTY-FUT": 24_820.60})
    desk.trade(symbol, 24_922.04, 24_930.0, 24_900.0, 24_907.0)
    return Quotes(desk).quote(symbol)


def texts(bar):
    return {
        label.accessibleName(): label.text() for label in bar.findChildren(QLabel) if label.isVisibleTo(bar)
    }


def test_a_wide_bar_shows_the_sessions_figures(bar, desk):
    bar.show_quote("NIFTY-FUT", quote_of(desk))
    shown = texts(bar)
    assert [shown[f"{name} of the session"] for name in ("Open", "High", "Low", "Turnover")] == [
        "24,922.04", "24,930.00", "24,900.00", "₹64.8 L"
    ]  # fmt: skip


def test_a_narrower_one_tells_them_in_a_tooltip(bar, desk):
    bar.resize(1280, 46)
    bar.show_quote("NIFTY-FUT", quote_of(desk))
    assert "Open of the session" not in texts(bar)
    assert bar._last.toolTip() == "Session\nOpen 24,922.04\nHigh 24,930.00\nLow 24,900.00\nTurnover ₹64.8 L"
    bar.show_quote("SBIN", None)
    assert bar._last.toolTip() == ""


def test_at_every_width_nothing_is_wider_than_the_bar(bar, desk, qtbot):
    bar.show_quote("NIFTY-FUT", quote_of(desk))
    bar.show_feed(LIVE, replay=False, stale=False)
    bar.show_time("10:42:17 IST", "Continuous")
    bar.show_recording("/tapes/today")
    for width in (640, 700, 760, 800, 840, 980, 1_120, 1_280, 1_500, 1_920):
        bar.resize(width, 46)
        qtbot.waitUntil(lambda width=width: bar.minimumSizeHint().width() <= width)
    bar.resize(700, 46)
    assert texts(bar)["Change"] == "▲ 0.35 %"


def test_the_live_row_says_all_of_it_at_most_once_a_second(bar, desk, timer):
    bar.show_feed(LIVE, replay=False, stale=False)
    bar.show_quote("NIFTY-FUT", quote_of(desk))
    bar.show_time("10:42:17 IST", "Continuous")
    first = bar.accessibleName()
    assert first.startswith("NIFTY-FUT 24,907.00, up 86.40, 0.35 %, VWAP 24,9")
    assert first.endswith(", Live, 10:42:17 IST")
    timer.now_ns = 900_000_000
    bar.show_time("10:42:18 IST", "Continuous")
    assert bar.accessibleName() == first
    timer.now_ns = 1_000_000_000
    bar.show_time("10:42:18 IST", "Continuous")
    assert bar.accessibleName().endswith("10:42:18 IST")


_ELSEWHERE = """
from PySide6.QtWidgets import QApplication
from analytics.calendar import NSE, US
from app.formatting import clock_text
from app.panels.top_bar import TopBar
from app.viewmodels.quotes import Quotes
from tests.app.conftest import FakeDesk

application = QApplication([])
desk = FakeDesk().go_live("SBIN", closes={"SBIN": 1_23_456.0})
desk.trade("SBIN", 1_23_456.5, size=1_000, at_s=102 * 60 + 17)
bar = TopBar()
quote = Quotes(desk).quote("SBIN")
bar.show_quote("SBIN", quote)
bar.show_time(clock_text(quote.ts_ns, NSE.zone), "Continuous")
print(ascii(bar.accessibleName()), clock_text(quote.ts_ns, US.zone), ascii(quote.turnover_text))
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_clock_and_grouping_are_the_markets_under_any_zone_and_language(zone):
    environment = {**os.environ, "TZ": zone, "LANG": "C", "LC_ALL": "C", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == (
        "'SBIN 1,23,456.50, up 0.50, 0.00 %, VWAP 1,23,456.50, 10:42:17 IST' 00:12:17 EST '\\u20b912.3 Cr'"
    )
