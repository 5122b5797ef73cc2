"""What journeys over a real display share."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def display(window_environ: dict[str, str]) -> dict[str, str]:
    """Return the environment of a program on the real display, in another zone and without a language."""
    if shutil.which("xdotool") is None:
        pytest.skip("needs xdotool")
    return {**window_environ, "TZ": "America/Los_Angeles", "LANG": "C", "TICKDESK_BEEP": "false"}
