"""What the owner of a window chose for it, besides the feed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.settings_book import SettingsBook


@dataclass(frozen=True, slots=True)
class WindowChoices:
    """`workspace` names the layout to start in. `settings` are what the settings dialog changes.

    `tapes` is the folder for recordings; without it the window asks. `flash` and `tray` are the settings of
    that name.
    """

    workspace: str | None = None
    settings: SettingsBook | None = None
    tapes: Path | None = None
    flash: bool = True
    tray: bool = False
