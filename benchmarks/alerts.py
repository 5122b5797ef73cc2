"""`tickdesk alerts check` as a person runs it: a program that starts, reads a file of ticks, and ends.

Modules are compiled once, before the clock runs, as they are wherever a program is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.rows import Row, best_of

TICKS = 1_000_000
RULES = 20
GOAL_S = 2.0
RUNS = 3
_TICKDESK = (sys.executable, "-m", "app")
_RATE = 47  # a second over all symbols: a little more than a million in a session
_SESSION_S = 22_500
_DAY = "2026-11-20"


def run(ticks: int = TICKS) -> list[Row]:
    """Return the row for a simulated session of 13 symbols and 20 rules of all kinds."""
    with tempfile.TemporaryDirectory() as folder:
        file, rules = Path(folder, "ticks.parquet"), Path(folder, "rules.toml")
        _simulate(file, ticks)
        symbols = write_rules(rules, file)
        command = [*_TICKDESK, "alerts", "check", str(rules), str(file), "--json"]
        environment = _compiled(Path(folder, "compiled"))
        firings = _lines(command, environment)
        seconds = best_of(RUNS, lambda: _lines(command, environment))
    name = f"alerts check, {ticks / 1e6:g} M ticks of {symbols} symbols, {RULES} rules, {firings:,} firings"
    goal = f"at most {GOAL_S:g} s, start-up included"
    return [Row(name, seconds, "s", goal=goal, met=seconds <= GOAL_S and firings > 0)]


def _simulate(file: Path, ticks: int) -> None:
    for_s = max(min(_SESSION_S, int(ticks / _RATE * 1.5)), 60)  # the first minutes are slower or quicker
    command = [*_TICKDESK, "simulate", "--to", str(file), "--rate", str(_RATE), "--seed", "1"]
    subprocess.run([*command, "--date", _DAY, "--for", f"{for_s}s"], check=True, capture_output=True)
    made = pl.read_parquet(file)
    if len(made) < ticks:
        raise SystemExit(f"alerts: expected {ticks:,} simulated ticks, found {len(made):,}")
    made.head(ticks).write_parquet(file)


def _compiled(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps its compiled modules in a folder."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _lines(command: list[str], environment: dict[str, str]) -> int:
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    return done.stdout.count(b"\n")


def write_rules(path: Path, file: Path) -> int:
    """Write the rules, on the busiest symbols of the file, and return how many symbols that has."""
    prices = (
        pl.scan_parquet(file)
        .group_by("symbol")
        .agg(
            pl.len().alias("ticks"),
            pl.col("price").median().alias("middle"),
            pl.col("price").quantile(0.25).alias("low"),
            pl.col("price").quantile(0.75).alias("high"),
        )
        .sort("ticks", "symbol", descending=True)
        .collect()
        .to_dicts()
    )
    whens = [when for rank, each in enumerate(prices[:5]) for when in _whens(each, rank)]
    path.write_text(
        "\n".join(_rule(number, *when) for number, when in enumerate(whens[:RULES])), encoding="utf-8"
    )
    return len(prices)


def _whens(prices: dict[str, Any], rank: int) -> list[tuple[str, str, str]]:
    """Return four rules of one symbol as (symbol, condition, further lines), different by its rank."""
    symbol = prices["symbol"]
    low, middle, high = (f"{prices[each]:.2f}" for each in ("low", "middle", "high"))
    swap = rank % 2 == 1
    up, down = ("below", "above") if swap else ("above", "below")
    band = "vwap_lower(60s, 2)" if swap else "vwap_upper(60s, 2)"
    last = (
        f"vwap(60s) crosses {down} vwap(session)",
        f"ema(20) {down} vwap(60s) or price moves 0.5 % in 60s",
        f"price leaves {low}..{high}",
        "price moves 0.2 % in 60s",
        f"ema(20) crosses {down} vwap(session)",
    )
    return [
        (symbol, f"price crosses {up} vwap(session)", 'hysteresis = "0.05 %"'),
        (symbol, f"price crosses {up} {band} and size above 100", 'cooldown = "30s"'),
        (
            symbol,
            f"price enters {low}..{high}" if swap else f"price crosses {middle}",
            'hysteresis = "0.02 %"',
        ),
        (symbol, last[rank % len(last)], 'cooldown = "60s"'),
    ]


def _rule(number: int, symbol: str, when: str, further: str) -> str:
    return f'[[rule]]\nname = "rule-{number}"\nsymbol = "{symbol}"\nwhen = "{when}"\n{further}\n'
