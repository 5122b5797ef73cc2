import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.instruments import Instrument
from feeds.instruments import load_instruments
from feeds.simulator.grid import Grid

INSTRUMENTS: list[Instrument] = [load_instruments()[s] for s in ("NIFTY", "NIFTY-FUT", "TCS")]
PRICES = st.floats(1.0, 60_000.0)


@given(st.lists(st.tuples(PRICES, st.integers(0, 2)), min_size=1, max_size=30))
def test_prices_are_put_on_the_grid_just_below_and_above(asked: list[tuple[float, int]]) -> None:
    price = np.array([each for each, _ in asked])
    number = np.array([each for _, each in asked], np.int32)
    grid = Grid(INSTRUMENTS)
    down, up, nearest = grid.down(price, number), grid.up(price, number), grid.nearest(price, number)
    for at, each in enumerate(number):
        found = np.array([down[at], up[at], nearest[at]])
        assert not INSTRUMENTS[each].off_grid(found).any()
        step = INSTRUMENTS[each].tick_at(price[at])
        assert step is not None
        assert down[at] - 1e-6 <= price[at] <= up[at] + 1e-6
        assert up[at] - down[at] <= float(step) + 1e-6
        assert abs(nearest[at] - price[at]) <= float(step) / 2 + 1e-6


def test_a_grid_price_is_the_float_nearest_to_its_decimal() -> None:
    numbers = np.zeros(4, np.int32)
    found = Grid(INSTRUMENTS).nearest(np.array([24_850.049, 24_850.05, 0.149, 99_999.951]), numbers)
    assert found.tolist() == [24_850.05, 24_850.05, 0.15, 99_999.95]


def test_an_edge_between_two_steps_belongs_to_both() -> None:
    stock = np.array([2], np.int32)
    grid = Grid(INSTRUMENTS)
    assert grid.up(np.array([249.995]), stock)[0] == 250.0
    assert grid.down(np.array([250.04]), stock)[0] == 250.0
