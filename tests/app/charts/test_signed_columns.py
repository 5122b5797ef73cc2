from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.charts.scale import Scale
from app.charts.sheet import Strip
from app.charts.signed_columns import SignedColumns

SECOND = 1_000_000_000
WIDTH, HEIGHT = 60, 40
pytestmark = pytest.mark.usefixtures("qapp")


def painted(columns, parts=((0, WIDTH),), ratio=1.0):
    """Return +1 where what is above is painted, -1 for below, 0 for neither; a second is a column, 0 in the middle."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    columns.set_colours(QColor("#0000FF"), QColor("#FF0000"))
    scale = Scale(0, SECOND * ratio, -HEIGHT / 2, HEIGHT / 2, WIDTH / ratio, HEIGHT / ratio)
    with QPainter(image) as painter:
        for left, right in parts:
            painter.setClipRect(left, 0, right - left, HEIGHT)
            columns.paint_on(painter, Strip(left, right, HEIGHT, scale, SECOND, 0, ratio))
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(HEIGHT, WIDTH) & 0xFFFFFF
    return np.select([pixels == 0x0000FF, pixels == 0xFF0000], [1, -1], 0)


def test_columns_stand_above_and_below_the_baseline():
    columns = SignedColumns(0.0, held=False)
    columns.set_points(np.array([5.5, 20.5, 40.5]), np.array([10.0, -5.0, 3.0]))
    shown = painted(columns)
    assert (shown[10:20, 5] == 1).all()
    assert (shown == 1)[:, 5].sum() == 10
    assert (shown[20:25, 20] == -1).all()
    assert (shown == -1)[:, 20].sum() == 5
    assert (shown[:, 30:40] == 0).all()


def test_one_column_of_the_screen_reaches_to_both_extremes():
    columns = SignedColumns(0.0, held=False)
    columns.set_points(np.array([5.1, 5.2, 5.3, 5.9]), np.array([2.0, 10.0, -7.0, np.nan]))
    shown = painted(columns)
    assert (shown == 1)[:, 5].sum() == 10
    assert (shown == -1)[:, 5].sum() == 7


def test_columns_that_stand_alone_are_wider_and_never_touch():
    columns = SignedColumns(0.0, held=False)
    columns.set_points(np.array([5.5, 6.5, 9.5, 30.5, 31.5]), np.full(5, 9.0))
    row = painted(columns)[15]
    assert np.flatnonzero(row).tolist() == [5, 6, 7, 9, 10, 11, 30, 31]


def test_what_is_held_stands_until_the_next_value_or_a_break():
    columns = SignedColumns(0.0, held=True)
    x = np.array([5.5, 10.5, 20.5, 20.5, 30.5])
    columns.set_points(x, np.array([9.0, 9.0, np.nan, 9.0, 9.0]))
    row = painted(columns)[15]
    assert np.flatnonzero(row).tolist() == [*range(5, 11), *range(20, 31)]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_strips_together_are_the_whole(held, ratio):
    rng = np.random.default_rng(3)
    for _ in range(30):
        columns = SignedColumns(float(rng.integers(-3, 3)), held=held)
        x = np.cumsum(rng.exponential(rng.choice([0.2, 1.0, 4.0]), 80))
        y = np.where(rng.random(80) < 0.15, np.nan, rng.normal(0, 8, 80))
        columns.set_points(x, y)
        edges = [0, *sorted(set(rng.integers(1, WIDTH, 6).tolist())), WIDTH]
        parts = list(pairwise(edges))
        assert np.array_equal(painted(columns, parts, ratio), painted(columns, ratio=ratio))


def test_without_values_nothing_is_painted():
    columns = SignedColumns(0.0, held=True)
    assert not painted(columns).any()
    columns.set_points(np.array([1.0, 2.0]), np.array([np.nan, np.nan]))
    assert not painted(columns).any()
