"""The program as it is, which tells when its chart first shows a tick, and closes its window.

``python -m benchmarks.first_paint desk --feed sim:`` is ``tickdesk desk --feed sim:`` but for a look at the
chart that is put there as the event loop begins.
"""

from __future__ import annotations

import sys
from time import monotonic_ns

from PySide6.QtWidgets import QApplication

from app.cli import main

_begin = QApplication.exec


def begin_watched() -> int:
    """Run the event loop until ticks are on the screen; whatever this imports the program has loaded by then."""
    from analytics.columns import ColumnsView
    from app.window import MainWindow
    from benchmarks.chart_paints import ChartPaints
    from benchmarks.programs import tell

    [window] = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]

    def painted(view: ColumnsView) -> None:
        if window.isVisible():
            tell({"painted_ns": monotonic_ns(), "ticks": view.count})
            window.close()

    watched = ChartPaints(window.parts.chart, painted)
    try:
        return _begin()
    finally:
        del watched


if __name__ == "__main__":
    QApplication.exec = staticmethod(begin_watched)  # type: ignore[method-assign]
    sys.exit(main())
