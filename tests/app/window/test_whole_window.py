"""The whole window: nothing is cut off at any scale, and the keyboard alone reaches all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme import DARK, HIGH_CONTRAST, LIGHT
from tests.app.window.walk import CONTROLS, at_size, cut_off, filled, shown

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def window(desk, qtbot):
    made = filled(desk)
    qtbot.addWidget(made)
    at_size(made, 1280, 720)
    return made


@pytest.mark.parametrize("scale", ["1", "1.5", "2"])
def test_nothing_is_cut_off_at_any_scale(scale):
    environ = os.environ | {"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.app.window.walk", "1280x720", "1000x640"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(ended.stdout) == []


def test_the_walk_tells_what_is_cut_off(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(400, 200)
    column = QVBoxLayout(page)
    column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
    whole, narrow, hanging = QLabel("whole"), QLabel("a text that is much too long"), QPushButton("out", page)
    narrow.setFixedWidth(40)
    column.addWidget(whole)
    column.addWidget(narrow)
    hanging.setGeometry(380, 10, 60, 24)
    page.show()
    told = list(cut_off(page))
    assert "much too long" in told[0]
    assert all("'out'" in each or " out " in each for each in told[1:])
    assert any("are seen" in each for each in told[1:])


@pytest.mark.parametrize("page", [None, "replay", "events", "trades"])
def test_every_control_has_a_name(window, page):
    window.parts.bottom.unfold(page)
    at_size(window, 1280, 720)
    nameless = [
        f"{type(control).__name__} {control.objectName()} in {type(control.parent()).__name__}"
        for control in shown(window, CONTROLS)
        if not QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
    ]
    assert nameless == []


@pytest.mark.parametrize("page", [None, "replay", "events", "trades"])
def test_tab_reaches_every_control(window, qtbot, page):
    window.parts.bottom.unfold(page)
    at_size(window, 1280, 720)
    window.parts.chart.setFocus()
    reached: set[QWidget] = set()
    while (focused := QApplication.focusWidget()) not in reached:
        reached.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    missed = [
        f"{type(control).__name__} {control.accessibleName()}"
        for control in shown(window, CONTROLS)
        if control.isEnabled()
        and control.focusPolicy() != Qt.FocusPolicy.NoFocus
        and control not in reached
        and not _shares_a_stop(control, reached)
    ]
    assert missed == []
    unreachable = [
        f"{type(control).__name__} {control.accessibleName()}"
        for control in shown(window, CONTROLS)
        if control.focusPolicy() == Qt.FocusPolicy.NoFocus
    ]
    assert unreachable == []


@pytest.mark.parametrize("theme", [LIGHT, HIGH_CONTRAST], ids=["light", "high contrast"])
def test_a_theme_recolours_all(window, theme):
    """Look for grounds and texts of the theme before, on every page; what blends two colours is not told."""
    old = {getattr(DARK, name) for name in ("window", "panel", "raised", "line", "text", "dim", "faint")}
    window.front.open_palette()
    window.parts.side.performance.show()
    window.parts.charts.set_count(2)
    for page in ("replay", "events", "trades"):
        window.set_theme(DARK)
        window.parts.bottom.unfold(page)
        at_size(window, 1280, 720)
        assert old & colours(window)
        window.set_theme(theme)
        at_size(window, 1280, 720)
        left = {name: count for name, count in Counter(painted(window)).items() if name in old}
        assert left == {}, page
        assert {theme.window, theme.panel, theme.text} <= colours(window)


def painted(window: QWidget) -> list[str]:
    """Return the colour of every pixel, as ``#RRGGBB``."""
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint32) & 0xFFFFFF
    names = {int(value): f"#{int(value):06X}" for value in np.unique(pixels)}
    return [names[int(value)] for value in pixels]


def colours(window: QWidget) -> set[str]:
    return set(painted(window))


def _shares_a_stop(control: QWidget, reached: set[QWidget]) -> bool:
    """Return whether arrows lead to a control from another of its group: such a group has one stop."""
    group = getattr(control, "group", lambda: None)()
    return group is not None and group.exclusive() and any(each in reached for each in group.buttons())
