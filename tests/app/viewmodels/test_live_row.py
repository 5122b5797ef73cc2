from app.viewmodels.live_row import LiveRow, live_text
from app.viewmodels.quotes import Quotes


def test_the_live_row_tells_all_in_one_sentence(desk):
    desk.go_live("NIFTY-FUT", closes={"NIFTY-FUT": 24_820.60})
    desk.trade("NIFTY-FUT", 24_922.04, 24_907.0)
    quote = Quotes(desk).quote("NIFTY-FUT")
    assert live_text(quote, "NIFTY-FUT", "Live", "10:42:17 IST") == (
        "NIFTY-FUT 24,907.00, up 86.40, 0.35 %, VWAP 24,914.52, Live, 10:42:17 IST"
    )


def test_an_index_without_a_move_has_neither_vwap_nor_per_cent(desk):
    desk.go_live("NIFTY").trade("NIFTY", 24_900.0, size=0)
    text = live_text(Quotes(desk).quote("NIFTY"), "NIFTY", "Replaying", "09:15:00 IST")
    assert text == "NIFTY 24,900.00, unchanged, Replaying, 09:15:00 IST"


def test_before_the_first_tick_it_says_so():
    assert live_text(None, "SBIN", "Waiting", "09:00:00 IST") == "SBIN no tick yet, Waiting, 09:00:00 IST"
    assert live_text(None, "", "", "") == "No symbol"


def test_a_text_is_made_and_told_at_most_once_a_second():
    told, made, now = [], [], [0]

    def text():
        made.append(now[0])
        return f"at {now[0]}"

    row = LiveRow(told.append, timer=lambda: now[0])
    for now[0] in range(0, 2_500_000_000, 100_000_000):
        row.show(text)
    assert told == ["at 0", "at 1000000000", "at 2000000000"]
    assert len(made) == 3


def test_the_same_text_is_not_told_twice():
    told, now = [], [0]
    row = LiveRow(told.append, timer=lambda: now[0])
    for now[0] in (0, 10**9, 2 * 10**9):
        row.show(lambda: "the same")
    assert told == ["the same"]
