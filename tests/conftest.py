"""What every test stands on: looks for Qt's libraries first, and lets no test leave something behind."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from app.libraries import QT_LIBRARIES, X11_LIBRARIES, missing_libraries, x_display_answers
from app.places import Places, find_places
from app.settings import SETTINGS
from tests.builders.broker import Broker, broker_fault

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
_JOIN_S = 2.0

# Tests in this process paint off screen; a test marked `window` starts the program on the real display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if IN_CI else "here")


def _display_fault() -> str | None:
    missing = missing_libraries(X11_LIBRARIES)
    if missing:
        return "needs " + " ".join(each.package for each in missing)
    display = os.environ.get("DISPLAY", "")
    if not display or not x_display_answers(display):
        return f"needs an X display, as under xvfb-run; none answers at DISPLAY={display!r}"
    return None


_NEEDS = {"window": _display_fault, "kafka": broker_fault}
"""The markers of tests that need more than Python, and what tells why they cannot run here."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """End in one line where Qt cannot be loaded: pytest-qt would end in an internal error."""
    missing = missing_libraries(QT_LIBRARIES) if sys.platform.startswith("linux") else ()
    if missing:
        packages = " ".join(each.package for each in missing)
        pytest.exit(f"Qt cannot be loaded here; run: sudo apt install -y {packages}", returncode=4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say in the report which tests need a display or a broker, and skip those where there is none."""
    for marker, fault_here in _NEEDS.items():
        marked = [item for item in items if item.get_closest_marker(marker) is not None]
        fault = fault_here() if marked else None
        for item in marked:
            item.user_properties.append((marker, "yes"))
            if fault is not None:
                item.add_marker(pytest.mark.skip(reason=fault))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test of a display or a broker that was skipped in CI, for whatever reason."""
    report = yield
    marker = next((each for each in _NEEDS if item.get_closest_marker(each) is not None), None)
    if IN_CI and report.skipped and marker is not None:
        report.outcome = "failed"
        report.longrepr = f"a {marker} test may not be skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves one of our threads running, or one of a Kafka client."""
    before = set(threading.enumerate())
    yield
    started = [
        each
        for each in threading.enumerate()
        if each not in before and _is_watched(each.name) and each is not threading.current_thread()
    ]
    for thread in started:
        thread.join(_JOIN_S)
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"threads left running: {left}"


def _is_watched(thread_name: str) -> bool:
    return thread_name.startswith(("tickdesk", "kafka-io-")) or thread_name.endswith("-network-thread")


@pytest.fixture(autouse=True)
def no_timer_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a QTimer ticking; only where the test has Qt loaded."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from shiboken6 import isValid

    started: weakref.WeakSet[QTimer] = weakref.WeakSet()
    start = QTimer.start

    def recording_start(timer: QTimer, *interval: Any) -> None:
        started.add(timer)
        start(timer, *interval)

    monkeypatch.setattr(QTimer, "start", recording_start)
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [
        f"{each.objectName() or 'QTimer'} of {each.parent()!r}" for each in started if _ticks(each, isValid)
    ]
    assert not left, f"timers left ticking: {left}"


def _ticks(timer: Any, is_valid: Any) -> bool:
    return bool(is_valid(timer) and timer.isActive())


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Give each test a home of its own, and no setting from the environment."""
    for name in SETTINGS:
        monkeypatch.delenv(f"TICKDESK_{name.upper()}", raising=False)
    monkeypatch.setenv("TICKDESK_HOME", str(tmp_path / "home"))
    return find_places()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of recorded data; skip where it is absent, which fails in CI."""
    folder = Path(os.environ.get("TICKDESK_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        reason = f"no recorded data at {folder}; set TICKDESK_TEST_DATA to its folder"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return folder


@pytest.fixture
def window_environ() -> dict[str, str]:
    """Return the environment in which a window test starts the program on the real display."""
    return {**os.environ, "QT_QPA_PLATFORM": "xcb"}


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Return the Kafka broker that the tests share; each makes topics and groups of its own there."""
    with _new_broker(tmp_path_factory) as started:
        yield started


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Return a running Kafka broker that the test may kill and start again."""
    with _new_broker(tmp_path_factory) as started:
        yield started


def _new_broker(tmp_path_factory: pytest.TempPathFactory) -> Broker:
    fault = broker_fault()
    if fault is not None:
        pytest.skip(fault)
    return Broker(tmp_path_factory.mktemp("broker"))
