from __future__ import annotations

from app.charts.paced import Paced


def test_the_first_of_a_frame_is_told_at_once_and_of_the_rest_the_last_at_the_next():
    told = []
    paced = Paced(told.append, None)
    for value in (1, 2, 3):
        paced.offer(value)
    assert told == [1]
    paced.next_frame()
    assert told == [1, 3]
    paced.offer(4)
    assert told == [1, 3]
    paced.next_frame()
    paced.next_frame()
    assert told == [1, 3, 4]


def test_what_is_known_is_not_told_again():
    told = []
    paced = Paced(told.append, 0)
    paced.offer(0)
    paced.offer(1)
    paced.next_frame()
    paced.offer(1)
    assert told == [1]


def test_what_is_forgotten_is_told_no_more():
    told = []
    paced = Paced(told.append, 0)
    paced.offer(1)
    paced.offer(2)
    paced.forget(5)
    paced.next_frame()
    paced.offer(5)
    assert told == [1]
