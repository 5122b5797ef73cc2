import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.panels.symbol_box import SymbolBox


@pytest.fixture
def box(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    box = SymbolBox()
    box.setParent(host)
    box.host = host
    box.set_symbols(("NIFTY", "NIFTY-FUT", "SBIN"))
    return box


def offered(box):
    return box._names.stringList()


def test_an_unknown_symbol_gets_a_reason_and_the_nearest_is_offered(box, qtbot):
    picked = []
    box.symbol_picked.connect(picked.append)
    box._find.setText("niftu")
    assert box._reason.text() == "No symbol NIFTU in this feed. Did you mean this?"
    assert not box._reason.isHidden()
    qtbot.keyClick(box._find, Qt.Key.Key_Return)
    assert picked == ["NIFTY"]


def test_what_is_like_no_symbol_offers_none(box, qtbot):
    picked = []
    box.symbol_picked.connect(picked.append)
    box._find.setText("qqqq")
    assert (offered(box), box._reason.text()) == ([], "No symbol QQQQ in this feed.")
    qtbot.keyClick(box._find, Qt.Key.Key_Return)
    assert picked == []
    box._find.setText("sb")
    assert (offered(box), box._reason.isHidden()) == (["SBIN"], True)


def test_arrows_move_through_what_is_found(box, qtbot):
    picked = []
    box.symbol_picked.connect(picked.append)
    box._find.setText("nifty")
    qtbot.keyClick(box._find, Qt.Key.Key_Down)
    qtbot.keyClick(box._find, Qt.Key.Key_Return)
    assert picked == ["NIFTY-FUT"]


def test_a_feed_without_symbols_says_so(box):
    box.set_symbols(())
    box._find.setText("x")
    box._find.setText("")
    assert box._reason.text() == "This feed has no symbol yet."
