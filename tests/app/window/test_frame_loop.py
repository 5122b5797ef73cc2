"""The beats of the window: what is pulled at each, and what lets a busy beat pass."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QObject

from app.window.frame_loop import FrameLoop, Pulls
from feeds.clock import ManualClock

BEATS_S = 60


@dataclass
class Pulled:
    """Notes each beat's pulls; `paints` says whether the chart paints at the beat of that number."""

    paints: object
    beats: list[list[str]] = field(default_factory=list)

    def frame(self):
        self.beats.append([])
        painted = self.paints(len(self.beats) - 1)
        if painted:
            self.beats[-1].append("painted")
        return painted

    def note(self, name):
        return lambda: self.beats[-1].append(name)

    def count(self, name):
        return sum(name in beat for beat in self.beats)


@pytest.fixture
def beaten(qtbot):
    def beat(paints, seconds=10, every_s=1 / BEATS_S):
        clock, owner, pulled = ManualClock(), QObject(), Pulled(paints)
        clock.advance(1.0)
        pulls = Pulls(pulled.frame, pulled.note("tables"), pulled.note("figures"))
        loop = FrameLoop(pulls, clock, owner)
        for _ in range(round(seconds / every_s)):
            clock.advance(every_s)
            loop.beat()
        return pulled

    return beat


def test_the_first_beat_pulls_everything_though_the_chart_painted(beaten):
    pulled = beaten(lambda _n: True, seconds=1 / BEATS_S)
    assert pulled.beats == [["painted", "tables", "figures"]]


def test_tables_and_figures_let_a_beat_pass_that_painted(beaten):
    pulled = beaten(lambda n: n % 2 == 0)
    together = [beat for beat in pulled.beats[1:] if len(beat) > 1]
    assert together == []


@pytest.mark.parametrize("paints", [lambda _n: False, lambda n: n % 2 == 0, lambda _n: True])
def test_tables_are_pulled_ten_times_a_second_and_figures_twice_however_often_the_chart_paints(
    beaten, paints
):
    pulled = beaten(paints, seconds=10)
    assert 97 <= pulled.count("tables") <= 103
    assert 19 <= pulled.count("figures") <= 22


def test_slow_beats_starve_nothing(beaten):
    pulled = beaten(lambda _n: True, seconds=10, every_s=0.2)
    assert pulled.count("tables") == len(pulled.beats)
    assert 15 <= pulled.count("figures") <= 22


def test_what_a_standstill_missed_is_not_made_up_for(beaten):
    pulled = beaten(lambda _n: False, seconds=9, every_s=3.0)
    assert pulled.beats == [["tables", "figures"]] * 3
