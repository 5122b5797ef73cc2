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
        self.first_held = rows.view.first
        """The first row that is still held; whoever looks at the feed keeps it up to date."""
        self._cancelled = False

    def run(self) -> None:
        """Write the rows with all their series."""
        from app.charts.export import write_ticks  # polars and pyarrow: the window starts without them

        rows = self.rows
        series = tuple(rows.view.series)
        try:
            write_ticks(
                *(rows.view, rows.start, rows.stop, self.path, series, self._go_on), lambda: self.first_held
            )
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
        self._view_now: Callable[[], ColumnsView | None] | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)

    def ask_picture(self, chart: ChartArea) -> None:
        """Ask where the picture of a chart goes, as PNG or SVG, and write it."""
        self._ask("Save picture", _PICTURES, ".png", lambda path: self.save_picture(chart, path))

    def ask_export(self, chart: ChartArea) -> None:
        """Ask where the ticks in sight go, as CSV or Parquet, and write them."""
        if chart.visible_ticks() is None:
            self.failed.emit("There are no ticks in sight to export.")
            return
        self._ask("Export visible ticks", _TICKS, ".csv", lambda path: self._export_of(chart, path))

    def save_picture(self, chart: ChartArea, path: Path) -> None:
        """Write the picture of a chart."""
        try:
            chart.save_picture(path)
        except OSError as error:
            self.failed.emit(str(error))
        else:
            self.said.emit(f"Saved {path}")

    def _export_of(self, chart: ChartArea, path: Path) -> None:
        """Write what is in sight now: while a path was asked for, rows may have been let go of."""
        found = chart.visible_ticks()
        if found is not None:
            self.export(_Rows(*found), path, lambda: _view_of(chart))

    def export(
        self, rows: _Rows, path: Path, view_now: Callable[[], ColumnsView | None] | None = None
    ) -> None:
        """Begin to write rows; `view_now` tells what is held of them meanwhile."""
        if self._export is not None:
            self.failed.emit(f"{self._export.path} is still being written; try again when it is done.")
            return
        self._export = _Export(rows, path)
        self._view_now = view_now
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
        if export is None:
            return
        if export.is_alive():
            view, mine = None if self._view_now is None else self._view_now(), export.rows.view
            if view is not None and (view.symbol, view.generation) == (mine.symbol, mine.generation):
                export.first_held = view.first
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


def _view_of(chart: ChartArea) -> ColumnsView | None:
    found = chart.visible_ticks()
    return None if found is None else found[0]
