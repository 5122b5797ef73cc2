"""A dialog that asks for a name."""

from PySide6.QtCore import Qt

from app.dialogs.name import NameDialog


def test_a_name_that_cannot_be_had_says_why_and_cannot_be_taken(qtbot):
    dialog = NameDialog("New workspace", "", lambda name: "taken" if name == "Options" else None)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.isVisible()
    qtbot.keyClicks(dialog.line, "Options")
    assert dialog.note.text() == "taken"
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.isVisible()
    qtbot.keyClicks(dialog.line, " desk ")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.name == "Options desk"
