"""The states of the window that have a picture: what each shows, and at which sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

from analytics.events import EventKind
from app.opener import LoadProgress
from app.theme import THEMES, Theme
from app.window.parts import EVENTS, TRADES
from feeds.source import FeedState, FeedStatus
from tests.pictures.market import SYMBOL
from tests.pictures.stage import SIZE, TOPICS, Stage

LARGE = (1920, 1080)
GALLERY = "docs/gallery"
INDEX, MADE_WITH = "README.md", "made-with.json"
"""Beside the pictures: a page that shows them, and what they were painted with."""
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Scene:
    """One state: `show` brings a window there and returns its picture."""

    name: str
    shows: str
    show: Callable[[Stage], QPixmap]
    sizes: tuple[tuple[int, int], ...] = (SIZE,)
    first_start: bool = False


def _live(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    return stage.grab()


def _connecting(stage: Stage) -> QPixmap:
    stage.live()
    retry_ns = stage.clock.now_ns() + 3 * _SECOND_NS
    status = FeedStatus(FeedState.CONNECTING, "127.0.0.1:9092 refused the connection", 3, retry_ns)
    stage.tell(loading=LoadProgress("kafka://127.0.0.1:9092/ticks.v1", 0, 0, status))
    stage.settle()
    return stage.grab()


def _stale(stage: Stage) -> QPixmap:
    stage.live()
    stage.tell(idle_s=12.4, now_ns=stage.newest_ns + 12_400_000_000)
    stage.settle()
    return stage.grab()


def _reconnecting(stage: Stage) -> QPixmap:
    retry_ns = stage.clock.now_ns() + 5 * _SECOND_NS
    stage.live(
        FeedState.RECONNECTING, cause="the broker at 127.0.0.1:9092 is gone", attempt=2, retry_at_ns=retry_ns
    )
    stage.settle()
    return stage.grab()


def _closed(stage: Stage) -> QPixmap:
    stage.live()
    stage.tell(now_ns=stage.newest_ns + 8 * 3600 * _SECOND_NS, idle_s=8 * 3600.0)
    stage.settle()
    return stage.grab()


def _error(stage: Stage) -> QPixmap:
    stage.live()
    cause = "ticks.csv: row 3, column price: expected a number, found '24,9o7'"
    stage.tell(open_fault=FeedStatus(FeedState.FAILED, cause))
    stage.settle()
    return stage.grab()


def _replay(stage: Stage) -> QPixmap:
    transport = stage.desk.transport
    assert transport is not None
    stage.settle()  # what the whole recording holds is known to the timeline
    stage.desk.pause()
    stage.desk.seek(transport.rows * 45 // 100)
    stage.wait_for(lambda: not stage.desk.settling)
    stage.tell(address="file:nifty-2026-11-20.parquet")
    stage.settle()
    return stage.grab()


def _candles(stage: Stage) -> QPixmap:
    stage.live()
    pane = stage.window.parts.charts.active_pane
    pane.choose(replace(pane.choice.with_style("1m"), profile=True))
    pane.add_series("rsi(14)")
    pane.add_series("delta(session)")
    stage.wait_for(stage.charts_are_done)
    stage.settle()
    stage.point_at(0.62, 0.42)
    return stage.grab()


def _tools(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    chart, pane = stage.window.parts.chart, stage.window.parts.charts.active_pane
    stage.wait_for(lambda: stage.desk.view(SYMBOL) is not None)
    chart.anchorPicked.emit(stage.newest_ns - 17 * 60 * _SECOND_NS)
    pane.choose(replace(pane.choice, levels=((SYMBOL, (24_880.0, 24_930.0)),)))
    stage.wait_for(stage.charts_are_done)
    stage.settle()
    stage.drag((0.30, 0.72), (0.55, 0.30), Qt.KeyboardModifier.ControlModifier)
    return stage.grab()


def _four_charts(stage: Stage) -> QPixmap:
    stage.live()
    charts = stage.window.parts.charts
    charts.set_count(4)
    stage.settle()
    for pane, symbol, style in zip(
        charts.visible_panes, (SYMBOL, "NIFTY", "RELIANCE", "HDFCBANK"), ("ticks", "ticks", "500 ticks", "1m"),
        strict=True,
    ):  # fmt: skip
        pane.show_symbol(symbol)
        pane.choose(pane.choice.with_style(style))
    stage.wait_for(stage.charts_are_done)
    stage.settle()
    stage.point_at(0.6, 0.5)
    return stage.grab()


def _series(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.parts.charts.active_pane.picker_wanted.emit("")
    picker = stage.dialog("SeriesPicker")
    stage.settle()
    return stage.grab(picker)


def _new_alert(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    edits = stage.window.edits
    edits.new_at(SYMBOL, 24_930.0)
    dialog = edits.dialog
    assert dialog is not None
    stage.wait_for(lambda: dialog._dry_run is not None and bool(dialog._dry_run.face.marks))
    stage.closing.append(dialog.reject)
    stage.settle()
    return stage.grab(dialog)


def _fired(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    parts = stage.window.parts
    firing = next(each for each in reversed(stage.desk.firings.since(0)[0]) if each.shown)
    parts.alerts.log.setCurrentIndex(parts.alerts.log.model().index(0, 0))
    parts.alerts.explain(firing)
    stage.window.moments.show_firing(firing)
    stage.window.announcer.announce([firing])
    stage.settle()
    return stage.grab()


def _time_and_sales(stage: Stage) -> QPixmap:
    stage.live()
    stage.window.parts.bottom.unfold(TRADES)
    stage.settle()
    return stage.grab()


def _event_log(stage: Stage) -> QPixmap:
    stage.live()
    stage.window.parts.bottom.unfold(EVENTS)
    stage.settle()
    stage.window.moments.show_events(EventKind.GAP)
    stage.settle()
    return stage.grab()


def _open_file(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.feeds.recent = (str(stage.recording),)
    stage.window.feeds.ask_about(str(stage.recording))
    dialog = stage.window.feeds.file_dialog
    assert dialog is not None
    stage.wait_for(lambda: not dialog._timer.isActive())
    stage.closing.append(dialog.reject)
    stage.settle()
    return stage.grab(dialog)


def _kafka(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.feeds.ask_kafka()
    dialog = stage.window.feeds.kafka_dialog
    assert dialog is not None
    stage.closing.append(dialog.reject)
    stage.wait_for(lambda: len(dialog.topics.names) == len(TOPICS))
    stage.settle()
    return stage.grab(dialog)


def _palette(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.front.open_palette("price crosses above 24950")
    stage.settle()
    return stage.grab()


def _settings(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.front.open_settings()
    dialog = stage.dialog("SettingsDialog")
    stage.settle()
    return stage.grab(dialog)


def _shortcuts(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.front.open_shortcuts()
    dialog = stage.dialog("ShortcutsPage")
    stage.settle()
    return stage.grab(dialog)


def _menu(stage: Stage) -> QPixmap:
    stage.live()
    stage.settle()
    stage.window.front.open_menu()
    menu = stage.window.front.menu
    stage.closing.append(menu.close)
    stage.settle()
    return stage.grab(menu)


SCENES = (
    Scene("first-start", "The first start: the demo market, and the strip with its three choices", _live, first_start=True),
    Scene("live", "A live feed", _live, (SIZE, LARGE)),
    Scene("candles", "Candles of a minute, RSI and the session's volume delta below, the volume profile at the side", _candles),
    Scene("tools", "A measured span, levels, and a VWAP anchored at a click", _tools),
    Scene("four-charts", "Four linked charts: ticks, bars of ticks and of time, and an index with its future's VWAP", _four_charts, (LARGE,)),
    Scene("series", "Any series of the catalogue, added to the chart", _series),
    Scene("new-alert", "A new alert, tried on the day so far while it is edited", _new_alert),
    Scene("fired", "A firing, explained, with its notice in the chart", _fired),
    Scene("replay", "A recording, paused, with its timeline", _replay, (SIZE, LARGE)),
    Scene("time-and-sales", "Time and sales", _time_and_sales),
    Scene("event-log", "The event log, at the gap that the ribbon shows", _event_log),
    Scene("open-file", "A tick file, looked at before it is opened", _open_file),
    Scene("kafka", "Connecting to a topic", _kafka),
    Scene("palette", "The command palette, which takes alerts as text", _palette),
    Scene("menu", "The menu", _menu),
    Scene("settings", "Settings", _settings),
    Scene("shortcuts", "Shortcuts", _shortcuts),
    Scene("connecting", "A broker that does not answer: attempt, cause, countdown, cancel", _connecting),
    Scene("stale", "No tick for some seconds while the market is open", _stale),
    Scene("reconnecting", "The feed is lost and connects again by itself", _reconnecting),
    Scene("closed", "The market is closed", _closed),
    Scene("error", "A file that could not be read; the view before stays", _error),
)  # fmt: skip


def pictures() -> Iterator[tuple[Scene, Theme, tuple[int, int]]]:
    """Yield every state in every theme at each of its sizes."""
    for scene in SCENES:
        for theme in THEMES.values():
            for size in scene.sizes:
                yield scene, theme, size


def picture_name(scene: Scene, theme: Theme, size: tuple[int, int]) -> str:
    """Return the file name of a picture in the gallery."""
    return f"{scene.name}-{theme.name}-{size[0]}x{size[1]}.png"


def index_page() -> str:
    """Return the page that shows the gallery: each state in the dark theme, with links to the others."""
    lines = [
        "# Gallery",
        "",
        "Every state of the window, in every theme, as `poe gallery` paints them from the demo market.",
    ]
    for scene in SCENES:
        size = scene.sizes[0]
        first, *others = (
            picture_name(scene, theme, each) for each in scene.sizes for theme in THEMES.values()
        )
        links = " · ".join(f"[{_said(scene, name)}]({name})" for name in others)
        lines += ["", f"## {scene.shows}", "", f"![{scene.shows}]({first})", "", links]
        assert first == picture_name(scene, next(iter(THEMES.values())), size)
    return "\n".join(lines) + "\n"


def _said(scene: Scene, name: str) -> str:
    """Return theme and size of a picture as a link says them."""
    return name.removeprefix(f"{scene.name}-").removesuffix(".png").replace("-", " ")
