import pytest

from app.viewmodels.file_preview import FileChoice, FilePreviewer, choice_of_file
from app.viewmodels.file_sheet import size_text
from app.viewmodels.tones import Tone
from feeds.address import parse_address
from feeds.instruments import load_instruments
from tests.builders.waiting import wait_until

HEADER = "symbol,ts,price,size,venue\n"


@pytest.fixture
def look():
    previewer = FilePreviewer(load_instruments())

    def looked(choice, **given):
        previewer.look_at(choice if isinstance(choice, FileChoice) else FileChoice(str(choice)), **given)
        wait_until(lambda: not previewer.look.is_awaited, "the look ends")
        return previewer.look

    yield looked
    previewer.close()


@pytest.fixture
def csv(tmp_path):
    def written(name, *lines, header=HEADER):
        path = tmp_path / name
        path.write_text(header + "".join(f"{line}\n" for line in lines))
        return path

    return written


def test_rows_are_told_as_they_will_be_read(look, csv):
    path = csv("a.csv", "SBIN,2026-11-20T09:15:00.250,842.15,1234567,N", "SBIN,2026-11-20T09:15:01,842.2,5,N")
    sheet = look(path).value.sheet
    first = sheet.rows[0]
    assert (first.number, first.time, first.symbol, first.price, first.size, first.seq) == (
        "1", "09:15:00.250", "SBIN", "842.15", "12,34,567", "–",
    )  # fmt: skip
    assert sheet.zone == "Asia/Kolkata, 2026-11-20"
    assert sheet.facts.endswith("2 rows  ·  SBIN")
    assert [note.text for note in sheet.notes] == [
        "No column seq: ticks that are missing cannot be told.",
        "Left out: venue.",
    ]


def test_a_bad_row_is_named_with_file_row_column_and_reason(look, csv):
    path = csv("a.csv", "SBIN,2026-11-20T09:15:00,842,5,N", "SBIN,2026-11-20T09:15:01,abc,5,N")
    sheet = look(path).value.sheet
    assert (sheet.rows[0].fate, sheet.rows[1].fate) == ("", "quarantined")
    warnings = [note.text for note in sheet.notes if note.tone is Tone.WARNING]
    assert warnings == [
        "1 of all 2 rows go to quarantine:",
        "a.csv, row 2: price 'abc' is not a finite number",
    ]


def test_what_comes_late_is_told_too(look, csv):
    path = csv("a.csv", "SBIN,2026-11-20T09:15:05,842,5,N", "SBIN,2026-11-20T09:15:01,842,5,N")
    assert [row.fate for row in look(path).value.sheet.rows] == ["", "late"]


def test_the_time_zone_and_the_calendar_change_what_is_read(look, csv):
    path = csv("a.csv", "XYZ,2026-11-20T03:45:00,842,5,N")
    plain = look(path).value.sheet
    assert (plain.rows[0].time, plain.zone) == ("03:45:00.000", "UTC, 2026-11-20")
    nse = look(FileChoice(str(path), zone="UTC", calendar="nse")).value.sheet
    assert (nse.rows[0].time, nse.zone) == ("09:15:00.000", "Asia/Kolkata, 2026-11-20")
    local = look(FileChoice(str(path), calendar="nse")).value.sheet
    assert local.rows[0].time == "03:45:00.000"
    assert any("outside the market's hours" in note.text for note in local.notes)


def test_columns_of_usual_names_are_guessed_and_the_guess_is_told(look, csv):
    path = csv("a.csv", "SBIN,2026-11-20T09:15:00,842,5", header="tradingsymbol,Timestamp,LTP,qty\n")
    found = look(path).value
    assert dict(found.guessed) == {
        "ts": "Timestamp",
        "price": "LTP",
        "size": "qty",
        "symbol": "tradingsymbol",
    }
    assert found.sheet.rows[0].symbol == "SBIN"
    opened = parse_address(found.choice.address)
    assert dict(opened.columns) == dict(found.guessed)
    assert not look(path, guess=False).value.can_open


def test_wrong_columns_are_a_fault_and_a_choice_mends_it(look, csv):
    path = csv("a.csv", "2026-11-20T09:15:00,842,5", header="when,what,many\n")
    found = look(path).value
    assert not found.can_open
    assert "found when, what, many" in found.sheet.fault
    columns = {"ts": "when", "price": "what", "size": "many"}
    assert look(FileChoice(str(path), columns=columns)).value.can_open


@pytest.mark.parametrize("text", ["", HEADER])
def test_a_file_without_rows_cannot_be_opened(look, tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    found = look(path)
    assert "expected ticks" in (found.fault or found.value.sheet.fault)


def test_what_is_gone_is_a_fault(look, tmp_path):
    assert "found nothing there" in look(tmp_path / "gone.csv").fault


def test_dates_stand_beside_the_times_where_there_are_several(look, csv):
    path = csv("a.csv", "SBIN,2026-11-20T09:15:00,842,5,N", "SBIN,2026-11-23T09:15:00,842,5,N")
    assert [row.time for row in look(path).value.sheet.rows] == [
        "2026-11-20 09:15:00.000",
        "2026-11-23 09:15:00.000",
    ]


@pytest.mark.parametrize(
    "choice",
    [
        FileChoice("/a/b.csv"),
        FileChoice("/a/b.csv", zone="Europe/London", calendar="us"),
        FileChoice("/a/b.csv", columns={"price": "last & best?", "size": "qty"}),
        FileChoice("/a/b.csv", zone="UTC", others="speed=5"),
    ],
)
def test_a_choice_is_its_address_and_back(choice):
    assert choice_of_file(choice.address) == choice
    assert str(choice.file_address.path) == choice.path
    assert dict(choice.file_address.columns) == dict(choice.columns)


def test_sizes_are_told_short():
    assert [size_text(each) for each in (950, 12_400, 12_400_000, 10_000_000_000)] == [
        "950 bytes", "12.4 kB", "12.4 MB", "10.0 GB",
    ]  # fmt: skip
