"""Dialog buttons speak by their text."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialogButtonBox


def without_icons(buttons: QDialogButtonBox) -> None:
    """Take the platform's pictures off a dialog's buttons: their colours mean nothing here."""
    for button in buttons.buttons():
        button.setIcon(QIcon())
