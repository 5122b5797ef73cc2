"""Why a message could not be read, as one short line."""

from __future__ import annotations

EMPTY_MESSAGE = "the message is empty"
EMPTY_BATCH = "an empty batch"
_LONGEST_REASON = 160
_LONGEST_QUOTE = 60


def one_line(text: str) -> str:
    """Return text as one printable line of at most 160 characters.

    >>> one_line("Invalid: " + chr(10) + "  two lines")
    'Invalid: two lines'
    """
    line = "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"


def shown(found: object) -> str:
    """Return a JSON value as a reason quotes it: its kind where it is large.

    >>> shown(True), shown(None), shown("soon"), shown([1, 2])
    ('true', 'none', "'soon'", 'an array')
    """
    if found is None:
        return "none"
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, dict):
        return "an object"
    if isinstance(found, list):
        return "an array"
    if isinstance(found, str) and len(found) > _LONGEST_QUOTE:
        return f"{found[:_LONGEST_QUOTE]!r}…"
    text = repr(found)
    return text if len(text) <= 2 * _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def of_error(error: BaseException) -> str:
    """Return what an error that a reader raised says of the bytes."""
    if isinstance(error, RecursionError):
        return "the message is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "the message holds text that is not UTF-8"
    if isinstance(error, MemoryError):
        return "the message asks for more memory than there is"
    return one_line(str(error) or type(error).__name__)
