"""The bar over a chart: what it shows, what it asks for, and how it folds."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget

from app.panels.chart_bar import BAR_PX, ChartBar
from app.panels.series_chip import curve_colour
from app.stylesheet import desk_stylesheet
from app.theme import DARK, LIGHT, THEMES
from app.viewmodels.chart_choice import ChartChoice
from app.viewmodels.chart_series import drawn_series, subject_of
from feeds.instruments import load_instruments

INSTRUMENTS = load_instruments()
MORE = ChartChoice().with_series("ema(20)").with_series("rsi(14)").with_series("sma(9)")


@pytest.fixture
def host(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1200, 60)
    made.setStyleSheet(desk_stylesheet(DARK))
    return made


@pytest.fixture
def bar(host, qtbot):
    made = ChartBar(DARK, host)
    made.resize(740, BAR_PX)
    show(made, ChartChoice())
    with qtbot.waitExposed(host):
        host.show()
    return made


def show(bar, choice, symbol="NIFTY-FUT", symbols=()):
    subject = subject_of(symbol, symbol != "NIFTY", INSTRUMENTS, symbols)
    bar.show_choice(choice, drawn_series(choice, subject))


def told(signal):
    found = []
    signal.connect(lambda *given: found.append(given[0] if len(given) == 1 else given))
    return found


def shown_texts(bar):
    buttons = [each for each in bar.findChildren(QAbstractButton) if each.isVisible()]
    return [each.text() for each in sorted(buttons, key=lambda each: each.x())]


def entries(menu):
    return [each.text() for each in menu.actions() if not each.isSeparator()]


def pick(menu, text):
    next(each for each in menu.actions() if each.text() == text).trigger()


# What it shows


def test_it_shows_bars_series_and_tools_as_wide_as_a_chart_is_at_least(bar):
    bar.show_layout(1, {"time": True, "symbol": False}, shown=True)
    texts = shown_texts(bar)
    assert texts[:5] == ["Ticks", "1 min", "5 min", "500 ticks", "…"]
    assert texts[5:8] == ["VWAP ±2σ", "VWAP 60s", "+ Series"]
    assert texts[8:] == ["Tools ▾", "Profile", ""]


@pytest.mark.parametrize("width", [320, 366, 480, 740, 1160])
@pytest.mark.parametrize("named", [False, True])
def test_however_wide_it_is_nothing_overlaps_and_the_bars_in_force_are_in_sight(bar, width, named):
    bar.show_symbol("BANKNIFTY-FUT", named=named)
    bar.show_layout(4, {"time": True, "symbol": False}, shown=True)
    show(bar, MORE.with_style("10000 volume"))
    bar.resize(width, BAR_PX)
    places = sorted((each.geometry() for each in bar.children() if is_shown(each)), key=lambda each: each.x())
    assert places[0].left() >= 0
    assert places[-1].right() <= width
    for before, after in pairwise(places):
        assert before.right() < after.left()
    assert bar.other.isVisible()
    assert bar.more.isVisible()


def is_shown(child):
    return isinstance(child, QWidget) and child.isVisible() and not child.isWindow()


def test_what_does_not_fit_is_in_the_menu(bar):
    show(bar, MORE)
    bar.resize(330, BAR_PX)
    assert set(bar.folded) >= {"ema(20)", "rsi(14)", "sma(9)"}
    found = entries(bar.menus.more())
    for text in ("5 min", "Other bars…", "EMA 20", "Add series…", "Tools", "Volume profile"):
        assert text in found


def test_an_index_without_a_source_says_why_in_place_of_a_vwap(bar):
    show(bar, ChartChoice(), "NIFTY", ("NIFTY",))
    assert bar.note.isVisible()
    assert bar.note.text() == "No VWAP: NIFTY-FUT is not in the feed"
    assert not bar.chip("vwap(session)").isVisible()
    show(bar, ChartChoice(), "NIFTY", ("NIFTY", "NIFTY-FUT"))
    assert not bar.note.isVisible()
    assert bar.chip("vwap(session)").text() == "VWAP of NIFTY-FUT"


def test_chips_wear_the_colours_of_their_curves_in_every_theme(bar):
    show(bar, MORE)
    first, second, ema = bar.series[:3]
    for theme in THEMES.values():
        assert curve_colour(theme, first) == theme.vwap
        assert curve_colour(theme, second) == theme.vwap_second
        assert curve_colour(theme, ema) in theme.palette


def pixels(bar, text):
    chip = bar.chip(text)
    image = bar.grab(chip.geometry()).toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_a_hidden_series_keeps_its_chip_without_its_colour(bar):
    assert DARK.vwap_second.lower() in pixels(bar, "vwap(60s)")
    show(bar, ChartChoice().with_shown("vwap(60s)", False))
    assert bar.chip("vwap(60s)").isVisible()
    assert DARK.vwap_second.lower() not in pixels(bar, "vwap(60s)")
    assert "hidden" in bar.chip("vwap(60s)").accessibleName()


def test_another_theme_recolours_the_chips(bar):
    bar.set_theme(LIGHT)
    assert LIGHT.vwap_second.lower() in pixels(bar, "vwap(60s)")


# What it asks for


def test_a_style_button_asks_for_its_bars_and_waits_for_the_choice(bar, qtbot):
    found = told(bar.style_picked)
    qtbot.mouseClick(bar.styles["5m"], Qt.MouseButton.LeftButton)
    assert found == ["5m"]
    assert bar.styles["ticks"].isChecked()
    show(bar, ChartChoice().with_style("5m"))
    assert [style for style, button in bar.styles.items() if button.isChecked()] == ["5m"]
    qtbot.mouseClick(bar.styles["5m"], Qt.MouseButton.LeftButton)
    assert found == ["5m"]
    assert bar.styles["5m"].isChecked()


def test_other_bars_are_typed_and_a_wrong_text_is_told_in_place(bar, qtbot):
    found = told(bar.style_picked)
    qtbot.keyClicks(bar.bars.line, "5 candles")
    qtbot.keyClick(bar.bars.line, Qt.Key.Key_Return)
    assert found == []
    assert "“5 candles”" in bar.bars.note.text()
    bar.bars.line.clear()
    qtbot.keyClicks(bar.bars.line, "5 range")
    assert "“" not in bar.bars.note.text()
    qtbot.keyClick(bar.bars.line, Qt.Key.Key_Return)
    assert found == ["5 range"]


def test_bars_that_were_typed_have_a_button(bar):
    show(bar, ChartChoice().with_style("10000 volume"))
    assert bar.other.isVisible()
    assert bar.other.text() == "10,000 volume"
    assert not any(each.isChecked() for each in bar.styles.values())


def test_a_click_on_a_chip_hides_its_series_and_one_on_its_cross_removes_it(bar, qtbot):
    shown, removed = told(bar.series_shown), told(bar.series_removed)
    chip = bar.chip("vwap(60s)")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(20, 12))
    assert (shown, removed) == ([("vwap(60s)", False)], [])
    show(bar, ChartChoice().with_shown("vwap(60s)", False))
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(20, 12))
    assert shown[1:] == [("vwap(60s)", True)]
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 8, 12))
    assert removed == ["vwap(60s)"]
    assert len(shown) == 2


def test_the_keyboard_hides_and_removes_series_too(bar, qtbot):
    shown, removed = told(bar.series_shown), told(bar.series_removed)
    chip = bar.chip("vwap(session)")
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key.Key_Space)
    qtbot.keyClick(chip, Qt.Key.Key_Delete)
    assert (shown, removed) == ([("vwap(session)", False)], ["vwap(session)"])


def test_the_keyboard_is_not_lost_with_a_chip_that_is_removed(bar, qtbot):
    bar.window().activateWindow()
    bar.chip("vwap(60s)").setFocus()
    show(bar, ChartChoice().without_series("vwap(60s)"))
    assert bar.isAncestorOf(QApplication.focusWidget())


def test_profile_band_and_volume_are_switched(bar, qtbot):
    found = told(bar.switched)
    qtbot.mouseClick(bar.profile, Qt.MouseButton.LeftButton)
    menu = bar.menus.more()
    pick(menu, "Band ±2σ")
    pick(menu, "Volume")
    assert found == [("profile", True), ("bands", False), ("volume", False)]


def test_tools_are_taken_from_a_menu_and_put_back_by_a_click(bar, qtbot):
    found = told(bar.tool_picked)
    menu = bar.menus.tools()
    assert entries(menu) == ["Measure", "Level", "Anchored VWAP", "Zoom to a span"]
    pick(menu, "Measure")
    assert found == ["measure"]
    bar.show_tool("measure")
    assert bar.tools.text() == "Measure ×"
    qtbot.mouseClick(bar.tools, Qt.MouseButton.LeftButton)
    assert found == ["measure", None]
    bar.show_tool(None)
    assert bar.tools.text() == "Tools ▾"
    assert not bar.tools.isChecked()


def test_the_layout_is_chosen_where_it_is_offered(bar):
    counts, links = told(bar.count_picked), told(bar.link_switched)
    assert not bar.layout_button.isVisible()
    bar.show_layout(2, {"time": True, "symbol": False}, shown=True)
    menu = bar.menus.layout()
    checked = [each.text() for each in menu.actions() if each.isChecked()]
    assert checked == ["Two charts", "Link time"]
    pick(menu, "Four charts")
    pick(menu, "Link symbol")
    assert (counts, links) == ([4], [("symbol", True)])


def test_series_are_removed_from_the_menu_too(bar):
    found = told(bar.series_removed)
    menu = bar.menus.more()
    remove = next(each for each in menu.findChildren(QMenu) if each.title() == "Remove series")
    pick(remove, "VWAP 60s")
    assert found == ["vwap(60s)"]


def test_a_chips_menu_hides_changes_and_removes(bar):
    shown, edited, removed = told(bar.series_shown), told(bar.series_edited), told(bar.series_removed)
    menu = bar.menus.chip(bar.chip("vwap(60s)").series)
    assert entries(menu) == ["Hide", "Change…", "Remove"]
    for text in entries(menu):
        pick(menu, text)
    assert (shown, edited, removed) == ([("vwap(60s)", False)], ["vwap(60s)"], ["vwap(60s)"])
    show(bar, MORE.with_series("signed_size"))
    assert entries(bar.menus.chip(bar.chip("signed_size").series)) == ["Hide", "Remove"]


# Keyboard and names


def test_tab_leads_through_everything_in_sight_and_everything_has_a_name(bar, qtbot):
    bar.show_layout(1, {"time": True, "symbol": False}, shown=True)
    show(bar, MORE)
    bar.resize(1160, BAR_PX)
    bar.window().activateWindow()
    wanted = [each for each in bar.findChildren(QAbstractButton) if each.isVisible()]
    wanted.sort(key=lambda each: each.x())
    wanted[0].setFocus()
    reached = [QApplication.focusWidget()]
    for _ in wanted[1:]:
        qtbot.keyClick(reached[-1], Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    assert set(reached) == set(wanted)
    assert all(each.accessibleName() for each in wanted)
