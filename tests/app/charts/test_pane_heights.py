from __future__ import annotations

import pytest

from app.charts.pane_heights import BETWEEN_PANES, LEAST_PANE, share_height


@pytest.mark.parametrize("height", [40, 120, 260, 400, 520, 700, 1_000, 1_400])
@pytest.mark.parametrize("lower", [0, 1, 2, 3, 5, 9])
@pytest.mark.parametrize("has_volume", [True, False])
def test_all_of_a_height_is_shared_and_the_price_keeps_its_part(height, lower, has_volume):
    shared = share_height(height, has_volume=has_volume, lower=lower)
    used = shared.price + shared.volume + shared.lower_count * (shared.lower + BETWEEN_PANES)
    assert used == pytest.approx(height, abs=1)
    assert (shared.volume > 0) == has_volume
    assert shared.lower_count <= lower
    if shared.lower_count:
        assert shared.price >= 0.44 * height
        assert shared.lower >= LEAST_PANE


def test_panes_below_take_nothing_where_there_are_none():
    assert share_height(544, has_volume=True, lower=0).price == 453
    assert share_height(544, has_volume=False, lower=0).price == 544


def test_the_volume_gives_way_before_a_pane_is_left_out():
    tight = share_height(480, has_volume=True, lower=4)
    assert tight.lower_count == 4
    assert LEAST_PANE <= tight.volume < share_height(480, has_volume=True, lower=0).volume


def test_in_a_low_window_the_last_panes_are_left_out():
    counts = [share_height(height, has_volume=True, lower=4).lower_count for height in range(100, 800, 20)]
    assert counts[0] == 0
    assert counts[-1] == 4
    assert counts == sorted(counts)
    assert {1, 2, 3} <= set(counts)
