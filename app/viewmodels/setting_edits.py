"""Settings while they are being edited: what would be written, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.settings import setting_fault
from app.settings_book import Kind, Setting

_WHOLE = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?|\.\d+")


class SettingEdits:
    """Holds what was changed since the settings were read; nothing is written here."""

    def __init__(self, settings: tuple[Setting, ...]) -> None:
        self._settings = {each.fact.name: each for each in settings}
        self._values: dict[str, object] = {name: each.value for name, each in self._settings.items()}
        self._reset: set[str] = set()

    def value(self, name: str) -> object:
        """Return a setting's value as edited."""
        return self._values[name]

    def text(self, name: str) -> str:
        """Return the value as a line holds it, empty for none.

        >>> text_of(1.0), text_of(1.25), text_of(None), text_of(64)
        ('1', '1.25', '', '64')
        """
        return text_of(self._values[name])

    def take_text(self, name: str, text: str) -> None:
        """Take what was typed; an empty text leaves the setting to what would be in force without the file."""
        stripped = text.strip()
        if not stripped and self._settings[name].fact.kind is Kind.TEXT:
            self.reset(name)
            self._values[name] = None
            return
        self.take(name, value_of(self._settings[name].fact.kind, stripped))

    def take(self, name: str, value: object) -> None:
        """Take what was chosen."""
        self._reset.discard(name)
        self._values[name] = value

    def reset(self, name: str) -> None:
        """Leave a setting to what would be in force if the file said nothing of it."""
        self._reset.add(name)
        self._values[name] = self._settings[name].without

    def fault(self, name: str) -> str | None:
        """Return what is wrong with a setting as edited."""
        if name in self._reset or name not in self._changed():
            return None
        fault = setting_fault(name, self._values[name])
        return None if fault is None else f"{self._settings[name].fact.title} is {fault}"

    @property
    def faulty(self) -> bool:
        """Return whether anything is wrong."""
        return any(self.fault(name) is not None for name in self._settings)

    @property
    def changes(self) -> Mapping[str, object]:
        """Return what the file has to be changed by; None takes a setting out of it."""
        return {
            name: None if name in self._reset else self._values[name]
            for name, each in self._settings.items()
            if (each.in_file is not None if name in self._reset else name in self._changed())
        }

    @property
    def at_next_start(self) -> tuple[str, ...]:
        """Return the titles of changed settings that count from the next start only."""
        return tuple(
            self._settings[name].fact.title for name in self.changes if self._settings[name].fact.restart
        )

    def _changed(self) -> set[str]:
        return {
            name
            for name, each in self._settings.items()
            if self._values[name] != each.value or type(self._values[name]) is not type(each.value)
        }


def text_of(value: object) -> str:
    """Return a value as it is typed."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(kind: Kind, text: str) -> object:
    """Return what a typed text means; one that is no number stays a text, for the check to refuse.

    >>> value_of(Kind.COUNT, "64"), value_of(Kind.FACTOR, "1.5"), value_of(Kind.COUNT, "much")
    (64, 1.5, 'much')
    """
    if kind is Kind.COUNT and _WHOLE.fullmatch(text):
        return int(text)
    if kind is Kind.FACTOR and _NUMBER.fullmatch(text):
        return float(text)
    return text
