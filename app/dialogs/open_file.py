"""The open dialog: recent files and folders at the left, at the right the chosen file before it is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.buttons import without_icons
from app.dialogs.entry_list import EntryList
from app.dialogs.form import Note, line_of, tab_through
from app.dialogs.preview_pane import PreviewPane
from app.override import override
from app.stylesheet import caption_font, set_look
from app.viewmodels.file_preview import FileChoice, FileLook, FilePreviewer, choice_of_file
from app.viewmodels.folder_listing import FolderEntry
from app.viewmodels.latest import Answer

_SIZE = QSize(1080, 660)
_SIDE_PX = 290
_RECENT_ROWS, _ROW_PX = 4, 38
_LOOK_EVERY_MS = 30
_TICK_FILES = "Tick files (*.parquet *.pq *.csv *.tsv *.txt *.zip *.arrow *.arrows *.journal)"
_HINT = "Choose a tick file or a tape folder: what is in it shows here before it is loaded."


class OpenFileDialog(QDialog):
    """Chooses a file with a look at it; `choice` is what to open once it was accepted.

    Nothing is read on the window's thread. `previewer` is closed as the dialog ends. `recent` are addresses,
    `folder` is where to begin; `first` is looked at at once.
    """

    def __init__(
        self,
        previewer: FilePreviewer,
        recent: Sequence[str],
        folder: str,
        zone: ZoneInfo,
        first: FileChoice | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open tick file")
        self.setAcceptDrops(True)
        self._previewer = previewer
        self._recent = tuple(recent)
        self._folder = folder or str(Path.home())
        self._shown: Answer[FileLook] | None = None
        self._asked_for = FileChoice()
        self._opens_when_found = False
        self._listed = self._told = 0
        self.path = line_of("Path", "Path of a tick file or tape folder; Enter looks at it")
        self.path.setAcceptDrops(False)  # the dialog takes what is dropped
        self.browse_button = QPushButton("&Browse…")
        self.recent_list = EntryList("Recent files", zone)
        self.folder_list = EntryList("Files and folders", zone)
        self.up_button = QPushButton("↑")
        self.pane = PreviewPane()
        self.note = Note()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self.open_button = self._buttons.button(QDialogButtonBox.StandardButton.Open)
        self.open_button.setText("&Open")
        self.open_button.setDefault(True)
        without_icons(self._buttons)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._pull)
        self._lay_out()
        self._connect()
        self.pane.say(_HINT)
        self._show_buttons()
        self.resize(_SIZE)
        self._begin(first)

    @property
    def choice(self) -> FileChoice:
        """Return the file that is chosen, and how it is to be read."""
        shown = self._shown
        return self._asked_for if shown is None or shown.value is None else shown.value.choice

    @property
    def folder(self) -> str:
        """Return the folder that is listed."""
        return self._folder

    def look_at(self, choice: FileChoice, *, guess: bool = True) -> None:
        """Look at a file, and show what is found."""
        self._asked_for = choice
        self._shown = None
        self._opens_when_found = False
        self.path.setText(choice.path)
        self._stand_out()
        self._previewer.look_at(choice, guess=guess)
        self._timer.start()
        self._show_buttons()

    def go_to(self, folder: str) -> None:
        """List a folder."""
        self._folder = folder
        self._place.setText(_short_path(folder))
        self._place.setToolTip(folder)
        self._previewer.list_folder(folder)
        self._timer.start()

    def browse(self, *, folders: bool = False) -> None:
        """Choose by the dialog of all files, or of folders."""
        title = "Choose a tape folder" if folders else "Choose a tick file"
        dialog = QFileDialog(self, title, self._folder)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.Directory if folders else QFileDialog.FileMode.ExistingFile)
        if not folders:
            dialog.setNameFilters([_TICK_FILES, "All files (*)"])
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def say(self, words: str) -> None:
        """Say a word of notice, as why other files that were dropped are left out."""
        self.note.tell(words, None)

    @override
    def accept(self) -> None:
        """Open what is shown; while it is still being looked at, as soon as it was found to be readable."""
        shown = self._shown
        if shown is not None and shown.value is not None and shown.value.can_open:
            super().accept()
        elif self._asked_for.path and shown is None:
            self._opens_when_found = True

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.path.hasFocus() and self._typed():
            return
        super().keyPressEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self._chosen(paths[0])

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self._end()

    def _begin(self, first: FileChoice | None) -> None:
        self._previewer.look_at_recent(self._recent)
        self._timer.start()
        if first is None:
            self.go_to(self._folder)
            self.path.setFocus()
            return
        self.go_to(str(Path(first.path).parent))
        self.look_at(first)
        self.open_button.setFocus()

    def _typed(self) -> bool:
        """Look at the path that was typed, and return whether it is another than the one shown."""
        path = str(Path(self.path.text().strip()).expanduser())
        if not self.path.text().strip() or path == self._asked_for.path:
            return False
        self.look_at(FileChoice(path))
        return True

    def _chosen(self, path: str) -> None:
        self.go_to(str(Path(path).parent))
        self.look_at(FileChoice(path))
        self.open_button.setFocus()

    def _show_entry(self, entry: FolderEntry) -> None:
        """Look at what stands in a list; a plain folder is only gone into when it is taken."""
        if not entry.is_folder and str(entry.path) != self._asked_for.path:
            self.look_at(self._choice_of(entry))

    def _take_entry(self, entry: FolderEntry) -> None:
        if entry.is_folder:
            self.go_to(str(entry.path))
            return
        if str(entry.path) != self._asked_for.path:
            self.look_at(self._choice_of(entry))
        self.accept()

    def _choice_of(self, entry: FolderEntry) -> FileChoice:
        known = (choice_of_file(address) for address in self._recent)
        return next((each for each in known if each.path == str(entry.path)), FileChoice(str(entry.path)))

    def _pull(self) -> None:
        """Show what has been found since."""
        self._pull_lists()
        look = self._previewer.look
        if look is not None and not look.is_awaited and look is not self._shown:
            self._show(look)
        waiting = (self._previewer.look, self._previewer.folder, self._previewer.recent)
        if look is not None and look.is_awaited:
            self.pane.say(f"Looking at {Path(self._asked_for.path).name}…")
        if not any(each is not None and each.is_awaited for each in waiting):
            self._timer.stop()

    def _pull_lists(self) -> None:
        recent, folder = self._previewer.recent, self._previewer.folder
        if recent is not None and recent.value is not None and self._told != recent.number:
            self._told = recent.number
            self.recent_list.entries.show_entries(recent.value)
            rows = min(len(recent.value), _RECENT_ROWS)
            self.recent_list.setFixedHeight(max(rows, 1) * _ROW_PX)
            self._no_recent.setVisible(not rows)
            self.recent_list.setVisible(bool(rows))
            self._stand_out()
        if folder is not None and not folder.is_awaited and self._listed != folder.number:
            self._listed = folder.number
            if folder.value is None:
                self.folder_list.entries.show_entries(())
                self.note.tell("", folder.fault)
                return
            self.folder_list.entries.show_entries(folder.value.entries)
            self._stand_out()
            if folder.value.more:
                self.note.tell(
                    f"{folder.value.more:,} more in this folder are not listed; type a path.", None
                )

    def _stand_out(self) -> None:
        for each in (self.recent_list, self.folder_list):
            each.choose(self._asked_for.path)

    def _show(self, look: Answer[FileLook]) -> None:
        self._shown = look
        if look.value is None:
            self.pane.say(f"✕  {look.fault}", warning=True)
        else:
            self.pane.show_look(look.value)
        self._show_buttons()
        if self._opens_when_found:
            self._opens_when_found = False
            self.accept()

    def _show_buttons(self) -> None:
        shown = self._shown
        awaited = shown is None and bool(self._asked_for.path)
        can_open = shown is not None and shown.value is not None and shown.value.can_open
        self.open_button.setEnabled(awaited or can_open)

    def _connect(self) -> None:
        self.browse_button.clicked.connect(lambda: self.browse())
        self.up_button.clicked.connect(self._go_up)
        self.folder_list.up_wanted.connect(self._go_up)
        for each in (self.recent_list, self.folder_list):
            each.shown.connect(self._show_entry)
            each.taken.connect(self._take_entry)
        self.pane.changed.connect(lambda choice: self.look_at(choice, guess=False))
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.finished.connect(self._end)

    def _go_up(self) -> None:
        self.go_to(str(Path(self._folder).parent))

    def _end(self) -> None:
        self._timer.stop()
        self._previewer.close()

    def _lay_out(self) -> None:
        for button in (self.browse_button, self.up_button):
            button.setAutoDefault(False)
        set_look(self.up_button, "look", "quiet")
        self.up_button.setAccessibleName("Go to the folder above")
        self.up_button.setToolTip("Folder above")
        self._place = QLabel()
        self._place.setTextFormat(Qt.TextFormat.PlainText)
        set_look(self._place, "tone", "dim")
        self._no_recent = QLabel("Nothing was opened yet.")
        self._no_recent.setContentsMargins(10, 2, 0, 4)
        set_look(self._no_recent, "tone", "dim")
        top = QHBoxLayout()
        top.setContentsMargins(16, 14, 16, 12)
        top.setSpacing(8)
        top.addWidget(self.path, 1)
        top.addWidget(self.browse_button)
        where = QHBoxLayout()
        where.setContentsMargins(10, 6, 6, 2)
        where.addWidget(self._place, 1)
        where.addWidget(self.up_button)
        side = QVBoxLayout()
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(_caption("Recent"))
        side.addWidget(self._no_recent)
        side.addWidget(self.recent_list)
        side.addLayout(where)
        side.addWidget(self.folder_list, 1)
        left = QFrame()
        left.setObjectName("openSide")
        left.setFixedWidth(_SIDE_PX)
        left.setLayout(side)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(left)
        middle.addWidget(_rule(vertical=True))
        middle.addWidget(self.pane, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 10, 16, 12)
        foot.addWidget(self.note, 1)
        foot.addWidget(self._buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(top)
        whole.addWidget(_rule())
        whole.addLayout(middle, 1)
        whole.addWidget(_rule())
        whole.addLayout(foot)
        boxes = (*self.pane.columns.values(), self.pane.zone, self.pane.calendar, self.pane.table)
        tab_through(
            (self.path, self.browse_button, self.recent_list, self.up_button, self.folder_list, *boxes)
        )


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(caption_font())
    label.setContentsMargins(10, 10, 0, 6)
    set_look(label, "tone", "dim")
    return label


def _rule(*, vertical: bool = False) -> QFrame:
    rule = QFrame()
    rule.setObjectName("replayBand")  # the colour of all lines
    if vertical:
        rule.setFixedWidth(1)
    else:
        rule.setFixedHeight(1)
    return rule


def _short_path(path: str) -> str:
    """Return the last two names of a path, what is before them as …."""
    parts = Path(path).parts
    return path if len(parts) <= 3 else f"…/{'/'.join(parts[-2:])}"
