import pytest

from app.panels.banner import Banner
from app.viewmodels.feed_face import Choice
from app.window.feed_choices import FeedChoices
from app.window.notices import Notices
from feeds.source import FeedState, FeedStatus

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def banner(qtbot):
    made = Banner()
    qtbot.addWidget(made)
    made.resize(740, 40)
    made.show()
    return made


@pytest.fixture
def feeds(desk, banner):
    made = FeedChoices(desk, desk.clock, None, banner)
    yield made
    made.close()


@pytest.fixture
def notices(desk, banner, feeds):
    desk.go_live("SBIN")
    return Notices(desk, banner, feeds, desk.clock)


def test_a_file_that_could_not_be_opened_can_be_looked_at(desk, banner, feeds, notices, qtbot, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text("a,b\n1,2\n")
    feeds.last_address = str(path)
    desk.open_fault = FeedStatus(FeedState.FAILED, "expected a column price")
    notices.pull(None)
    assert Choice.OPEN in banner.notice.choices
    notices.choose(Choice.OPEN)
    dialog = feeds.file_dialog
    qtbot.waitUntil(lambda: not dialog._timer.isActive(), timeout=20_000)
    assert dialog.choice.path == str(path)
    assert ("dismiss_fault",) in desk.calls


def test_a_broker_that_could_not_be_reached_is_no_file(desk, banner, feeds, notices):
    feeds.last_address = "kafka://h:9092/ticks.v1"
    desk.open_fault = FeedStatus(FeedState.FAILED, "no broker answers")
    notices.pull(None)
    assert banner.notice.choices == (Choice.RETRY, Choice.COPY, Choice.DISMISS)


def test_the_banner_can_be_read_aloud(desk, banner, notices):
    desk.status = FeedStatus(FeedState.RECONNECTING, "h:9092 is gone")
    notices.pull(None)
    assert banner.accessibleDescription() == "Reconnecting to sim. h:9092 is gone"
