"""A screen to paint on: the one that is there, else a virtual one of our own, else none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SIZE = "1920x1200x24"
_GIVE_UP_S = 10.0


@dataclass(frozen=True, slots=True)
class Screen:
    """What it is called in a row, and the environment in which a program paints on it."""

    name: str
    environment: dict[str, str]


@contextmanager
def screen() -> Iterator[Screen]:
    """Give the screen of DISPLAY, else one of an Xvfb that lives as long as this, else Qt's off-screen platform."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    if os.environ.get("DISPLAY"):
        yield Screen("xcb", environment)
        return
    if shutil.which("Xvfb") is None:
        yield Screen("offscreen", {**environment, "QT_QPA_PLATFORM": "offscreen"})
        return
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", _SIZE, "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()  # empty where it ended instead
        if not number:
            raise SystemExit(f"Xvfb ended at once with exit code {server.wait(_GIVE_UP_S)}")
        yield Screen("Xvfb", {**environment, "DISPLAY": f":{number}"})
    finally:
        server.terminate()
        server.wait(_GIVE_UP_S)
