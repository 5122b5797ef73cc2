"""Pens, colours and fonts of the charts, made from a theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPen

AXIS_PX = 11
"""Text height of axes, tags and the read-out."""
DASHES = (4.0, 3.0)
DOTS = (1.0, 3.0)


def pen(colour: str | QColor, dashes: tuple[float, ...] = (), alpha: float = 1.0) -> QPen:
    """Return a pen of exactly one device-independent pixel: antialiased, that costs nothing extra."""
    ink = QColor(colour)
    ink.setAlphaF(alpha)
    made = QPen(ink, 1.0)
    made.setCosmetic(True)
    if dashes:
        made.setStyle(Qt.PenStyle.CustomDashLine)
        made.setDashPattern(list(dashes))
        made.setCapStyle(Qt.PenCapStyle.FlatCap)
    return made


def blend(colour: str, over: str, share: float) -> QColor:
    """Return `colour` laid over another at a share of 0 to 1, opaque: it paints faster than a translucent one."""
    top, ground = QColor(colour), QColor(over)
    return QColor.fromRgbF(
        *(
            a * share + b * (1.0 - share)
            for a, b in zip(top.getRgbF()[:3], ground.getRgbF()[:3], strict=True)  # type: ignore[index]
        )
    )


def film(colour: str, over: str, share: float) -> QColor:
    """Return a translucent colour that makes of `over` what `blend` makes, to the last bit; what else lies under
    it stays to be seen.
    """
    alpha, wanted, ground = round(share * 255), blend(colour, over, share), QColor(over)
    added = [
        max(whole - round(under * (255 - alpha) / 255), 0)
        for whole, under in (
            (wanted.red(), ground.red()),
            (wanted.green(), ground.green()),
            (wanted.blue(), ground.blue()),
        )
    ]
    red, green, blue = (min(round(each * 255 / alpha), 255) for each in added)
    return QColor(red, green, blue, alpha)


def figures(font: QFont, size_px: int = AXIS_PX) -> QFont:
    """Return a font whose digits are all of one width."""
    made = QFont(font)
    made.setPixelSize(size_px)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
