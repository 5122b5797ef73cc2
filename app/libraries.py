"""What a window needs from the system, looked for before Qt is touched.

Qt aborts the process where a library of its display plugin or the display itself is missing, which
Python cannot catch. So the libraries are loaded by ctypes first and the display is asked for an answer;
what is missing becomes one line that names the Debian package. Nothing here imports Qt.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import TickdeskError

Load = Callable[[str], object]
"""Loads a shared library by its name, or raises OSError."""
Answers = Callable[[str], bool]
"""Tells whether the display of this name takes a connection."""


class WindowUnavailable(TickdeskError):
    """A window cannot start here: a system library or the display is missing."""


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library, and the Debian package that brings it."""

    file: str
    package: str


QT_LIBRARIES = (
    Library("libglib-2.0.so.0", "libglib2.0-0"),
    Library("libEGL.so.1", "libegl1"),
    Library("libGL.so.1", "libgl1"),
    Library("libdbus-1.so.3", "libdbus-1-3"),
    Library("libfontconfig.so.1", "libfontconfig1"),
    Library("libxkbcommon.so.0", "libxkbcommon0"),
)
"""What importing Qt and painting off screen needs."""
X11_LIBRARIES = (
    Library("libxcb-cursor.so.0", "libxcb-cursor0"),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Library("libxcb-shape.so.0", "libxcb-shape0"),
    Library("libX11-xcb.so.1", "libx11-xcb1"),
)
"""What a window on an X display needs besides."""
WAYLAND_LIBRARIES = (
    Library("libwayland-client.so.0", "libwayland-client0"),
    Library("libwayland-cursor.so.0", "libwayland-cursor0"),
)
"""What a window on a Wayland display needs besides."""

_NO_DISPLAY_FIX = "start it in a desktop session or under xvfb-run"


def missing_libraries(libraries: tuple[Library, ...], load: Load = ctypes.CDLL) -> tuple[Library, ...]:
    """Return those of `libraries` that do not load here."""
    return tuple(each for each in libraries if not _loads(each.file, load))


def chosen_platform(environ: Mapping[str, str] = os.environ) -> str:
    """Return the Qt platform that a window would use: ``offscreen``, ``xcb``, ``wayland``, ….

    As Qt does: QT_QPA_PLATFORM (its first entry, without options), else Wayland in a Wayland session or
    where no X display is named, else X.
    """
    asked = environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if asked:
        return "wayland" if asked.startswith("wayland") else asked
    if environ.get("WAYLAND_DISPLAY") and (
        environ.get("XDG_SESSION_TYPE") == "wayland" or not environ.get("DISPLAY")
    ):
        return "wayland"
    return "xcb"


def window_faults(
    environ: Mapping[str, str] = os.environ,
    load: Load = ctypes.CDLL,
    x_answers: Answers | None = None,
    system: str = sys.platform,
) -> tuple[str, ...]:
    """Return why a window cannot start here, one line a reason with its fix; empty where it can.

    Only Linux is looked at: elsewhere Qt brings what it needs.
    """
    if not system.startswith("linux"):
        return ()
    platform = chosen_platform(environ)
    needed = {"xcb": X11_LIBRARIES, "wayland": WAYLAND_LIBRARIES}.get(platform, ())
    missing = missing_libraries(QT_LIBRARIES + needed, load)
    faults = []
    if missing:
        names = ", ".join(each.file for each in missing)
        packages = " ".join(each.package for each in missing)
        faults.append(f"missing system libraries {names}; run: sudo apt install -y {packages}")
    fault = _display_fault(platform, environ, x_answers or x_display_answers)
    if fault is not None:
        faults.append(fault)
    return tuple(faults)


def require_window(environ: Mapping[str, str] = os.environ) -> None:
    """Raise WindowUnavailable with one line where a window cannot start here."""
    faults = window_faults(environ)
    if faults:
        raise WindowUnavailable("; ".join(faults))


def x_display_answers(display: str) -> bool:
    """Return whether an X server answers at a display such as ``:0`` and lets us in."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    refused = xcb.xcb_connection_has_error(connection) != 0
    xcb.xcb_disconnect(connection)
    return not refused


def _loads(file: str, load: Load) -> bool:
    try:
        load(file)
    except OSError:
        return False
    return True


def _display_fault(platform: str, environ: Mapping[str, str], x_answers: Answers) -> str | None:
    if platform == "xcb":
        display = environ.get("DISPLAY", "")
        if not display:
            return f"no display: DISPLAY and WAYLAND_DISPLAY are not set; {_NO_DISPLAY_FIX}"
        if not x_answers(display):
            return f"no X server lets us in at DISPLAY={display}; {_NO_DISPLAY_FIX}"
    if platform == "wayland":
        name = environ.get("WAYLAND_DISPLAY", "wayland-0")
        if not _wayland_answers(Path(environ.get("XDG_RUNTIME_DIR", "/")) / name):
            return f"no Wayland compositor answers at WAYLAND_DISPLAY={name}; {_NO_DISPLAY_FIX}"
    return None


def _wayland_answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
