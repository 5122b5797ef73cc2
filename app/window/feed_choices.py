"""How the window opens a feed: file dialogs, recent files, the demo market, Kafka; and how it records one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from analytics.errors import TickdeskError
from app.desk import Desk
from app.viewmodels.file_preview import FileChoice, FilePreviewer, choice_of_file
from app.viewmodels.folder_listing import is_tape
from app.viewmodels.kafka_choice import KafkaChoice, choice_of
from app.viewmodels.layout import with_recent
from feeds.clock import Clock

if TYPE_CHECKING:  # a dialog is loaded when it is opened first: the first painted tick comes sooner
    from app.dialogs.kafka import KafkaDialog
    from app.dialogs.open_file import OpenFileDialog

DEMO = "sim:"


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
        self.file_dialog: OpenFileDialog | None = None
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
        if _is_file(address):
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
        """Ask for a tick file or a tape, which is looked at before it is opened."""
        self._ask()

    def ask_folder(self) -> None:
        """Ask for a tape, which is a folder."""
        self._ask().browse(folders=True)

    def ask_about(self, address: str, notice: str = "") -> None:
        """Show what is in a file before it is opened; `address` is a path, or that of a recent file."""
        dialog = self._ask(choice_of_file(address))
        if notice:
            dialog.say(notice)

    def ask_kafka(self) -> None:
        """Ask for a Kafka topic, beginning with the open one, or the last one that was asked for here."""
        if self.kafka_dialog is not None:
            self.kafka_dialog.activateWindow()
            return
        from app.dialogs.kafka import KafkaDialog

        choice = choice_of(self._desk.address) or self._last_kafka or KafkaChoice()
        dialog = KafkaDialog(self._desk.topic_finder(), choice, self._window)
        self.kafka_dialog = dialog
        dialog.finished.connect(self._kafka_chosen)
        dialog.open()

    def close(self) -> None:
        """Give up asking for a topic, so that nothing goes on behind a closed window."""
        for dialog in (self.kafka_dialog, self.file_dialog):
            if dialog is not None:
                dialog.reject()

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
        paths = _local_paths(dropped)
        return paths[0] if paths else None

    def take_drop(self, dropped: QMimeData) -> bool:
        """Show the first of the files that were dropped before it is opened; return whether there was any.

        A folder that is no tape is refused with the reason, and of several files the others are named as left out.
        """
        paths = _local_paths(dropped)
        if not paths:
            return False
        path = paths[0]
        if Path(path).is_dir() and not is_tape(Path(path)):
            self.failed.emit(
                f"{path}: expected a tick file or a tape folder with date=…/part-….parquet, found neither"
            )
            return True
        left = len(paths) - 1
        notice = (
            f"{left:,} other file{'s were' if left > 1 else ' was'} dropped too and left out." if left else ""
        )
        self.ask_about(path, notice)
        return True

    def _ask(self, first: FileChoice | None = None) -> OpenFileDialog:
        dialog = self.file_dialog
        if dialog is not None:
            dialog.activateWindow()
            if first is not None:
                dialog.look_at(first)
            return dialog
        from app.dialogs.open_file import OpenFileDialog

        dialog = OpenFileDialog(
            FilePreviewer(self._desk.instruments),
            self.recent,
            self._folder,
            ZoneInfo(self._zone_name),
            first,
            self._window,
        )
        self.file_dialog = dialog
        dialog.finished.connect(self._file_chosen)
        dialog.open()
        return dialog

    def _file_chosen(self, result: int) -> None:
        dialog, self.file_dialog = self.file_dialog, None
        if dialog is None:
            return
        self._folder, choice = dialog.folder, dialog.choice
        dialog.deleteLater()
        if result == QDialog.DialogCode.Accepted:
            self.open(choice.address)

    @property
    def _zone_name(self) -> str:
        """Return the zone in which times of change of files are told: that of what the desk opens on."""
        info = self._desk.info
        symbol = info.opening_symbol if info is not None else None
        return self._desk.instruments.calendar_of(symbol or "").zone_name

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


def _local_paths(dropped: QMimeData) -> list[str]:
    return [url.toLocalFile() for url in dropped.urls() if url.isLocalFile()]


def _is_file(address: str) -> bool:
    """Return whether an address is that of a file or folder that is there."""
    return Path(choice_of_file(address).path).exists()
