import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget

from app.panels.watchlist import WatchlistPanel
from app.theme import DARK, LIGHT
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import FLASH_ROLE
from app.viewmodels.watch_columns import COLUMNS, LAST, SPARK
from app.viewmodels.watchlist import WatchlistModel

SYMBOLS = ("NIFTY", "NIFTY-FUT", "SBIN", "RELIANCE", "TCS")


def told(signal):
    found = []
    signal.connect(lambda *given: found.append(given[0] if len(given) == 1 else given))
    return found


@pytest.fixture
def model(desk):
    desk.go_live(*SYMBOLS, closes={"SBIN": 850.0, "TCS": 3_300.0})
    desk.trade("NIFTY", 24_861.0, size=0)
    for symbol, price in (("NIFTY-FUT", 24_900.0), ("SBIN", 842.0), ("RELIANCE", 1_500.0), ("TCS", 3_400.0)):
        desk.trade(symbol, price, price + 1, price)
    model = WatchlistModel(desk, Quotes(desk))
    model.refresh()
    return model


@pytest.fixture
def panel(model, qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    panel = WatchlistPanel(model, DARK)
    for each in (panel.title, panel):
        each.setParent(host)
    panel.title.setGeometry(0, 0, 290, 30)
    panel.setGeometry(0, 30, 290, 530)
    host.resize(800, 560)
    host.show()
    qtbot.waitExposed(host)
    panel.host = host
    return panel


def listed(panel):
    model = panel.table.model()
    return [model.symbol_at(row) for row in range(model.rowCount())]


def titles(panel):
    header = panel.table.horizontalHeader()
    order = [header.logicalIndex(place) for place in range(header.count())]
    return [COLUMNS[each].title for each in order if not panel.table.isColumnHidden(each)]


def hover(panel, *, over):
    at = QPointF(5, 5)
    event = QEnterEvent(at, at, at) if over else QEvent(QEvent.Type.Leave)
    QApplication.sendEvent(panel.table.viewport(), event)


def button(panel, text):
    return next(
        each for each in panel.footer.findChildren(QPushButton) if each.text() == text and each.isVisible()
    )


def choose(panel, symbol):
    panel.table.setFocus()
    panel.table.selectRow(listed(panel).index(symbol))


# Adding and removing


def test_typing_letters_in_the_table_finds(panel, qtbot):
    panel.table.setFocus()
    qtbot.keyClick(panel.table, "t")
    assert panel.finder.text() == "t"
    assert panel.finder.hasFocus()
    qtbot.keyClick(panel.finder, "c")
    assert listed(panel) == ["TCS"]
    qtbot.keyClick(panel.finder, Qt.Key.Key_Escape)
    assert listed(panel) == list(SYMBOLS)
    assert panel.table.hasFocus()


def test_a_slash_in_the_table_goes_to_the_find_box_and_types_nothing(panel, qtbot):
    panel.table.setFocus()
    qtbot.keyClick(panel.table, "/")
    assert panel.finder.hasFocus()
    assert panel.finder.text() == ""


def test_arrows_move_and_enter_charts(panel, qtbot):
    picked = told(panel.symbol_picked)
    choose(panel, "NIFTY")
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert picked == ["SBIN"]


def test_delete_takes_a_symbol_out_and_put_back_brings_it_back(panel, qtbot):
    changed, edited = told(panel.watched_changed), told(panel.edited)
    choose(panel, "SBIN")
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    rest = tuple(each for each in SYMBOLS if each != "SBIN")
    assert (panel.symbols_wanted, tuple(listed(panel))) == (rest, rest)
    assert panel.footer.words.text() == "SBIN removed"
    assert panel.table.currentIndex().row() == 2  # the next one is at hand
    qtbot.mouseClick(button(panel, "Put back"), Qt.MouseButton.LeftButton)
    assert listed(panel) == list(SYMBOLS)
    assert changed == [rest, None]
    assert [words for words, _undo in edited] == ["SBIN removed"]
    assert panel.footer.isHidden()


def test_a_symbol_that_is_not_listed_cannot_be_taken_out(panel, qtbot):
    edited = told(panel.edited)
    panel.remove("AAPL")
    panel.set_watched(("SBIN",))
    qtbot.keyClicks(panel.finder, "tcs")
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert (edited, panel.symbols_wanted) == ([], ("SBIN",))


def test_what_an_edit_tells_takes_it_back(panel):
    edited = told(panel.edited)
    panel.set_watched(("SBIN", "TCS"))
    panel.remove("TCS")
    (words, undo), *_ = edited
    undo()
    assert (words, panel.symbols_wanted) == ("TCS removed", ("SBIN", "TCS"))


def test_enter_on_a_symbol_not_yet_in_the_list_adds_and_charts_it(panel, qtbot):
    panel.set_watched(("SBIN",))
    picked, changed = told(panel.symbol_picked), told(panel.watched_changed)
    qtbot.keyClicks(panel.finder, "rel")
    assert panel.table.model().index(0, 0).data() == "+ RELIANCE"
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert (picked, changed) == (["RELIANCE"], [("SBIN", "RELIANCE")])
    assert panel.footer.words.text() == "RELIANCE added"
    assert panel.finder.text() == ""
    assert panel.table.currentIndex().row() == 1


def test_enter_takes_the_row_that_was_moved_to(panel, qtbot):
    picked = told(panel.symbol_picked)
    qtbot.keyClicks(panel.finder, "nifty")
    qtbot.keyClick(panel.finder, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert picked == ["NIFTY-FUT"]


def test_an_unknown_symbol_gets_a_reason_with_the_nearest_at_a_click(panel, qtbot):
    picked = told(panel.symbol_picked)
    qtbot.keyClicks(panel.finder, "niftu")
    assert panel.finder.property("wrong") is True
    assert panel.footer.words.text() == "No symbol NIFTU here. Did you mean"
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert picked == []
    qtbot.mouseClick(button(panel, "NIFTY"), Qt.MouseButton.LeftButton)
    assert picked == ["NIFTY"]
    assert panel.finder.property("wrong") is False


def test_a_symbol_of_the_table_may_be_added_before_its_first_tick(panel, qtbot):
    panel.set_watched(("SBIN",))
    qtbot.keyClicks(panel.finder, "m&m")
    assert panel.footer.words.text() == "Enter adds M&M, without a tick yet"
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert panel.symbols_wanted == ("SBIN", "M&M")


def test_show_all_lists_all_of_the_feed_again(panel, qtbot):
    panel.set_watched(("SBIN",))
    assert panel.footer.words.text() == "1 chosen"
    qtbot.mouseClick(button(panel, "Show all"), Qt.MouseButton.LeftButton)
    assert panel.symbols_wanted is None
    qtbot.mouseClick(button(panel, "Put back"), Qt.MouseButton.LeftButton)
    assert panel.symbols_wanted == ("SBIN",)


def test_a_list_of_nothing_and_one_of_another_feed_say_what_to_do(panel):
    panel.set_watched(())
    assert panel.footer.words.text() == "Nothing is listed: type to find, Enter adds"
    panel.set_watched(("AAPL",))
    assert panel.footer.words.text() == "None of these is in this feed"
    assert button(panel, "Show all")


# Held


def test_rows_stand_still_under_the_pointer_and_the_mark_says_so(panel, model, desk):
    panel.columns.sort(1, descending=True)
    before = listed(panel)
    hover(panel, over=True)
    assert panel._mark.isVisible()
    assert panel._mark.text() == "sorted by Last · held"
    desk.trade("SBIN", 99_999.0)
    model.refresh()
    model.resort()
    assert listed(panel) == before
    hover(panel, over=False)
    assert panel._mark.isHidden()
    assert listed(panel)[0] == "SBIN"


def test_without_an_order_there_is_no_mark_and_a_hidden_panel_holds_nothing(panel, model):
    hover(panel, over=True)
    assert panel._mark.isHidden()
    assert model.held
    panel.hide()
    assert not model.held


def test_a_header_sorts_the_largest_first_then_the_other_way_then_not(panel, qtbot):
    header = panel.table.horizontalHeader()
    at = header.sectionViewportPosition(LAST) + 10

    def click():
        qtbot.mouseClick(
            header.viewport(), Qt.MouseButton.LeftButton, pos=header.rect().center().__class__(at, 8)
        )

    click()
    assert listed(panel) == ["NIFTY-FUT", "NIFTY", "TCS", "RELIANCE", "SBIN"]
    click()
    assert listed(panel)[0] == "SBIN"
    click()
    assert listed(panel) == list(SYMBOLS)


# Columns


def test_the_four_columns_of_a_narrow_list_and_the_sparkline_of_a_wide_one(panel, qtbot):
    assert titles(panel) == ["Symbol", "Last", "%", "vs VWAP"]
    panel.resize(400, 530)
    qtbot.waitUntil(lambda: titles(panel) == ["Symbol", "Last", "%", "vs VWAP", "Trend"])
    panel.resize(240, 530)
    qtbot.waitUntil(lambda: titles(panel) == ["Symbol", "Last", "%"])


def test_columns_fill_the_table_and_scroll_where_they_cannot(panel, qtbot):
    table = panel.table
    assert sum(table.columnWidth(each) for each in range(4)) == table.viewport().width()
    panel.show_columns((4, 5, 6, 8, 9, 10, 11))
    assert table.columnWidth(0) >= 100
    assert table.horizontalScrollBarPolicy() is Qt.ScrollBarPolicy.ScrollBarAsNeeded


def entries(menu):
    return {action.text(): action for action in menu.actions()}


def test_the_headers_menu_shows_and_hides_any_column_but_the_symbol(panel):
    menu = panel.make_menu(None)
    assert entries(menu)["Last price"].isChecked()
    entries(menu)["Turnover of the session"].trigger()
    assert titles(panel)[-1] == "Turnover"
    menu = panel.make_menu(None)
    entries(menu)["Change in per cent"].trigger()
    assert "%" not in titles(panel)
    assert panel.extra_columns == (11, -2)
    panel.show_columns(())
    assert titles(panel) == ["Symbol", "Last", "%", "vs VWAP"]
    panel.show_columns((11, -2))
    assert titles(panel) == ["Symbol", "Last", "vs VWAP", "Turnover"]


def test_a_rows_menu_has_all_that_a_key_or_the_header_does(panel):
    menu = panel.make_menu("SBIN")
    columns = entries(menu)["Columns"].menu()
    entries(columns)["Sparkline"].trigger()
    order = entries(menu)["Sort by"].menu()
    entries(order)["Last price"].trigger()
    spans = entries(menu)["Sparklines"].menu()
    entries(spans)["Last 5 minutes"].trigger()
    entries(menu)["List SBIN only"].trigger()
    assert "Trend" in titles(panel)
    assert panel.layout_choice() == {
        "columns": [SPARK], "watched": ["SBIN"], "sort": [LAST, True], "spark_span_ns": 300 * 10**9, "flash": True,
    }  # fmt: skip


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_key_opens_the_menu_of_the_row_that_the_keyboard_is_on(panel):
    choose(panel, "TCS")
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, QPoint(3, 3), panel.mapToGlobal(QPoint(3, 3))
    )
    QApplication.sendEvent(panel.table, event)
    menu = next(each for each in panel.findChildren(QMenu) if each.isVisible())
    assert "Remove TCS from the list\tDel" in entries(menu)
    menu.close()


def test_the_keyboard_stays_on_its_symbol_when_others_come(panel, model, desk):
    panel.columns.sort(0, descending=False)
    choose(panel, "TCS")
    desk.trade("AAA", 1.0)
    model.refresh()
    assert model.symbol_at(panel.table.currentIndex().row()) == "TCS"


def test_enter_in_the_find_box_takes_the_first_found_wherever_the_keyboard_was(panel, qtbot):
    picked = told(panel.symbol_picked)
    choose(panel, "NIFTY-FUT")
    qtbot.keyClicks(panel.finder, "nifty")
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert picked == ["NIFTY"]


def test_choices_are_taken_on_again_and_nonsense_is_passed_over(panel, model):
    panel.restore(
        {"columns": [8, -3], "watched": ["TCS"], "sort": [1, False], "spark_span_ns": 10**9, "flash": False}
    )
    kept = panel.layout_choice()
    assert kept == {
        "columns": [8, -3], "watched": ["TCS"], "sort": [1, False], "spark_span_ns": 10**9, "flash": False,
    }  # fmt: skip
    panel.restore({"columns": "x", "watched": [3], "sort": [99, True], "spark_span_ns": -1, "flash": "no"})
    assert panel.layout_choice() == kept
    panel.restore({"watched": None})
    assert panel.symbols_wanted is None
    assert not model.flashing


# Looks


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_flash_and_a_sparkline_are_painted_and_the_flash_is_told_by_more_than_hue(
    panel, model, desk, theme
):
    panel.set_theme(theme)
    panel.resize(400, 530)
    row = model.row_of("SBIN")
    cell = panel.table.visualRect(model.index(row, LAST))

    def picture():
        return panel.table.viewport().grab().toImage()

    plain = picture()
    for price, edge in ((843.0, cell.top()), (841.0, cell.bottom())):
        desk.trade("SBIN", price)
        model.refresh()
        assert model.index(row, LAST).data(FLASH_ROLE).up is (edge == cell.top())
        lit = picture()
        x = cell.left() + 2
        assert (
            lit.pixelColor(x, edge)
            != lit.pixelColor(x, cell.center().y())
            != plain.pixelColor(x, cell.center().y())
        )
    spark = panel.table.visualRect(model.index(row, SPARK))
    colours = {
        lit.pixelColor(x, y).name()
        for x in range(spark.left(), spark.right())
        for y in range(spark.top(), spark.bottom())
    }
    assert len(colours) > 2


def test_every_control_of_the_panel_has_a_name(panel):
    panel.set_watched(("SBIN",))
    for widget in (panel.table, panel.finder, panel.footer.words):
        assert widget.accessibleName()
    assert all(each.text() for each in panel.footer.buttons if each.isVisible())
