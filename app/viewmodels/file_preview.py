"""A file that may be opened: looked at in the background, told in words, with the choices that change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.errors import TickdeskError
from analytics.instruments import InstrumentTable
from app.viewmodels.folder_listing import FolderEntry, FolderListing, entry_of, list_folder
from app.viewmodels.latest import Answer, Cancelled, Latest
from feeds.address import FileAddress, parse_address
from feeds.opening import reading_for

if TYPE_CHECKING:
    from app.viewmodels.file_sheet import FileSheet

_MAPPED_FORMS = ("csv", "parquet")
_CUT_SIGNS = set("&%?")  # what an address with options cannot hold in a path or a column's name


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A file or tape folder, and how it is to be read; None and an empty mapping leave it to what is found.

    `columns` are the file's own names by ours. `others` are further options of its address, as they stand there.
    """

    path: str = ""
    zone: str | None = None
    calendar: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    others: str = ""

    @property
    def options(self) -> str:
        """Return the options of its address, without the question mark."""
        mapping = ",".join(f"{ours}:{_quoted(theirs)}" for ours, theirs in self.columns.items())
        named = (("tz", self.zone), ("calendar", self.calendar), ("map", mapping))
        return "&".join(
            [*filter(None, [self.others]), *(f"{name}={value}" for name, value in named if value)]
        )

    @property
    def address(self) -> str:
        """Return the address that opens it: the bare path where nothing is chosen."""
        return f"file:{self.path}?{self.options}" if self.options else self.path

    @property
    def file_address(self) -> FileAddress:
        """Return what its address names. Raises ConfigError where it is none."""
        if not self.options:
            return FileAddress(Path(self.path), text=f"file:{self.path}")
        found = parse_address(self.address)
        assert isinstance(found, FileAddress)
        return found


def choice_of_file(address: str) -> FileChoice:
    """Return the choice that an address of a file stands for, as one of the recent ones."""
    if not address.startswith("file:"):
        return FileChoice(address)
    path, _, query = address.removeprefix("file:").partition("?")
    options = dict(part.partition("=")[::2] for part in query.split("&") if part)
    try:
        found = parse_address(address)
    except TickdeskError:
        return FileChoice(path)
    if not isinstance(found, FileAddress):
        return FileChoice(path)
    others = "&".join(
        f"{name}={value}" for name, value in options.items() if name not in ("tz", "calendar", "map")
    )
    return FileChoice(str(found.path), found.zone, found.calendar, found.columns, others)


def _quoted(name: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in _CUT_SIGNS else sign for sign in name)


@dataclass(frozen=True, slots=True)
class FileLook:
    """A file that was looked at: `choice` as it was read, and what is said of it.

    `guessed` are columns that were taken by their usual names, the file's own by ours.
    """

    choice: FileChoice
    sheet: FileSheet
    guessed: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_open(self) -> bool:
        """Return whether rows of it could be read."""
        return not self.sheet.fault


class FilePreviewer:
    """Looks at files and folders on threads of their own; a newer look supersedes the one before.

    `look_at` and `folder` are read by polling; all methods are for one thread. `zone` holds for times without
    one where the choice names none.
    """

    def __init__(self, instruments: InstrumentTable, zone: str | None = None) -> None:
        self._instruments = instruments
        self._zone = zone
        self._looks: Latest[FileLook] = Latest("tickdesk-preview")
        self._folders: Latest[FolderListing] = Latest("tickdesk-folder")
        self._recents: Latest[tuple[FolderEntry, ...]] = Latest("tickdesk-recent")

    @property
    def look(self) -> Answer[FileLook] | None:
        """Return the last look at a file as it stands now; None before the first, and once it was given up."""
        return self._looks.answer

    @property
    def folder(self) -> Answer[FolderListing] | None:
        """Return the last listing of a folder as it stands now."""
        return self._folders.answer

    @property
    def recent(self) -> Answer[tuple[FolderEntry, ...]] | None:
        """Return what is known of the recent files."""
        return self._recents.answer

    def look_at(self, choice: FileChoice, *, guess: bool = True) -> int:
        """Look at a file; `guess` has columns without a name of ours taken by their usual names."""
        return self._looks.ask(lambda cancelled: self._looked(choice, guess, cancelled))

    def list_folder(self, folder: str) -> int:
        """List what of a folder may be opened."""
        return self._folders.ask(lambda cancelled: list_folder(Path(folder), cancelled))

    def look_at_recent(self, addresses: Sequence[str]) -> int:
        """Look how large and how old recent files are, and which are gone."""
        paths = [choice_of_file(address).path for address in addresses]
        return self._recents.ask(lambda _cancelled: tuple(entry_of(Path(path)) for path in paths))

    def close(self) -> None:
        """Look no more."""
        for each in (self._looks, self._folders, self._recents):
            each.close()

    def _looked(self, choice: FileChoice, guess: bool, cancelled: Cancelled) -> FileLook:
        # reading files takes a third of a second to load, which the window need not wait for
        from app.viewmodels.file_sheet import calendars_for, make_sheet
        from feeds.files import preview, usual_columns

        instruments = calendars_for(self._instruments, choice.calendar)
        reading = replace(reading_for(instruments, self._zone), cancelled=cancelled)
        found = preview(choice.file_address, reading)
        guessed: dict[str, str] = {}
        names = [each.name for each in found.columns]
        if guess and not choice.columns and found.form in _MAPPED_FORMS:
            guessed = usual_columns(names)
        if guessed:
            choice = replace(choice, columns=guessed)
            found = preview(choice.file_address, reading)
        return FileLook(choice, make_sheet(found, instruments), guessed)
