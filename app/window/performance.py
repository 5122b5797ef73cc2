"""What the performance overlay shows: frames, the path of ticks to the screen, and what is held."""

from __future__ import annotations

from app.desk import Desk
from app.formatting import number_text
from app.panels.performance import Timing
from app.viewmodels.meters import TimingMeter, resident_mb
from app.viewmodels.tick_path import STAGES, TickPath
from app.window.frame_loop import FRAME_MS, FrameLoop


def timings_of(loop: FrameLoop, path: TickPath) -> tuple[Timing, ...]:
    """Return the rows: a frame's cost, how late the heart beats, and each stage of a tick's way."""
    stages = {each.name: each for each in path.stages()}
    total = path.arrival_to_pixel()
    rows = [_metered("frame", loop.frame_times), _metered("heartbeat late", loop.heartbeats, FRAME_MS)]
    for name in STAGES:
        stage = stages.get(name)
        rows.append(Timing(name, None, None) if stage is None else Timing(name, stage.p50_ms, stage.p99_ms))
    middle, high = (None, None) if total is None else (total.p50_ms, total.p99_ms)
    return (*rows, Timing("tick to pixel", middle, high, total=True))


def lines_of(desk: Desk, path: TickPath, *, indian: bool) -> tuple[str, ...]:
    """Return the lines below: ticks painted, where the engine runs, what is held, and the memory of it."""

    def text(count: int) -> str:
        return number_text(count, 0, indian=indian)

    second, held, memory, bound = path.last_second, desk.held, resident_mb(), desk.retention
    of_memory = "" if memory is None else f" of {memory:,.0f}"
    return (
        f"painted {text(second.painted)} of {text(second.came)} ticks, computed {text(second.computed)}",
        _engine_text(desk.engine_place),
        f"{text(held.ticks)} ticks held, {held.megabytes:,.0f}{of_memory} MB",
        ""
        if bound is None
        else f"of a symbol at most {text(bound.ticks)} ticks or {bound.bytes / 1e6:,.0f} MB",
    )


def _engine_text(place: str) -> str:
    if place == "thread":
        return "engine in a thread of this window"
    return f"engine in {place}" if place else "no engine"


def _metered(name: str, meter: TimingMeter, less_ms: float = 0.0) -> Timing:
    if not meter.count:
        return Timing(name, None, None)
    middle, high = (max(meter.percentile_ms(each) - less_ms, 0.0) for each in (50, 99))
    return Timing(name, middle, high)
