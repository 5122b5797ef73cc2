"""What is looked for before Qt starts."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.libraries import (
    QT_LIBRARIES,
    X11_LIBRARIES,
    WindowUnavailable,
    chosen_platform,
    missing_libraries,
    require_window,
    window_faults,
    x_display_answers,
)


def loader(*absent: str) -> Callable[[str], object]:
    """Return a loader to which only the named files are missing."""

    def load(file: str) -> object:
        if file in absent:
            raise OSError(file)
        return file

    return load


def faults(environ: Mapping[str, str], *absent: str, answers: bool = True) -> tuple[str, ...]:
    return window_faults(environ, loader(*absent), lambda display: answers, "linux")


def test_nothing_is_missing_where_all_loads() -> None:
    assert missing_libraries(QT_LIBRARIES + X11_LIBRARIES, loader()) == ()
    assert faults({"DISPLAY": ":0"}) == ()


@pytest.mark.parametrize("library", QT_LIBRARIES + X11_LIBRARIES, ids=lambda each: each.package)
def test_a_missing_library_names_its_package_and_the_fix(library) -> None:
    (line,) = faults({"DISPLAY": ":0"}, library.file)
    assert line == f"missing system libraries {library.file}; run: sudo apt install -y {library.package}"


def test_all_missing_libraries_stand_in_one_line() -> None:
    (line,) = faults({"DISPLAY": ":0"}, "libGL.so.1", "libxcb-cursor.so.0")
    assert line.endswith("sudo apt install -y libgl1 libxcb-cursor0")


def test_off_screen_needs_neither_display_nor_x_libraries() -> None:
    assert faults({"QT_QPA_PLATFORM": "offscreen"}, "libxcb-cursor.so.0", answers=False) == ()


def test_no_display_is_told_with_a_way_out() -> None:
    (line,) = faults({})
    assert "DISPLAY" in line
    assert "xvfb-run" in line


def test_a_display_that_refuses_is_named() -> None:
    (line,) = faults({"DISPLAY": ":77"}, answers=False)
    assert "DISPLAY=:77" in line


@pytest.mark.parametrize(
    ("environ", "platform"),
    [
        ({}, "xcb"),
        ({"DISPLAY": ":0"}, "xcb"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "xcb"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, "wayland"),
        ({"QT_QPA_PLATFORM": "wayland-egl;xcb"}, "wayland"),
        ({"QT_QPA_PLATFORM": "xcb:noinput", "WAYLAND_DISPLAY": "wayland-0"}, "xcb"),
        ({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, "offscreen"),
    ],
)
def test_the_platform_is_chosen_as_qt_does(environ: dict[str, str], platform: str) -> None:
    assert chosen_platform(environ) == platform


def test_a_wayland_compositor_must_answer(tmp_path: Path) -> None:
    environ = {"WAYLAND_DISPLAY": "w", "XDG_RUNTIME_DIR": str(tmp_path)}
    (line,) = faults(environ)
    assert "WAYLAND_DISPLAY=w" in line
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as compositor:
        compositor.bind(str(tmp_path / "w"))
        compositor.listen()
        assert faults(environ) == ()


def test_other_systems_bring_what_they_need() -> None:
    assert window_faults({}, loader("libGL.so.1"), system="win32") == ()


def test_no_server_answers_at_an_unused_display() -> None:
    assert not x_display_answers(":6543")


@pytest.mark.window
def test_the_real_display_answers() -> None:
    assert x_display_answers(os.environ["DISPLAY"])


def test_a_window_is_refused_in_one_line() -> None:
    with pytest.raises(WindowUnavailable) as refused:
        require_window({"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":6543"})
    assert "\n" not in str(refused.value)
