"""Every state in every theme looks as its picture in the gallery does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.pictures.scenes import GALLERY, INDEX, MADE_WITH, index_page, picture_name, pictures

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / GALLERY
NAMES = [picture_name(*each) for each in pictures()]
BLOCK_PX, ALIKE, FEW = 16, 40.0, 0.05
"""Of another font or Qt: of all squares so few may differ by more than so much of 255."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the gallery anew, by its own command."""
    folder = tmp_path_factory.mktemp("pictures")
    line = [sys.executable, "-W", "ignore", "-m", "tests.pictures.make", "--to", str(folder)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def told(folder: Path) -> dict[str, str]:
    return json.loads((folder / MADE_WITH).read_text())


def pixels(image: QImage) -> np.ndarray:
    """Return an image as (height, width, 3) of 0 to 255."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(rgb.constBits(), np.uint8)
    return flat.reshape(rgb.height(), rgb.bytesPerLine() // 4, 4)[:, : rgb.width(), :3].astype(np.int64)


def blocks(image: QImage) -> np.ndarray:
    """Return the mean colours of squares of some pixels: where things stand, whatever letters look like."""
    found = pixels(image)
    high, wide = (length // BLOCK_PX * BLOCK_PX for length in found.shape[:2])
    parts = found[:high, :wide].reshape(high // BLOCK_PX, BLOCK_PX, wide // BLOCK_PX, BLOCK_PX, 3)
    return parts.mean(axis=(1, 3))


def test_the_gallery_holds_each_state_in_each_theme_and_nothing_else() -> None:
    assert {path.name for path in KEPT.iterdir()} == {*NAMES, MADE_WITH, INDEX}


def test_the_gallery_is_told_of_by_its_page() -> None:
    page = (KEPT / INDEX).read_text(encoding="utf-8")
    assert page == index_page()


@pytest.mark.parametrize("name", NAMES)
def test_a_state_looks_as_in_the_gallery(made: Path, name: str) -> None:
    """With the Qt and the font of the gallery to the pixel; with others by its size, and where things stand."""
    kept, fresh = QImage(str(KEPT / name)), QImage(str(made / name))
    assert not kept.isNull()
    assert fresh.size() == kept.size()
    if told(made) == told(KEPT):
        differ = int((pixels(kept) != pixels(fresh)).any(axis=2).sum())
        assert differ == 0, f"{differ} pixels of {made / name} are others"
    else:
        apart = np.abs(blocks(kept) - blocks(fresh)).max(axis=2) > ALIKE
        assert apart.mean() < FEW, f"{made / name} is laid out otherwise"
