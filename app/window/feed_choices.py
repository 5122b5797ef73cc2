"""How the window opens a feed: file dialogs, recent files, the demo market, Kafka; and how it records one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from analytics.errors import TickdeskError
from app.desk import Desk
from app.dialogs.kafka import KafkaDialog
from app.viewmodels.kafka_choice import KafkaChoice, choice_of
from app.viewmodels.layout import with_recent
from feeds.clock import Clock

DEMO = "sim:"
_TICK_FILES = "Tick files (*.parquet *.csv *.zip *.arrow *.arrows *.gz *.tsv *.txt)"


class FeedChoices(QObject):
    """`opened` carries the address of a feed that was asked for; `failed` why something could not be done."""

    opened = Signal(str)
    failed = Signal(str)
    said = Signal(str)

    def __init__(self, desk: Desk, clock: Clock, tapes: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._clock, self._tapes, self._window = desk, clock, tapes, parent
        self.recent: tuple[str, ...] = ()
        self.last_address: str | None = None
        self.kafka_dialog: KafkaDialog | None = None
        self._last_kafka: KafkaChoice | None = None
        self._folder = ""

    def open(self, address: str) -> None:
        """Open a feed; what is wrong with it shows in the banner, and the view before is kept."""
        self.last_address = address
        self._last_kafka = choice_of(address) or self._last_kafka
        try:
            self._desk.open(address)
        except (TickdeskError, OSError) as error:
            self.failed.emit(str(error))
            return
        if Path(address).exists():
            self.recent = with_recent(self.recent, address)
        self.opened.emit(address)

    def open_demo(self) -> None:
        """Open the demo market."""
        self.open(DEMO)

    def again(self) -> None:
        """Open again what was asked for last."""
        address = self.last_address or self._desk.address
        if address is not None:
            self.open(address)

    def ask_file(self) -> None:
        """Ask for a tick file."""
        self._ask("Open tick file", QFileDialog.FileMode.ExistingFile)

    def ask_folder(self) -> None:
        """Ask for a tape, which is a folder."""
        self._ask("Open tape folder", QFileDialog.FileMode.Directory)

    def ask_kafka(self) -> None:
        """Ask for a Kafka topic, beginning with the open one, or the last one that was asked for here."""
        if self.kafka_dialog is not None:
            self.kafka_dialog.activateWindow()
            return
        choice = choice_of(self._desk.address) or self._last_kafka or KafkaChoice()
        dialog = KafkaDialog(self._desk.topic_finder(), choice, self._window)
        self.kafka_dialog = dialog
        dialog.finished.connect(self._kafka_chosen)
        dialog.open()

    def close(self) -> None:
        """Give up asking for a topic, so that nothing goes on behind a closed window."""
        if self.kafka_dialog is not None:
            self.kafka_dialog.reject()

    def switch_recording(self) -> None:
        """Begin a tape of the open feed in the folder of tapes, or end the one being written."""
        try:
            if self._desk.recording is not None:
                ended = self._desk.recording
                self._desk.record(None)
                self.said.emit(f"Recorded to {ended}")
                return
            folder = self._tape_folder()
            if folder is not None:
                self._desk.record(str(folder))
                self.said.emit(f"Recording to {folder}")
        except (TickdeskError, OSError) as error:
            self.failed.emit(str(error))

    def dropped_path(self, dropped: QMimeData) -> str | None:
        """Return the first local file or folder of what was dropped."""
        for url in dropped.urls():
            if url.isLocalFile():
                return url.toLocalFile()
        return None

    def _ask(self, title: str, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self._window, title, self._folder)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFile:
            dialog.setNameFilters([_TICK_FILES, "All files (*)"])
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _chosen(self, path: str) -> None:
        self._folder = str(Path(path).parent)
        self.open(path)

    def _kafka_chosen(self, result: int) -> None:
        dialog, self.kafka_dialog = self.kafka_dialog, None
        if dialog is None:
            return
        address = dialog.choice.address
        dialog.deleteLater()
        if result == QDialog.DialogCode.Accepted:
            self.open(address)

    def _tape_folder(self) -> Path | None:
        if self._tapes is None:
            chosen = QFileDialog.getExistingDirectory(
                self._window, "Record to", self._folder, QFileDialog.Option.DontUseNativeDialog
            )
            return Path(chosen) if chosen else None
        now = datetime.fromtimestamp(self._clock.now_ns() // 1_000_000_000, UTC)
        kind = self._desk.info.kind if self._desk.info is not None else "feed"
        return self._tapes / f"{kind}-{now:%Y%m%dT%H%M%SZ}"
