import csv

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from analytics.events import DataEvent, EventKind
from analytics.ticks import Position
from app.panels.event_log import EventLogPanel
from app.theme import DARK
from app.viewmodels.event_log import EventLogModel
from app.viewmodels.quotes import Quotes

OPEN_NS = 1_795_145_400_000_000_000
S = 1_000_000_000
pytestmark = pytest.mark.qt_log_ignore(
    "propagateSizeHints", "does not support raise", "grabbing the keyboard", extend=True
)


@pytest.fixture
def panel(desk, qtbot):
    desk.happen(EventKind.LATE, "SBIN", "3 s late", at_s=900, row=7)
    desk.happen(EventKind.GAP, "TCS", "4 missing", at_s=901, row=8)
    raw = b"SBIN,x,\x00\xff"
    desk.events.append(
        DataEvent(
            EventKind.QUARANTINED, "SBIN", OPEN_NS + 902 * S, Position(2, 9), 9, "price is empty", raw=raw
        )
    )
    model = EventLogModel(desk, Quotes(desk))
    model.refresh()
    made = EventLogPanel(model, DARK)
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    return made


def shown(panel):
    model = panel.table.model()
    return [model.index(row, 4).data() for row in range(model.rowCount())]


def choose(panel, qtbot, row):
    panel.table.setFocus()
    qtbot.mouseClick(
        panel.table.viewport(),
        Qt.MouseButton.LeftButton,
        pos=panel.table.visualRect(panel.table.model().index(row, 0)).center(),
    )


def test_kinds_tell_how_many_there_were(panel, desk, qtbot):
    panel.show_counts()
    texts = [panel.kinds.itemText(row) for row in range(3)]
    assert texts == ["All kinds  (3)", "Quarantined  (1)", "Late  (1)"]
    desk.happen(EventKind.LATE, "SBIN", "late again")
    panel.table.model().refresh()
    qtbot.waitUntil(lambda: panel.kinds.itemText(2) == "Late  (2)")


def test_typing_finds_symbol_place_or_words(panel, qtbot):
    for words, found in (("tcs", ["4 missing"]), ("EMPTY", ["price is empty"]), ("p0:7", ["3 s late"])):
        panel.find_box.clear()
        qtbot.keyClicks(panel.find_box, words)
        qtbot.waitUntil(lambda found=found: shown(panel) == found)
    panel.find_box.clear()
    qtbot.waitUntil(lambda: len(shown(panel)) == 3)


def test_the_chosen_row_tells_all_of_itself_with_the_bytes_received(panel, qtbot):
    assert panel.detail.text() == ""
    choose(panel, qtbot, 0)
    assert panel.detail.text() == (
        "price is empty  ·  SBIN  ·  partition 2, offset 9  ·  received: SBIN,x,\\x00\\xff"
    )


def test_a_row_is_copied_in_one_line(panel, qtbot):
    choose(panel, qtbot, 1)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "2026-11-20\t09:15:01.000\tgap\tTCS\tp0:8\t4 missing"


def test_a_click_and_enter_pick_the_moment(panel, qtbot):
    picked = []
    panel.moment_picked.connect(lambda symbol, ts_ns: picked.append((symbol, ts_ns)))
    choose(panel, qtbot, 2)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert picked == [("SBIN", OPEN_NS + 900 * S)] * 2


def test_a_mark_of_the_ribbon_is_found_whatever_the_filter(panel, qtbot):
    panel.kinds.setCurrentIndex(panel.kinds.findData(EventKind.LATE))
    panel.find_box.setText("late")
    assert panel.show_event(EventKind.GAP, OPEN_NS + 900 * S)
    assert panel.table.currentIndex().row() == 1
    assert len(shown(panel)) == 3
    assert not panel.show_event("stale", OPEN_NS)
    assert not panel.show_event(EventKind.RESTART, OPEN_NS)


def test_what_is_shown_is_exported(panel, tmp_path):
    path = tmp_path / "events.csv"
    panel.export(path)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["Date", "Time", "Kind", "Symbol", "Place", "Detail", "Received"]
    assert rows[1] == [
        "2026-11-20", "09:15:02.000", "quarantined", "SBIN", "p2:9", "price is empty", "SBIN,x,\\x00\\xff",
    ]  # fmt: skip
    assert len(rows) == 4


def test_an_export_that_fails_says_why(panel, tmp_path):
    told = []
    panel.failed.connect(told.append)
    (tmp_path / "file").touch()
    panel._export_to(str(tmp_path / "file" / "events.csv"))
    assert "was not written" in told[0]


def test_the_menu_of_a_row_charts_it(panel, qtbot):
    picked = []
    panel.moment_picked.connect(lambda symbol, _ts: picked.append(symbol))
    panel.table.customContextMenuRequested.emit(
        panel.table.visualRect(panel.table.model().index(1, 0)).center()
    )
    menu = panel.findChild(QMenu)
    menu.actions()[0].trigger()
    menu.close()
    assert picked == ["TCS"]
