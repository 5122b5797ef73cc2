"""Colours: what can be read, what can be told apart, and by whom."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import app
import resources
from app.stylesheet import desk_stylesheet
from app.theme import DARK, HIGH_CONTRAST, LIGHT, THEMES, Theme

EVERY_THEME = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
INKS = ("text", "dim", "up", "down", "vwap", "vwap_second", "alert", "replay", "live", "warning", "price")
GROUNDS = ("window", "panel", "raised")
FILLS = ("up", "down", "vwap", "vwap_second", "alert", "replay", "live", "warning", "price")
CURVES = ("price", "vwap", "vwap_second", "up", "down", "alert")
LEAST_APART = 20.0
"""CIE76 distance; neighbours on a colour circle of twelve stand about this far apart."""

# Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB
SEEN_BY = {
    "trichromats": np.eye(3),
    "protanopes": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopes": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopes": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(TO_XYZ[1] @ linear(each)) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, seen_by: str) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(SEEN_BY[seen_by] @ linear(colour), 0, 1) / (TO_XYZ @ np.ones(3))
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21, abs=0.01)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@EVERY_THEME
def test_every_text_can_be_read_on_every_ground(theme: Theme) -> None:
    least = 7.0 if theme is HIGH_CONTRAST else 4.5
    pairs = [(ink, ground) for ink in INKS for ground in GROUNDS]
    pairs += [("on_accent", fill) for fill in FILLS] + [("text", "pressed")]
    faint = {
        f"{ink} on {ground}": round(contrast(getattr(theme, ink), getattr(theme, ground)), 2)
        for ink, ground in pairs
    }
    assert {name: ratio for name, ratio in faint.items() if ratio < least} == {}


@EVERY_THEME
def test_what_is_disabled_is_dimmer_and_still_seen(theme: Theme) -> None:
    least = 4.5 if theme is HIGH_CONTRAST else 3.0
    for ground in GROUNDS:
        of_faint, of_dim = (contrast(each, getattr(theme, ground)) for each in (theme.faint, theme.dim))
        assert least <= of_faint < of_dim, ground


@EVERY_THEME
def test_every_curve_stands_off_its_ground(theme: Theme) -> None:
    least = 4.5 if theme is HIGH_CONTRAST else 3.0
    colours = (*(getattr(theme, name) for name in CURVES), *theme.palette)
    assert min(contrast(colour, theme.window) for colour in colours) >= least


@EVERY_THEME
@pytest.mark.parametrize("seen_by", SEEN_BY)
def test_the_six_curve_colours_are_told_apart_by_all_eyes(theme: Theme, seen_by: str) -> None:
    assert len(theme.palette) == 6
    seen = [lab(colour, seen_by) for colour in theme.palette]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) >= LEAST_APART


def test_the_measure_of_eyes_tells_a_palette_that_the_colour_blind_cannot_read() -> None:
    red, green = lab("#D62728", "deuteranopes"), lab("#6E7E12", "deuteranopes")
    assert np.linalg.norm(red - green) < LEAST_APART
    assert np.linalg.norm(lab("#D62728", "trichromats") - lab("#6E7E12", "trichromats")) > LEAST_APART


@EVERY_THEME
@pytest.mark.parametrize("seen_by", SEEN_BY)
def test_the_curves_of_every_chart_are_told_apart_by_all_eyes(theme: Theme, seen_by: str) -> None:
    seen = [lab(colour, seen_by) for colour in (theme.price, theme.vwap, theme.vwap_second)]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) >= 10.0


def test_up_and_down_differ_for_all_eyes() -> None:
    for theme in (DARK, LIGHT, HIGH_CONTRAST):
        for seen_by in SEEN_BY:
            assert np.linalg.norm(lab(theme.up, seen_by) - lab(theme.down, seen_by)) >= LEAST_APART


def test_no_colour_is_written_outside_the_themes() -> None:
    written = re.compile(r"""["']#(?:[0-9A-Fa-f]{3}){1,2}["']""")
    root = Path(app.__file__).parent
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in sorted(root.rglob("*.py"))
        if path.name != "theme.py"
        for match in written.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert re.findall(r"#[0-9A-Fa-f]{6}\b", _resource("desk.qss")) == []


@EVERY_THEME
def test_the_style_sheet_and_its_icons_are_of_the_theme(theme: Theme) -> None:
    sheet = desk_stylesheet(theme)
    assert "$" not in sheet
    named = re.findall(r'url\("(?P<path>[^"]+)"\)', sheet)
    assert named
    for path in named:
        strokes = re.findall(r'stroke="(#[0-9A-Fa-f]{6})"', Path(path).read_text(encoding="utf-8"))
        assert strokes == [theme.dim], path


def _resource(name: str) -> str:
    return (Path(resources.__file__).parent / name).read_text(encoding="utf-8")
