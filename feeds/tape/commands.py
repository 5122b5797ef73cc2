"""Commands and settings among a tape's events: their JSON, written and read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.errors import TapeError

RULES, SERIES, END = "rules", "series", "end"


@dataclass(frozen=True, slots=True)
class Command:
    """What changed: all rules now in force, as TOML; a further series' text; or the recording's end."""

    what: str
    value: str = ""

    @property
    def text(self) -> str:
        """Return it as a tape's event holds it."""
        return json.dumps({"command": self.what, "value": self.value}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What was in force as a recording began: series' texts, rules as TOML, None where nothing computed."""

    series: tuple[str, ...] | None = None
    rules: str = ""
    lateness_ns: int | None = None

    def told(self) -> dict[str, object]:
        """Return them as `TapeWriter` takes them."""
        return {"series": list(self.series or ()), "rules": self.rules, "lateness_ns": self.lateness_ns}


def settings(series: Sequence[str], rules: str, lateness_ns: int | None) -> dict[str, object]:
    """Return what is in force as a recording begins, for `TapeWriter`; rules as TOML."""
    return Settings(tuple(series), rules, lateness_ns).told()


def read_command(text: str) -> Command:
    """Return a command as it was noted. Raises TapeError for one that this program does not know."""
    told = _json(text)
    what = told.get("command")
    if what not in (RULES, SERIES, END):
        raise TapeError(f"expected a command among {RULES}, {SERIES} and {END}, found {text[:200]}")
    return Command(str(what), str(told.get("value", "")))


def read_settings(text: str) -> Settings:
    """Return settings as they were noted. Raises TapeError for what is none."""
    told = _json(text)
    series, lateness_ns = told.get("series"), told.get("lateness_ns")
    return Settings(
        tuple(str(each) for each in series) if isinstance(series, list) else None,
        str(told.get("rules", "")),
        lateness_ns if isinstance(lateness_ns, int) else None,
    )


def _json(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise TapeError(f"expected a JSON object among the tape's events, found {text[:200]!r}")
    return told
