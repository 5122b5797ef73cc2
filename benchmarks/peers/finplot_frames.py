"""finplot on the ticks of a file, in a process of its own: ``python -m benchmarks.peers.finplot_frames FILE.npz``.

It must find PySide6 first (PYQTGRAPH_QT_LIB). The file holds `ts_ns`, `lines` (one row a curve), `stops` (how many
ticks there are at each frame), `lefts` (the instant at the left edge of each) and `size`. Prints the frame times in ms as JSON.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter_ns
from typing import Any

import numpy as np

_COLOURS = ("#d0d0d0", "#f0b000", "#40a0ff")


def main() -> int:
    """Time the frames of a file."""
    import finplot
    import pandas as pd
    from PySide6.QtWidgets import QApplication

    with np.load(sys.argv[1]) as saved:
        times, lines, stops, lefts, size = (
            saved[name] for name in ("ts_ns", "lines", "stops", "lefts", "size")
        )
    index = pd.to_datetime(times)

    def series(row: Any, stop: int) -> Any:
        return pd.Series(row[:stop], index=index[:stop])

    axes = finplot.create_plot("ticks", maximize=False)
    plots = [
        finplot.plot(series(row, stops[0]), ax=axes, color=colour)
        for row, colour in zip(lines, _COLOURS, strict=True)
    ]
    finplot.show(qt_exec=False)
    axes.vb.win.resize(*size.tolist())
    QApplication.processEvents()
    took: list[float] = []
    shown = 0
    for stop, left in zip(stops.tolist(), lefts.tolist(), strict=True):
        new = [series(row, stop) for row in lines]
        start = perf_counter_ns()
        for plot, each in zip(plots, new, strict=True):
            plot.update_data(each, gfx=False)
        for plot in plots:
            plot.update_gfx()
        if left != shown:
            shown = left
            finplot.set_x_pos(index[0] if left < times[0] else pd.Timestamp(left), index[stop - 1], ax=axes)
        QApplication.processEvents()
        took.append((perf_counter_ns() - start) / 1e6)
    print(json.dumps(took))
    return 0


if __name__ == "__main__":
    sys.exit(main())
