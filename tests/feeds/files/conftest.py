"""Opens what a test wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.address import FileAddress, parse_address
from feeds.files import Recording, open_recording

Open = Callable[..., Recording]


@pytest.fixture
def opened() -> Open:
    """Return a function that opens an address, or a path with options behind it."""

    def open_it(where: Path | str, options: str = "", zone: str | None = None, **more: object) -> Recording:
        address = parse_address(f"file:{where}{options}")
        assert isinstance(address, FileAddress)
        more.setdefault("calendar_zone_of", lambda symbol: "UTC")
        return open_recording(address, zone=zone, **more)  # type: ignore[arg-type]

    return open_it


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a CSV file of these lines."""

    def write(*lines: str | bytes, name: str = "ticks.csv", end: bytes = b"\n") -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in lines))
        return path

    return write


@pytest.fixture
def recorded() -> Path:
    """Return the folder of recorded files, or skip where it is absent."""
    folder = Path(os.environ.get("TICKDESK_TEST_DATA", "../shared/data"))
    if not folder.is_absolute():
        folder = Path(__file__).parents[3] / folder
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"no recorded files at {folder}")
        pytest.skip(f"no recorded files at {folder}; set TICKDESK_TEST_DATA")
    return folder
