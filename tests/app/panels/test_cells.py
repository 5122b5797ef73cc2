import pytest
from PySide6.QtGui import QFontMetrics

from app.panels.cells import elided_name
from app.stylesheet import desk_font


@pytest.mark.parametrize(
    "name", ["Crosses above VWAP 60s ×1204", "Crosses above the upper band of the session"]
)
def test_a_name_is_cut_and_never_how_often_it_was(qtbot, name):
    metrics = QFontMetrics(desk_font())
    shown = elided_name(name, metrics, 120)
    assert metrics.horizontalAdvance(shown) <= 120
    assert "…" in shown
    assert shown.endswith("×1204") == name.endswith("×1204")
    assert elided_name(name, metrics, 1_000) == name
