"""Makes the gallery: a picture of every state in every theme, ``python -m tests.pictures.make --to FOLDER``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_SCALE_FACTOR", None)

from PySide6.QtCore import qVersion
from PySide6.QtGui import QPixmap, QRawFont
from PySide6.QtWidgets import QApplication

from app.stylesheet import desk_font
from app.theme import Theme
from tests.pictures.market import write_market
from tests.pictures.palette import in_few_colours
from tests.pictures.scenes import INDEX, MADE_WITH, Scene, index_page, picture_name, pictures
from tests.pictures.stage import a_stage

_SMALLEST = 0
_CHANGED_S = 1_795_170_600  # when the recording says that it was changed: 2026-11-20 16:00 IST


def made_with() -> dict[str, str]:
    """Return what a picture depends on besides the program."""
    raw = QRawFont.fromFont(desk_font())
    head = bytes(raw.fontTable("head").data())  # begins with the font's revision and the checksum of its file
    return {"qt": qVersion() or "", "font": raw.familyName(), "font_head": head[:12].hex()}


def picture(scene: Scene, theme: Theme, size: tuple[int, int], recording: Path, home: Path) -> QPixmap:
    """Return the picture of one scene."""
    with a_stage(recording, home, theme, size, first_start=scene.first_start) as stage:
        return scene.show(stage)


def write_picture(made: QPixmap, path: Path) -> None:
    """Write a picture. Raises OSError."""
    if not in_few_colours(made.toImage()).save(str(path), "PNG", _SMALLEST):
        raise OSError(f"{path}: the picture cannot be written")


@contextmanager
def a_folder() -> Iterator[Path]:
    """Make a folder whose name is always the same, since pictures show it; two runs at once are refused."""
    folder = Path(tempfile.gettempdir()) / "tickdesk"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Make the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="the folder of the pictures")
    parser.add_argument("--theme", action="append", default=[], help="this theme only")
    parser.add_argument("scene", nargs="*", help="these scenes only")
    asked = parser.parse_args()
    application = QApplication(["tickdesk"])
    asked.to.mkdir(parents=True, exist_ok=True)
    with a_folder() as folder:
        recording = folder / "ticks" / "nifty-2026-11-20.parquet"
        recording.parent.mkdir()
        write_market(recording)
        os.utime(recording, (_CHANGED_S, _CHANGED_S))
        for scene, theme, size in pictures():
            if (asked.scene and scene.name not in asked.scene) or (
                asked.theme and theme.name not in asked.theme
            ):
                continue
            home = folder / "home"
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            made = picture(scene, theme, size, recording, home)
            write_picture(made, asked.to / picture_name(scene, theme, size))
    (asked.to / MADE_WITH).write_text(json.dumps(made_with(), indent=1) + "\n")
    (asked.to / INDEX).write_text(index_page(), encoding="utf-8")
    application.quit()


if __name__ == "__main__":
    main()
