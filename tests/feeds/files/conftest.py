"""Opens what a test wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.address import FileAddress, parse_address
from feeds.files import Reading, Recording, open_recording

Open = Callable[..., Recording]


@pytest.fixture
def opened() -> Open:
    """Return a function that opens an address, or a path with options behind it."""

    def open_it(where: Path | str, options: str = "", zone: str | None = None, **more: object) -> Recording:
        address = parse_address(f"file:{where}{options}")
        assert isinstance(address, FileAddress)
        more.setdefault("zone_of", lambda symbol: "UTC")
        return open_recording(address, Reading(zone, **more))  # type: ignore[arg-type]

    return open_it


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a CSV file of these lines."""

    def write(*lines: str | bytes, name: str = "ticks.csv", end: bytes = b"\n") -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in lines))
        return path

    return write
