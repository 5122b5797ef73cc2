import os

import pytest

from app.viewmodels import folder_listing
from app.viewmodels.folder_listing import entry_of, list_folder
from feeds.reading import OpeningCancelled


def never():
    return False


def test_folders_and_tapes_come_before_the_tick_files_and_the_rest_is_left_out(tmp_path):
    for name in ("b.csv", "a.PARQUET", "notes.md", ".hidden.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "zoo").mkdir()
    (tmp_path / "tape" / "date=2026-11-20").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe.csv")
    listing = list_folder(tmp_path, never)
    assert [(each.path.name, each.kind) for each in listing.entries] == [
        ("tape", "tape"), ("zoo", "folder"), ("a.PARQUET", "file"), ("b.csv", "file"),
    ]  # fmt: skip
    assert listing.entries[-1].size == 1
    assert listing.entries[-1].changed_ns > 0


def test_of_a_large_folder_the_rest_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_listing, "MOST_ENTRIES", 3)
    for number in range(5):
        (tmp_path / f"{number}.csv").touch()
    listing = list_folder(tmp_path, never)
    assert (len(listing.entries), listing.more) == (3, 2)


def test_listing_can_be_given_up_and_what_is_gone_is_missing(tmp_path):
    (tmp_path / "a.csv").touch()
    with pytest.raises(OpeningCancelled):
        list_folder(tmp_path, lambda: True)
    with pytest.raises(FileNotFoundError):
        list_folder(tmp_path / "gone", never)
    assert entry_of(tmp_path / "gone").kind == "missing"
