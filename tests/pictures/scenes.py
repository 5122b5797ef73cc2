"""The states of the window that have a picture: what each shows, and at which sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QPixmap

from app.opener import LoadProgress
from app.theme import THEMES, Theme
from feeds.source import FeedState, FeedStatus
from tests.pictures.stage import SIZE, Stage

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


SCENES = (
    Scene("first-start", "The first start: the demo market, and the strip with its three choices", _live, first_start=True),
    Scene("live", "A live feed", _live, (SIZE, LARGE)),
    Scene("connecting", "A broker that does not answer: attempt, cause, countdown, cancel", _connecting),
    Scene("stale", "No tick for some seconds while the market is open", _stale),
    Scene("reconnecting", "The feed is lost and connects again by itself", _reconnecting),
    Scene("closed", "The market is closed", _closed),
    Scene("error", "A file that could not be read; the view before stays", _error),
    Scene("replay", "A recording, paused, with its timeline", _replay, (SIZE, LARGE)),
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
