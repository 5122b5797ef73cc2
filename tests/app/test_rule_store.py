"""Rules on disk: what is written is read back, and what is wrong is told with its place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import RuleError
from analytics.rules.rule import Repeat, Rule
from analytics.validation import normal_symbol
from app.rule_store import format_rules, load_rules, parse_rules, read_rules, save_rules

WRITTEN = """
[[rule]]
name = "above-vwap"
symbol = "NIFTY-FUT"
when = "price crosses above vwap(session)"
hysteresis = "0.50"        # points; or "2 ticks" (known instruments), "0.1 %" of |right|; default 0
repeat = "each"            # once | session (the first shown firing of it) | each (default)
cooldown = "30s"           # of event time, default 0s
"""
ABOVE_VWAP = Rule("above-vwap", "NIFTY-FUT", "price crosses above vwap(session)", "0.50", Repeat.EACH, "30s")
texts = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)
rules = st.builds(
    Rule,
    texts,
    texts.map(normal_symbol).filter(lambda text: not text.lstrip().startswith(("ANY", "ALL"))),
    texts,
    texts,
    st.sampled_from(Repeat),
    st.sampled_from(["0s", "30s", "5m"]),
    st.booleans(),
    st.sampled_from(["", "2026-12-31T15:30", "2026-12-31T15:30:01Z"]),
    st.sampled_from(["", "09:30-15:00", "22:00 - 02:00:30"]),
    st.sampled_from(["", "2026-12-31T15:30+05:30"]),
)


def refusal(text: str) -> str:
    with pytest.raises(RuleError) as refused:
        parse_rules(text, "alerts.toml")
    return str(refused.value)


def rule_text(**changes: str) -> str:
    keys = {"name": '"r"', "symbol": '"S"', "when": '"price above 1"', **changes}
    return "[[rule]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items() if value)


def test_the_documented_form_is_read() -> None:
    assert parse_rules(WRITTEN, "alerts.toml") == (ABOVE_VWAP,)


def test_numbers_are_taken_as_they_are_written() -> None:
    (rule,) = parse_rules(rule_text(hysteresis="0.50", cooldown="30"), "alerts.toml")
    assert (rule.hysteresis, rule.cooldown) == ("0.50", "30")


@given(st.lists(rules, unique_by=lambda rule: rule.name))
def test_what_is_written_is_read_back(written: list[Rule]) -> None:
    assert parse_rules(format_rules(written), "alerts.toml") == tuple(written)


def test_a_symbol_takes_the_composed_form_that_ticks_have() -> None:
    text = '[[rule]]\nname = "r"\nsymbol = "Zu\u0308rich"\nwhen = "price above 1"\n'
    assert parse_rules(text, "a.toml") == (Rule("r", "Z\u00fcrich", "price above 1"),)


def test_a_date_and_time_may_be_of_tomls_own_kind() -> None:
    (rule,) = parse_rules(rule_text(expires="2026-12-31T15:30:00"), "alerts.toml")
    assert rule == Rule("r", "S", "price above 1", expires="2026-12-31T15:30:00")
    assert 'expires = "2026-12-31T15:30:00"' in format_rules([rule])


def test_defaults_are_left_out() -> None:
    assert 'when = "price above 1"\n' in format_rules([Rule("r", "S", "price above 1")])
    assert "cooldown" not in format_rules([Rule("r", "S", "price above 1")])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (rule_text(repat='"once"'), "rule 'r': unknown key 'repat'. Did you mean 'repeat'?"),
        (rule_text(when=""), "rule 'r': when is missing"),
        (rule_text(name=""), "rule 1: name is missing"),
        (rule_text(name='" "'), "name is a text that is not empty"),
        (rule_text(symbol="3"), "rule 'r': symbol is a text that is not empty, found 3"),
        (
            rule_text(repeat='"sesion"'),
            "repeat is one of once, session, each, found 'sesion'. Did you mean 'session'?",
        ),
        (rule_text(cooldown='"soon"'), "rule 'r': cooldown: expected a duration"),
        (rule_text(hysteresis="true"), "rule 'r': hysteresis is a text such as '0', found True"),
        (rule_text(enabled='"no"'), "rule 'r': enabled is true or false, found 'no'"),
        (rule_text(symbol='"ALL of *"'), "rule 'r': symbol: expected symbols after 'ALL of'"),
        (rule_text(symbol='"ANY of A,,B"'), "rule 'r': symbol: expected symbols such as TCS"),
        (rule_text(expires='"2026-13-31T15:30"'), "rule 'r': expires: expected a date and time such as"),
        (rule_text(expires='"2026-12-31"'), "rule 'r': expires: expected a date and time such as"),
        (rule_text(expires="15"), "rule 'r': expires is a text, found 15"),
        (rule_text(active='"9:30 to 15:00"'), "rule 'r': active: expected hours such as \"09:30-15:00\""),
        (rule_text(active='"09:30-24:00"'), "rule 'r': active: expected hours such as"),
        (rule_text(active='"09:30-09:30"'), "rule 'r': active: expected hours such as"),
        (rule_text(snooze_until='"tomorrow"'), "rule 'r': snooze_until: expected a date and time such as"),
        (rule_text() + "\n" + rule_text(), "rule 2: another rule is called 'r'"),
        ("[[rules]]\n", "found 'rules'. Did you mean 'rule'?"),
        ("[rule]\n", "two brackets"),
        ("rule = [1]\n", "two brackets"),
        ("[[rule]\n", "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_file_rule_and_key(text: str, told: str) -> None:
    message = refusal(text)
    assert message.startswith("alerts.toml: ")
    assert told in message
    assert "\n" not in message


def test_a_file_that_is_not_there_holds_no_rules_for_the_window_only(tmp_path: Path) -> None:
    assert load_rules(tmp_path / "alerts.toml") == ()
    with pytest.raises(FileNotFoundError):
        read_rules(tmp_path / "alerts.toml")


def test_a_byte_order_mark_is_let_pass_and_other_bytes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(WRITTEN, encoding="utf-8-sig")
    assert read_rules(path) == (ABOVE_VWAP,)
    path.write_bytes(b'x = "\xff"')
    with pytest.raises(RuleError, match="UTF-8"):
        read_rules(path)


_SAVE_FOR_EVER = """
import sys
from pathlib import Path
from analytics.rules.rule import Rule
from app.rule_store import save_rules
few = [Rule("a", "S", "price above 1")]
many = [Rule(f"r{i}", "S", "price above 1") for i in range(2000)]
save_rules(Path(sys.argv[1]), few)
print("ready", flush=True)
while True:
    save_rules(Path(sys.argv[1]), many)
    save_rules(Path(sys.argv[1]), few)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_kill_during_the_save_leaves_all_rules_of_before_or_of_after(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _SAVE_FOR_EVER, str(path)], stdout=subprocess.PIPE, cwd=tmp_path
        ) as saving:
            assert saving.stdout is not None
            saving.stdout.readline()
            while len(read_rules(path)) == 1:
                pass
            saving.send_signal(signal.SIGKILL)
        assert len(read_rules(path)) in (1, 2000)


def test_saving_creates_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "config" / "alerts.toml"
    save_rules(path, [ABOVE_VWAP])
    assert read_rules(path) == (ABOVE_VWAP,)
