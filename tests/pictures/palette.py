"""A picture in 256 colours: to the eye the same, at a third of the size."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

COLOURS = 256


def in_few_colours(image: QImage) -> QImage:
    """Return an image in its own 256 colours: each next one is that which the others stand in for worst.

    Equal images become equal ones.
    """
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = rgb.width(), rgb.height()
    pixels = np.frombuffer(rgb.constBits(), np.uint32).reshape(height, -1)[:, :width]
    colours, place, count = np.unique(pixels, return_inverse=True, return_counts=True)
    parts = np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], axis=-1).astype(np.int64)
    nearest = np.zeros(len(colours), np.uint8)
    chosen = [int(count.argmax())]
    error = ((parts - parts[chosen[0]]) ** 2).sum(axis=-1)
    while len(chosen) < min(COLOURS, len(colours)):
        worst = int((error * count).argmax())
        apart = ((parts - parts[worst]) ** 2).sum(axis=-1)
        nearest[apart < error] = len(chosen)
        error = np.minimum(error, apart)
        chosen.append(worst)
    rows = np.zeros((height, -(-width // 4) * 4), np.uint8)  # Qt wants rows of whole words
    rows[:, :width] = nearest[place.reshape(height, width)]
    made = QImage(rows.data, width, height, rows.shape[1], QImage.Format.Format_Indexed8)
    made.setColorTable([int(each) for each in colours[chosen]])
    return made.copy()
