"""What the window says about its feed: the pill and status of the top bar, and the banner."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.desk import Desk, LoadProgress
from app.formatting import span_text, speed_text
from app.viewmodels.tones import Tone
from feeds.source import FeedInfo, FeedState, FeedStatus, Transport

_LONGEST_TITLE = 26  # signs of the feed's name in the top bar
_LONGEST_PLACE = 44  # signs of servers and topic in the banner's title; else the topic alone
STALE_AFTER_NS = 5_000_000_000
"""A live feed is stale when no tick came for this long while its market is in session."""


class Choice(enum.Enum):
    """A button of the banner, in the order in which they stand there."""

    RETRY = "Retry"
    START = "Read from the start"
    COPY = "Copy details"
    CANCEL = "Cancel"
    DISMISS = "Dismiss"
    DEMO = "Demo market"
    OPEN = "Open tick file…"
    KAFKA = "Connect Kafka…"


@dataclass(frozen=True, slots=True)
class FeedFace:
    """Texts of the top bar; `hint` is the feed's whole address."""

    pill: str
    pill_tone: Tone
    status: str
    tone: Tone
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One banner: icon and title, what it says, what can be done, and a bar where progress is known."""

    icon: str
    title: str
    detail: str
    tone: Tone
    choices: tuple[Choice, ...] = ()
    done: int = 0
    total: int = 0


_FAILED_CHOICES = (Choice.RETRY, Choice.COPY, Choice.DISMISS)
_PLAIN = {
    FeedState.CONNECTING: ("◌ Connecting", Tone.WARNING),
    FeedState.LIVE: ("● Live", Tone.LIVE),
    FeedState.REPLAYING: ("▶ Replaying", Tone.REPLAY),
    FeedState.PAUSED: ("▮▮ Paused", Tone.REPLAY),
    FeedState.CLOSED_MARKET: ("○ Market closed", Tone.DIM),
    FeedState.RECONNECTING: ("◌ Reconnecting", Tone.WARNING),
    FeedState.ENDED: ("■ Ended", Tone.DIM),
    FeedState.FAILED: ("✕ Error", Tone.WARNING),
}


def is_waiting(desk: Desk) -> bool:
    """Return whether a topic is connected and no tick of it was taken yet."""
    info = desk.info
    return (
        info is not None
        and info.kind == "kafka"
        and desk.status.state is FeedState.LIVE
        and desk.counts.taken == 0
    )


def face_of(
    info: FeedInfo | None,
    status: FeedStatus,
    transport: Transport | None,
    silent_ns: int | None,
    *,
    seeking: bool = False,
    waiting: bool = False,
    closed: bool = False,
) -> FeedFace:
    """Return the top bar's texts; `silent_ns` is how long a feed that should tick has not, else None.

    `waiting` says that a live feed has not ticked yet, `closed` that its market is not in session.
    """
    pill, pill_tone = _pill(info)
    text, tone = _PLAIN[status.state]
    if info is None and status.state is FeedState.ENDED:
        text, tone = "○ No feed", Tone.DIM
    elif transport is not None and seeking:
        text, tone = "◌ Seeking", Tone.REPLAY
    elif transport is not None and status.state in {FeedState.REPLAYING, FeedState.PAUSED}:
        text, tone = f"{text} {speed_text(transport.speed)}", Tone.REPLAY
    elif transport is not None and status.state is FeedState.ENDED:
        text, tone = "■ End of recording", Tone.REPLAY
    elif status.state is FeedState.LIVE and waiting:
        text, tone = "◌ Waiting", Tone.DIM
    elif status.state is FeedState.LIVE and closed:
        text, tone = _PLAIN[FeedState.CLOSED_MARKET]
    elif status.state is FeedState.LIVE and silent_ns is not None:
        text, tone = f"◐ Stale {span_text(silent_ns)}", Tone.WARNING
    return FeedFace(pill, pill_tone, text, tone, info.address if info is not None else "")


def _pill(info: FeedInfo | None) -> tuple[str, Tone]:
    if info is None:
        return "No feed", Tone.DIM
    if info.kind == "sim":
        return "▷ Demo · sim", Tone.DIM
    if info.kind == "file":
        return f"⟲ Replay · {_short(info.title)}", Tone.REPLAY
    return f"Live · {_short(info.title)}", Tone.LIVE


def _short(title: str) -> str:
    """Return a title that fits into the pill: its start and its end."""
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 10]}…{title[-9:]}"


def notice_of(
    status: FeedStatus,
    *,
    where: str,
    silent_ns: int | None,
    clock_ns: int,
    fault: FeedStatus | None = None,
    can_cancel: bool = True,
) -> Notice | None:
    """Return the banner that the feed's state asks for, None where all is well.

    `where` names the feed; `can_cancel` says whether connecting can be given up; `fault` says why another
    one could not be opened; `clock_ns` is the machine's time, which `FeedStatus.retry_at_ns` is told in.
    """
    if fault is not None:
        return Notice("✕", "Could not open", fault.cause, Tone.WARNING, _FAILED_CHOICES)
    if status.state is FeedState.CONNECTING:
        detail = "  ·  ".join(filter(None, (_attempt(status, clock_ns), status.cause)))
        choices = (*((Choice.COPY,) if status.cause else ()), *((Choice.CANCEL,) if can_cancel else ()))
        return Notice("◌", f"Connecting to {where}", detail, Tone.WARNING, choices)
    if status.state is FeedState.RECONNECTING:
        detail = "  ·  ".join(filter(None, (_attempt(status, clock_ns), status.cause)))
        choices = (Choice.RETRY, *((Choice.COPY,) if status.cause else ()), Choice.CANCEL)
        return Notice("◌", f"Reconnecting to {where}", detail, Tone.WARNING, choices)
    if status.state is FeedState.FAILED:
        cause = status.cause or "the feed stopped without saying why"
        return Notice("✕", "Feed error", cause, Tone.WARNING, (Choice.RETRY, Choice.COPY))
    if status.state is FeedState.CLOSED_MARKET:
        told = status.cause if status.cause not in ("", "Market closed") else "The next session follows."
        return Notice("○", "Market closed", told, Tone.DIM)
    if status.state is FeedState.LIVE and silent_ns is not None:
        detail = f"No tick for {span_text(silent_ns)} while the market is in session; prices are dimmed"
        return Notice("◐", "Stale", detail, Tone.WARNING)
    return None


def disconnected_notice(status: FeedStatus) -> Notice:
    """Return the banner of a feed whose reconnecting was given up."""
    detail = "  ·  ".join(filter(None, (status.cause, "the view is kept")))
    return Notice("■", "Disconnected", detail, Tone.WARNING, (Choice.RETRY,))


def no_feed_notice(*, given_up: bool) -> Notice:
    """Return the banner of a window without a feed: what can be opened, and again what was `given_up`."""
    feeds = (Choice.DEMO, Choice.OPEN, Choice.KAFKA)
    return Notice("○", "No feed is open", "", Tone.DIM, ((Choice.RETRY,) if given_up else ()) + feeds)


def waiting_notice(info: FeedInfo, *, quarantined: int, from_start: bool) -> Notice:
    """Return the banner of a topic that is connected and has not ticked; `from_start` says where it is read."""
    if quarantined:
        detail = f"connected; none of {quarantined} messages could be read, the event log tells why"
    elif from_start:
        detail = "connected; the topic holds no tick yet"
    else:
        detail = "connected; reading what is published from now on"
    choices = () if from_start else (Choice.START,)
    return Notice("◌", f"Waiting for ticks from {_short(info.title)}", detail, Tone.DIM, choices)


def loading_notice(loading: LoadProgress, clock_ns: int = 0) -> Notice:
    """Return the banner of a feed that is being opened; `clock_ns` as for `notice_of`."""
    if loading.status.attempt:
        where = loading.title.removeprefix("kafka://").partition("?")[0]
        if len(where) > _LONGEST_PLACE:
            where = _short(where.rpartition("/")[2])
        connecting = notice_of(loading.status, where=where, silent_ns=None, clock_ns=clock_ns)
        assert connecting is not None
        return connecting
    name = loading.title.removeprefix("file:").partition("?")[0].rstrip("/").rpartition("/")[2]
    share = f"{100 * loading.done // loading.total} %" if loading.total else "…"
    title = f"Opening {name or loading.title}"
    return Notice("◌", title, share, Tone.REPLAY, (Choice.CANCEL,), done=loading.done, total=loading.total)


def _attempt(status: FeedStatus, clock_ns: int) -> str:
    parts = [f"attempt {status.attempt}"] if status.attempt else []
    if status.retry_at_ns is not None:
        left_s = max(0, -(-(status.retry_at_ns - clock_ns) // 1_000_000_000))
        parts.append(f"next try in {left_s} s")
    return ", ".join(parts)


def error_details(address: str, status: FeedStatus) -> str:
    """Return what Copy details puts on the clipboard."""
    return f"Tickdesk feed error\nfeed: {address}\nstate: {status.state.value}\ncause: {status.cause}\n"
