"""Panels are tested with the pointer elsewhere: a table under it stands still, wherever the test before left it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QCursor
from pytestqt.qtbot import QtBot

ELSEWHERE = (5_000, 5_000)


@pytest.fixture(autouse=True)
def pointer_elsewhere(qtbot: QtBot) -> None:
    QCursor.setPos(*ELSEWHERE)
