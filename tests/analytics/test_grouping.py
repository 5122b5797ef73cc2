"""Rows by their code: every way in which they are put together is the same as looking at each."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.grouping import by_code, grouped, in_stretches

LENGTHS = (0, 1, 2, 63, 64, 65, 3_000)
CODES = [(0, 1), (-1, 4), (0, 300), (-2, 70_000)]  # from, to: one code, few, many, more than 16 bits hold


def drawn(length: int, low: int, high: int) -> np.ndarray:
    return np.random.default_rng(length).integers(low, high, length).astype(np.int32)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("low", "high"), CODES)
def test_each_code_has_its_places_ascending(length: int, low: int, high: int) -> None:
    codes = drawn(length, low, high)
    found = {code: places.tolist() for code, places in grouped(codes)}
    assert list(found) == sorted(set(codes.tolist()))
    assert all(places == np.flatnonzero(codes == code).tolist() for code, places in found.items())


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("sorts", [True, False])
def test_what_is_put_together_comes_apart_as_it_was(length: int, sorts: bool) -> None:
    codes = drawn(length, 0, 5)
    column = np.arange(length) * 10
    groups = by_code(codes) if sorts else in_stretches(codes)
    together = groups.together(column)
    assert groups.apart(together).tolist() == column.tolist()
    for code, mine in groups.slices:
        assert (groups.together(codes)[mine] == code).all()
        assert together[mine].tolist() == (groups.places(mine) * 10).tolist()
        assert groups.place(mine.start) == groups.places(mine)[0]


def test_rows_at_some_places_are_grouped_by_where_they_stand() -> None:
    groups = by_code(np.array([2, 1, 2]), np.array([10, 20, 30]))
    assert [(code, groups.places(mine).tolist()) for code, mine in groups.slices] == [
        (1, [20]),
        (2, [10, 30]),
    ]


def test_long_stretches_stay_where_they_stand_and_mixed_rows_are_sorted() -> None:
    stretches = in_stretches(np.repeat([0, 1, 0], 1_000))
    assert stretches.order is None
    assert [code for code, _ in stretches.slices] == [0, 1, 0]
    mixed = in_stretches(np.tile([0, 1], 1_000))
    assert [code for code, _ in mixed.slices] == [0, 1]


@pytest.mark.parametrize(("values", "expected"), [([1, 2, 1, 2], True), ([1, 2, 2, 1], False)])
def test_values_rise_where_they_do_inside_every_group(values: list[int], expected: bool) -> None:
    groups = by_code(np.array([0, 0, 1, 1]))
    column = np.array(values)
    assert groups.all_rise(column[1:] >= column[:-1]) is expected
