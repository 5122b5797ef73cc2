"""The charts: the only room that knows pyqtgraph."""

from app.charts.area import ChartArea
from app.charts.specs import AlertLine, BandSpec, CurveSpec, FiringMark, PaneSpec, RibbonMark

__all__ = ["AlertLine", "BandSpec", "ChartArea", "CurveSpec", "FiringMark", "PaneSpec", "RibbonMark"]
