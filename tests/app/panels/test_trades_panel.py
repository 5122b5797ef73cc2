import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app.panels.cells import row_colour
from app.panels.print_cells import TINT_ALPHA
from app.panels.trades import TradesPanel
from app.panels.watch_cells import FLASH_ALPHA
from app.theme import DARK, LIGHT, THEMES
from app.viewmodels.quotes import Quotes
from app.viewmodels.trades import VWAP_COLUMN, TradesModel


@pytest.fixture
def model(desk):
    desk.go_live("SBIN")
    for number in range(60):
        desk.trade("SBIN", 842.0 + number % 3, size=100 + number)
    model = TradesModel(desk, Quotes(desk))
    model.set_symbol("SBIN")
    return model


@pytest.fixture
def panel(model, qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    panel = TradesPanel(model, DARK)
    panel.setParent(host)
    panel.resize(1280, 200)
    host.resize(1280, 200)
    host.show()
    qtbot.waitExposed(host)
    panel.host = host
    return panel


def told(signal):
    found = []
    signal.connect(lambda *given: found.append(given))
    return found


def hover(panel, *, over):
    at = QPointF(5, 5)
    QApplication.sendEvent(
        panel.table.viewport(), QEnterEvent(at, at, at) if over else QEvent(QEvent.Type.Leave)
    )


def come(desk, model, count):
    for _ in range(count):
        desk.trade("SBIN", 850.0, size=500)
    model.refresh()


def newest(model):
    return model.index(0, 2).data()


def test_a_size_is_typed_and_a_bad_one_gets_its_reason_in_place(panel, model, qtbot):
    qtbot.keyClicks(panel.filter, "150")
    assert panel.count.text() == "10 of 60 shown"
    qtbot.keyClicks(panel.filter, "x")
    assert panel.reason.isVisible()
    assert panel.reason.text() == "Expected a size such as 500, 1,000, 5k or 2 L, found '150x'"
    assert panel.filter.property("wrong") is True
    assert model.least == 150
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert (panel.filter.text(), panel.count.text(), model.rowCount()) == ("", "60 ticks", 60)
    assert panel.reason.isHidden()


def test_rows_stand_still_under_the_pointer_and_the_pill_counts_what_came(panel, model, desk, qtbot):
    hover(panel, over=True)
    come(desk, model, 3)
    assert newest(model) == "159"
    assert panel.pill.isVisible()
    assert (panel.pill.text(), panel.count.text()) == ("↑ 3 new", "63 ticks · held")
    qtbot.mouseClick(panel.pill, Qt.MouseButton.LeftButton)
    assert newest(model) == "500"
    assert panel.pill.isHidden()
    come(desk, model, 1)
    assert panel.pill.isHidden()


def test_leaving_the_table_lets_it_go_on(panel, model, desk):
    hover(panel, over=True)
    come(desk, model, 2)
    hover(panel, over=False)
    assert newest(model) == "500"


def test_a_scrolled_table_stands_still_until_it_is_scrolled_back(panel, model, desk):
    bar = panel.table.verticalScrollBar()
    bar.setValue(100)
    come(desk, model, 2)
    assert (newest(model), panel.pill.text()) == ("159", "↑ 2 new")
    bar.setValue(0)
    assert newest(model) == "500"


def test_arrows_hold_and_home_goes_on(panel, model, desk, qtbot):
    panel.table.setFocus()
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    come(desk, model, 2)
    assert (newest(model), panel.table.currentIndex().row()) == ("159", 1)
    qtbot.keyClick(panel.table, Qt.Key.Key_Home)
    assert newest(model) == "500"
    assert not model.held


def test_a_hidden_table_holds_nothing(panel, model):
    hover(panel, over=True)
    panel.hide()
    assert not model.held


def test_a_click_and_enter_pick_the_moment_of_a_print(panel, model, desk, qtbot):
    picked = told(panel.moment_picked)
    place = panel.table.visualRect(model.index(1, 1)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    ts_ns = desk.view("SBIN").ts_ns
    assert picked == [("SBIN", int(ts_ns[58])), ("SBIN", int(ts_ns[57]))]


def test_in_a_narrow_panel_vwap_gives_way_to_the_filter(panel, qtbot):
    assert not panel.table.isColumnHidden(VWAP_COLUMN)
    panel.resize(640, 200)
    qtbot.waitUntil(lambda: panel.table.isColumnHidden(VWAP_COLUMN))
    assert panel.rect().contains(panel.filter.geometry())
    assert panel.table.geometry().right() < panel.filter.geometry().left()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_gap_is_painted_across_the_row_and_a_big_print_stands_out(panel, model, desk, theme):
    panel.set_theme(theme)
    desk.trade("SBIN", 850.0, size=100, gap=True)
    desk.trade("SBIN", 850.0, size=90_000)
    model.set_symbol("SBIN")
    picture = panel.table.viewport().grab().toImage()
    edge = panel.table.viewport().width() - 3
    grounds = [
        picture.pixelColor(edge, panel.table.visualRect(model.index(row, 0)).top() + 2).name()
        for row in range(4)
    ]
    big, plain, gap, other = grounds
    assert plain == other
    assert len({big, plain, gap}) == 3


def mixed(under, over, alpha):
    share = alpha / 255
    pairs = zip(QColor(under).getRgbF()[:3], QColor(over).getRgbF()[:3], strict=True)
    return tuple(low * (1 - share) + high * share for low, high in pairs)


def luminance(rgb):
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", list(THEMES.values()), ids=lambda theme: theme.name)
def test_texts_keep_their_contrast_on_the_tints(theme):
    def contrast(text, ground):
        high, low = sorted((luminance(QColor(text).getRgbF()[:3]), luminance(ground)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    loud = mixed(theme.panel, theme.alert, TINT_ALPHA)
    for tone in (theme.text, theme.dim, theme.up, theme.down):
        assert contrast(tone, loud) >= 4.5
    assert contrast(theme.warning, mixed(theme.panel, theme.warning, TINT_ALPHA)) >= 4.5
    for shown in (False, True):
        for direction in (theme.up, theme.down):
            assert contrast(theme.text, mixed(row_colour(theme, shown=shown), direction, FLASH_ALPHA)) >= 4.5


def test_every_control_has_a_name(panel, model, desk):
    hover(panel, over=True)
    come(desk, model, 1)
    for each in (panel.table, panel.filter, panel.count, panel.reason, panel.pill):
        assert each.accessibleName()
    assert isinstance(panel.filter, QLineEdit)
