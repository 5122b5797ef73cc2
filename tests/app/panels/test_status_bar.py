import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from analytics.events import EventKind, GuardCounts
from app.panels.status_bar import StatusBar

COUNTS = GuardCounts(taken=10, quarantined=2, late=1, duplicate=3, gaps=4, missing=56)


@pytest.fixture
def bar(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(1280, 40)
    bar = StatusBar()
    bar.setParent(host)
    bar.resize(1280, 23)
    host.show()
    bar.host = host
    bar.show_counts(COUNTS, 212.0, 3, indian=True)
    bar.show_costs(4.1, 148.0)
    return bar


def button(bar, word):
    return next(each for each in bar.findChildren(QAbstractButton) if each.accessibleName().startswith(word))


def texts(bar):
    return [label.text() for label in bar.findChildren(QLabel) if label.isVisible() and label.text()]


def told(signal):
    found = []
    signal.connect(found.append)
    return found


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("quarantined", EventKind.QUARANTINED),
        ("late", EventKind.LATE),
        ("duplicate", EventKind.DUPLICATE),
        ("gaps", EventKind.GAP),
    ],
)
def test_a_figure_leads_to_its_events_by_click_and_by_key(bar, qtbot, word, kind):
    wanted = told(bar.events_wanted)
    figure = button(bar, word)
    qtbot.mouseClick(figure, Qt.MouseButton.LeftButton)
    figure.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(figure, Qt.Key.Key_Space)
    assert wanted == [kind, kind]


def test_duplicates_and_gaps_stand_in_the_tooltips_too(bar):
    for word in ("late", "quarantined"):
        assert button(bar, word).toolTip().endswith("\n3 duplicate · 4 gaps, 56 ticks missing")


def test_tick_to_pixel_stands_before_the_frame_once_it_is_known(bar):
    assert "tick to pixel" not in texts(bar)
    bar.show_costs(4.1, 148.0, 14.2)
    shown = texts(bar)
    assert shown[shown.index("tick to pixel") : shown.index("frame") + 2] == [
        "tick to pixel",
        "14 ms",
        "frame",
        "4.1 ms",
    ]


def test_all_figures_stand_on_one_line(bar):
    bar.show_costs(4.1, 148.0, 14.2)
    numbers = [each for each in bar.findChildren(QLabel) if each.isVisible() and each.text()]
    middles = {each.mapTo(bar, each.rect().center()).y() for each in numbers}
    assert len(middles) == 1
