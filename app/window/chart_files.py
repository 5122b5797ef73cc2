"""A chart as a file: its picture, and the ticks in sight."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from analytics.columns import ColumnsView
from app.charts import ChartArea
from app.formatting import number_text

_POLL_MS = 50
_PICTURES, _TICKS = "Pictures (*.png *.svg)", "Ticks (*.csv *.parquet)"


@dataclass(frozen=True, slots=True)
class _Rows:
    view: ColumnsView
    start: int
    stop: int


class _Export(threading.Thread):
    """Writes rows beside the window's thread; `fault` is why it could not, once it has ended."""

    def __init__(self, rows: _Rows, path: Path) -> None:
        super().__init__(name="tickdesk-export", daemon=True)
        self.rows, self.path, self.fault = rows, path, ""
        self._cancelled = False

    def run(self) -> None:
        """Write the rows with all their series."""
        from app.charts.export import write_ticks  # polars and pyarrow: the window starts without them

        rows = self.rows
        try:
            write_ticks(rows.view, rows.start, rows.stop, self.path, tuple(rows.view.series), self._go_on)
        except (OSError, ValueError, KeyError) as error:
            self.fault = str(error)

    def cancel(self) -> None:
        """Write nothing, at the next chance."""
        self._cancelled = True

    def _go_on(self, _share: float) -> None:
        if self._cancelled:
            raise OSError(f"{self.path}: cancelled")


class ChartFiles(QObject):
    """Asks where to, and writes; one export at a time. `said` tells what was written, `failed` why not."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._folder = ""
        self._export: _Export | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)

    def ask_picture(self, chart: ChartArea) -> None:
        """Ask where the picture of a chart goes, as PNG or SVG, and write it."""
        self._ask("Save picture", _PICTURES, ".png", lambda path: self.save_picture(chart, path))

    def ask_export(self, chart: ChartArea) -> None:
        """Ask where the ticks in sight go, as CSV or Parquet, and write them."""
        found = chart.visible_ticks()
        if found is None:
            self.failed.emit("There are no ticks in sight to export.")
            return
        rows = _Rows(*found)
        self._ask("Export visible ticks", _TICKS, ".csv", lambda path: self.export(rows, path))

    def save_picture(self, chart: ChartArea, path: Path) -> None:
        """Write the picture of a chart."""
        try:
            chart.save_picture(path)
        except OSError as error:
            self.failed.emit(str(error))
        else:
            self.said.emit(f"Saved {path}")

    def export(self, rows: _Rows, path: Path) -> None:
        """Begin to write rows."""
        if self._export is not None:
            self.failed.emit(f"{self._export.path} is still being written; try again when it is done.")
            return
        self._export = _Export(rows, path)
        self._export.start()
        self._poll.start()

    def close(self) -> None:
        """Give up what is being written."""
        if self._export is not None:
            self._export.cancel()
            self._export.join()
            self._poll.stop()
            self._export = None

    def _look(self) -> None:
        export = self._export
        if export is None or export.is_alive():
            return
        self._export = None
        self._poll.stop()
        if export.fault:
            self.failed.emit(export.fault)
        else:
            count = number_text(export.rows.stop - export.rows.start, 0)
            self.said.emit(f"{count} ticks written to {export.path}")

    def _ask(self, title: str, kinds: str, suffix: str, take: Callable[[Path], object]) -> None:
        dialog = QFileDialog(self._window, title, self._folder)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(kinds)
        dialog.setDefaultSuffix(suffix.removeprefix("."))

        def chosen(text: str) -> None:
            path = Path(text)
            self._folder = str(path.parent)
            take(path)

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
