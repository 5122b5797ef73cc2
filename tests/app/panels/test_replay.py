import pytest
from PySide6.QtCore import Qt

from app.formatting import NumberStyle
from app.panels.replay import ReplayPanel
from app.theme import DARK

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def panel(desk, qtbot):
    desk.go_replay("NIFTY-FUT", rows=1000, row=400, paused=True)
    made = ReplayPanel(DARK)
    qtbot.addWidget(made)
    made.resize(1280, 110)
    made.show()
    show(made, desk)
    return made


def show(panel, desk, **given):
    panel.show_transport(desk.transport, desk.status.state, 0.0, NumberStyle(), **given)


def press(panel, qtbot, name):
    button = next(
        each for each in panel.findChildren(type(panel.play_button)) if each.accessibleName() == name
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return button


def test_the_play_button_turns_at_once(panel, qtbot):
    asked = []
    panel.play_wanted.connect(lambda: asked.append("play"))
    panel.pause_wanted.connect(lambda: asked.append("pause"))
    press(panel, qtbot, "Play")
    assert panel.play_button.text() == "▮▮ Pause"
    press(panel, qtbot, "Pause")
    assert (asked, panel.paused) == (["play", "pause"], True)


def test_gaps_are_gone_to_one_after_the_other(panel, desk, qtbot):
    sought = []
    panel.seek_wanted.connect(sought.append)
    panel.set_marks((), (100, 400, 700))
    show(panel, desk)
    press(panel, qtbot, "Go to the next gap that is known")
    press(panel, qtbot, "Go to the last gap before")
    assert sought == [700, 100]
    desk.move(row=700)
    show(panel, desk)
    button = press(panel, qtbot, "Go to the next gap that is known")
    assert not button.isEnabled()
    assert sought == [700, 100]


@pytest.mark.parametrize("name", ["Play", "Step one tick forward", "Speed 5×", "Go to the start"])
def test_what_comes_of_a_key_is_looked_at_at_once_for_a_little_while(panel, qtbot, name):
    looked = []
    panel.look_wanted.connect(lambda: looked.append(1))
    with qtbot.waitSignal(panel.look_wanted, timeout=2_000):
        press(panel, qtbot, name)
    qtbot.waitUntil(lambda: not panel._looks.isActive())
    assert 2 <= len(looked) <= 6


def test_seeking_is_said_in_words(panel, desk):
    show(panel, desk, seeking=True)
    assert panel._where.text().startswith("Seeking · ")


@pytest.mark.parametrize(
    ("width", "gaps", "firings"), [(1280, True, True), (900, False, True), (640, False, False)]
)
def test_a_narrow_transport_leaves_out_what_matters_least_and_cuts_no_button(
    panel, qtbot, width, gaps, firings
):
    panel.resize(width, 110)
    qtbot.waitUntil(lambda: panel.width() == width)
    assert (panel._gap_after.isVisible(), panel._next.isVisible()) == (gaps, firings)
    for button in panel.findChildren(type(panel.play_button)):
        if button.isVisible():
            right = button.mapTo(panel, button.rect().topRight()).x()
            assert right < width, button.text()
