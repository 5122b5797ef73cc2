"""Looking up topics in the background. `Broker` answers when the test lets it."""

import threading

import pytest

from analytics.errors import FeedUnavailable
from app.topic_finder import LookupState, TopicFinder, TopicLookup
from feeds.kafka.vocabulary import TopicSummary

HERE, THERE = ("here:9092",), ("there:9092",)
TICKS = (TopicSummary("ticks.v1", 12, 3_000),)
OTHERS = (TopicSummary("others", 1, None),)
ANSWER_S = 5.0


class Broker:
    def __init__(self):
        self.answers = {HERE: TICKS, THERE: OTHERS}
        self.asked = []
        self.names = []
        self.silent = set()
        self.woken = threading.Event()

    def look(self, servers):
        self.asked.append(servers)
        self.names.append(threading.current_thread().name)
        if servers in self.silent:
            assert self.woken.wait(ANSWER_S)
        answer = self.answers[servers]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def broker():
    made = Broker()
    yield made
    made.woken.set()


@pytest.fixture
def finder(broker):
    made = TopicFinder(broker.look)
    yield made
    made.close()


def ended(finder):
    finder._thread.join(ANSWER_S)
    return finder.result


def test_before_anything_is_asked_there_is_no_result(finder):
    assert finder.result is None


def test_a_look_up_is_under_way_at_once_and_then_found_on_its_own_thread(finder, broker):
    broker.silent.add(HERE)
    finder.find(HERE)
    assert finder.result == TopicLookup(HERE, 1, LookupState.LOOKING)
    broker.woken.set()
    assert ended(finder) == TopicLookup(HERE, 1, LookupState.FOUND, TICKS)
    assert broker.names == ["tickdesk-topics"]


@pytest.mark.parametrize(
    "error", [FeedUnavailable("nothing answers\n  at here"), OSError("nothing answers at here")]
)
def test_a_failure_is_told_in_one_line(finder, broker, error):
    broker.answers[HERE] = error
    finder.find(HERE)
    assert ended(finder) == TopicLookup(HERE, 1, LookupState.FAILED, (), "nothing answers at here")


def test_a_mistake_of_our_own_ends_the_look_up_too_and_is_logged(finder, broker, caplog):
    broker.answers[HERE] = RuntimeError("a mistake")
    finder.find(HERE)
    assert ended(finder).state is LookupState.FAILED
    assert "log" in finder.result.fault
    assert "a mistake" in caplog.text


def test_a_newer_look_up_supersedes_one_that_still_waits_for_its_broker(finder, broker):
    broker.silent.add(HERE)
    finder.find(HERE)
    older = finder._thread
    finder.find(THERE)
    assert ended(finder).topics == OTHERS
    broker.woken.set()
    older.join(ANSWER_S)
    assert finder.result == TopicLookup(THERE, 2, LookupState.FOUND, OTHERS)


def test_asking_again_while_the_same_is_looked_up_starts_nothing(finder, broker):
    broker.silent.add(HERE)
    finder.find(HERE)
    finder.find(HERE)
    broker.woken.set()
    ended(finder)
    assert broker.asked == [HERE]


def test_asking_again_once_it_has_ended_looks_again(finder, broker):
    for _ in range(2):
        finder.find(HERE)
        ended(finder)
    assert finder.result.number == 2
    assert broker.asked == [HERE, HERE]


def test_closing_waits_for_no_broker_and_its_answer_counts_for_nothing(finder, broker):
    broker.silent.add(HERE)
    finder.find(HERE)
    thread = finder._thread
    finder.close()
    assert thread.is_alive()
    assert finder.result is None
    broker.woken.set()
    thread.join(ANSWER_S)
    assert finder.result is None


def test_a_closed_finder_looks_no_more(finder, broker):
    finder.close()
    finder.find(HERE)
    assert broker.asked == []
