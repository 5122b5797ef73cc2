"""Where a dialog stands that is to leave the chart in sight: at the window's right, over the alerts."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

_EDGE_PX, _TOP_PX = 12, 60


def place_beside(dialog: QDialog, window: QWidget) -> None:
    """Move a dialog to its window's right edge, as far as the screen allows."""
    frame = window.frameGeometry()
    left = frame.right() - dialog.width() - _EDGE_PX
    top = frame.top() + _TOP_PX
    screen = window.screen()
    if screen is not None:
        area = screen.availableGeometry()
        left = max(area.left(), min(left, area.right() - dialog.width()))
        top = max(area.top(), min(top, area.bottom() - dialog.height()))
    dialog.move(left, top)
