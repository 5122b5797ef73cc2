"""The pages on series say what the catalogue says, and their examples are those that are tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analytics.bars import parse_bar_rule
from analytics.errors import ConfigError
from analytics.series import CATALOGUE, Pane, Unit
from analytics.series.own import OwnSeries
from analytics.windows import parse_window
from app.commands.series import markdown_table

ROOT = Path(__file__).resolve().parent.parent
SERIES = (ROOT / "docs" / "series.md").read_text(encoding="utf-8")
OWN = (ROOT / "docs" / "own-series.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return what stands under a heading of the page on series."""
    return re.split(r"^## ", SERIES.split(f"\n## {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row of a table but its head."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [row.split("|")[1].strip() for row in rows[2:]]


def test_the_table_of_the_catalogue_is_what_the_command_prints() -> None:
    table = re.search(r"a test holds it -->\n\n(.*)\n\n<!-- end of the table -->", SERIES, re.DOTALL)
    assert table is not None
    ours = [each for each in CATALOGUE.values() if not isinstance(each.build, OwnSeries)]
    assert table[1] == markdown_table(ours), "run: tickdesk series --markdown"


def test_each_row_of_the_table_has_six_cells_and_the_names_are_those_of_the_catalogue() -> None:
    lines = markdown_table(CATALOGUE.values()).splitlines()
    assert [len(re.split(r"(?<!\\)\|", line)) for line in lines] == [8] * (len(CATALOGUE) + 2)
    assert [line.split("`")[1] for line in lines[2:]] == [each.usage for each in CATALOGUE.values()]


def test_every_argument_that_a_series_takes_is_explained() -> None:
    explained = {
        name for cell in first_cells(section("Arguments")) for name in re.findall(r"`([A-Z]+)`", cell)
    }
    taken = {each.name for entry in CATALOGUE.values() for each in entry.parameters}
    assert taken <= explained


def test_every_window_and_bar_on_the_page_can_be_read_back() -> None:
    windows = [text for cell in first_cells(section("Windows")) for text in re.findall("`(.*?)`", cell)]
    bars = [text for cell in first_cells(section("Bars")) for text in re.findall("`(.*?)`", cell)]
    assert len(windows) >= 8
    assert len(bars) >= 5
    for texts, read in ((windows, parse_window), (bars, parse_bar_rule)):
        for text in texts:
            assert read(str(read(text))) == read(text)


def test_a_number_past_the_one_on_the_page_is_refused() -> None:
    most = int(re.search(r"\| `N`, a number of ticks \| 1 to (\d+) \|", SERIES)[1])
    assert CATALOGUE["ema"].read([str(most)]).arguments == (most,)
    with pytest.raises(ConfigError):
        CATALOGUE["ema"].read([str(most + 1)])


def test_the_example_of_an_own_series_stands_on_its_page_as_it_ships() -> None:
    block = re.search(r"```python\n(.*?)```", OWN, re.DOTALL)
    assert block is not None
    assert block[1] == (ROOT / "resources" / "series" / "move.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(("attribute", "kind"), [("unit", Unit), ("pane", Pane)])
def test_the_units_and_panes_that_a_file_may_name_are_told(attribute: str, kind: type[Unit | Pane]) -> None:
    (row,) = [line for line in OWN.splitlines() if line.startswith(f"| `{attribute}` |")]
    assert re.findall(r"`([^`]+)`", row.split("|")[2]) == [each.value for each in kind]
