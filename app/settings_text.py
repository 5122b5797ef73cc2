"""The text of ``settings.toml``, changed line by line: what else the user wrote there stays as it stands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analytics.errors import ConfigError

_HEADER = "# Settings of Tickdesk. The settings dialog changes single lines; comments stay.\n"


@dataclass(frozen=True, slots=True)
class _Statement:
    """Lines `start` to `stop` that belong together: one setting, or a line that is none (`name` is None)."""

    start: int
    stop: int
    name: str | None


def with_settings(text: str, changes: Mapping[str, object]) -> str:
    r"""Return the text with some settings set, and those that are None left out.

    A setting keeps its line and the comment behind it; a new one is added at the end. The result is read back
    before it is returned. Raises ConfigError for a text that is not TOML or that cannot be changed so.

    >>> with_settings("theme = 'dark'  # at night\n", {"theme": "light", "beep": False})
    'theme = "light"  # at night\nbeep = false\n'
    """
    before = _parsed(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = _LINE.findall(text) or [_HEADER]
    left = {name: value for name, value in changes.items() if value is not None}
    written: list[str] = []
    for part in _statements(lines):
        whole = "".join(lines[part.start : part.stop])
        if part.name is None or part.name not in changes:
            written.append(whole)
            continue
        comment = _comment(whole)
        if part.name in left:
            setting = f"{part.name} = {toml_of(left.pop(part.name))}"
            written.append(f"{setting}{comment}{newline}")
        elif comment:
            written.append(f"{comment.strip()}{newline}")
    if left and written and not written[-1].endswith("\n"):
        written[-1] += newline
    written += [f"{name} = {toml_of(value)}{newline}" for name, value in left.items()]
    result = "".join(written)
    wanted = {name: value for name, value in (before | dict(changes)).items() if value is not None}
    if _parsed(result) != wanted:
        raise ConfigError("the file is written in a way that cannot be changed line by line; edit it by hand")
    return result


def toml_of(value: object) -> str:
    """Return a switch, number or text as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04X}", json.dumps(str(value), ensure_ascii=False))


_LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""Lines as TOML has them: other signs that end a line, such as U+2028, may stand in comments and texts."""
_CONTROL = re.compile("\x7f")
"""What JSON leaves as it is and TOML does not."""


def _parsed(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}") from None


def _statements(lines: list[str]) -> Iterator[_Statement]:
    """Cut TOML lines into statements: the fewest lines that can be read alone."""
    start = 0
    while start < len(lines):
        stop, found = start + 1, _alone(lines[start])
        while found is None and stop < len(lines):
            stop += 1
            found = _alone("".join(lines[start:stop]))
        yield _Statement(start, stop, next(iter(found), None) if found else None)
        start = stop


def _alone(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _comment(statement: str) -> str:
    """Return the comment behind a setting with the space before it, "" where there is none."""
    whole = statement.rstrip("\r\n")
    meaning = _alone(whole)
    for place, sign in enumerate(whole):
        if sign == "#" and _alone(whole[:place]) == meaning:
            before = whole[:place].rstrip()
            return whole[len(before) :]
    return ""
