from app.viewmodels.watched import Watched, missing_reason, nearest_symbol

FEED = ("NIFTY", "NIFTY-FUT", "SBIN", "TCS")


def test_all_of_the_feed_is_listed_or_what_was_chosen_in_its_order():
    assert Watched().listed(FEED) == FEED
    assert Watched(("TCS", "RELIANCE")).listed(FEED) == ("TCS", "RELIANCE")


def test_what_is_found_and_not_chosen_comes_last():
    assert Watched(("NIFTY-FUT", "SBIN"), "NIFTY").listed(FEED) == ("NIFTY-FUT", "NIFTY")
    assert Watched(None, "S").listed(FEED) == ("SBIN", "TCS")


def test_a_symbol_is_added_once_and_taken_out_of_any_list():
    assert Watched(("SBIN",)).with_symbol("TCS") == ("SBIN", "TCS")
    assert Watched(("SBIN",)).with_symbol("SBIN") == ("SBIN",)
    assert Watched().with_symbol("SBIN") is None
    assert Watched().without("SBIN", FEED) == ("NIFTY", "NIFTY-FUT", "TCS")
    assert Watched(("SBIN",)).without("SBIN", FEED) == ()


def test_an_unknown_symbol_gets_its_reason_and_the_nearest():
    assert missing_reason("niftu", FEED, ()) == "No symbol NIFTU here. Did you mean"
    assert nearest_symbol("niftu", FEED) == "NIFTY"
    assert missing_reason("reliance", FEED, ("RELIANCE",)) == "RELIANCE has no tick here."
    assert missing_reason("sbin", (), ()) == "SBIN: no feed is open"
    assert nearest_symbol("qqq", FEED) is None
