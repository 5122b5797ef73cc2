import threading

from analytics.errors import TapeError
from app.viewmodels.latest import Latest
from feeds.reading import OpeningCancelled
from tests.builders.waiting import wait_until


def test_the_newest_question_is_answered_and_the_one_before_is_given_up():
    latest: Latest[str] = Latest("tickdesk-test")
    go, ended = threading.Event(), threading.Event()

    def slow(cancelled):
        go.wait(10)
        ended.set()
        if cancelled():
            raise OpeningCancelled("given up")
        return "old"

    first = latest.ask(slow)
    second = latest.ask(lambda _cancelled: "new")
    wait_until(lambda: not latest.answer.is_awaited, "the answer comes")
    go.set()
    assert ended.wait(10)
    assert (latest.answer.number, latest.answer.value) == (second, "new")
    assert first < second
    latest.close()
    assert latest.answer is None


def test_what_went_wrong_is_the_answer_in_one_line(caplog):
    latest: Latest[str] = Latest("tickdesk-test")
    for error, words in (
        (TapeError("a.csv:\n damaged"), "a.csv: damaged"),
        (ValueError("x"), "the log tells it"),
    ):

        def fail(_cancelled, error=error):
            raise error

        latest.ask(fail)
        wait_until(lambda: not latest.answer.is_awaited, "the answer comes")
        assert words in latest.answer.fault
    assert "tickdesk-test failed" in caplog.text
    latest.close()
