"""Series of a person's own: how a file becomes one, and that a fault in it is told and spoils nothing else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calendar import ALWAYS
from analytics.columns import SymbolColumns
from analytics.errors import ConfigError
from analytics.series import CATALOGUE, Pane, Unit, calculator, parse_series
from analytics.series.own import GuardedSeries
from analytics.span import Span
from analytics.window_book import WindowBook
from app.places import Places, places_at
from app.user_series import load_user_series
from tests.builders.ticks import MORNING, SECOND

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "resources" / "series" / "move.py"
HEAD = """\
import numpy as np
from analytics.series.own import factor, length, window

class Mine:
    name = "mine"
    unit = "price"
    pane = "price"
    definition = "what a test needs"
"""
TAIL = "\nSERIES = [Mine]\n"
PLAIN = HEAD + "    def extend(self, ticks):\n        return ticks.price + 1\n" + TAIL


pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "series"
    path.mkdir()
    return path


def load(folder: Path, **sources: str) -> tuple[str, ...]:
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return load_user_series(folder)


def extending(*lines: str) -> str:
    """Return a file whose series is computed by these lines of `extend`; the first is its line 10."""
    return HEAD + "    def extend(self, ticks):\n" + "".join(f"        {each}\n" for each in lines) + TAIL


def columns_of(prices: list[float], sizes: list[float] | None = None) -> SymbolColumns:
    """Return the columns of one tick a second, at two decimals."""
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    count = len(prices)
    price = np.rint(np.array(prices) * 100).astype(np.int64)
    size = np.array([1.0] * count if sizes is None else sizes).astype(np.int64)
    times = MORNING + np.arange(count, dtype=np.int64) * SECOND
    columns.append(times, price, size, np.arange(count, dtype=np.int64), np.zeros(count, np.bool_))
    return columns


def computed(
    text: str, columns: SymbolColumns, cuts: tuple[int, ...] = ()
) -> tuple[np.ndarray, GuardedSeries]:
    """Return a series' values, its spans cut before the rows `cuts`, and what computed them."""
    each, book = calculator(parse_series(text)), WindowBook()
    assert isinstance(each, GuardedSeries)
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < columns.count}), columns.count]
    parts = [each.extend(Span(columns, a, b, book)) for a, b in pairwise(bounds)]
    return np.concatenate(parts), each


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one, other, equal_nan=True))


# A file that is right


def test_the_folder_lies_in_the_users_config_folder(places: Places) -> None:
    assert places.series == places.config / "series"
    assert places_at(Path("/home")).series == Path("/home/config/series")


def test_a_missing_folder_has_no_series_and_no_fault(tmp_path: Path) -> None:
    before = dict(CATALOGUE)
    assert load_user_series(tmp_path / "none") == ()
    assert before == CATALOGUE


def test_the_example_joins_the_catalogue(folder: Path) -> None:
    assert load(folder, example=EXAMPLE.read_text(encoding="utf-8")) == ()
    entry = CATALOGUE["move"]
    assert (entry.usage, entry.unit, entry.pane) == ("move(N)", Unit.PRICE, Pane.OWN)
    assert entry.source == str(folder / "example.py")
    assert parse_series("move( 5 )").text == "move(5)"


@given(
    prices=st.lists(st.integers(1, 10**6), min_size=1, max_size=60),
    ticks=st.integers(1, 70),
    cuts=st.lists(st.integers(1, 59), max_size=8),
)
def test_the_example_is_the_move_over_n_ticks_however_ticks_are_cut(
    prices: list[int], ticks: int, cuts: list[int]
) -> None:
    if "move" not in CATALOGUE:
        assert load_user_series.__wrapped__(EXAMPLE.parent) == ()
    floats = [each / 100 for each in prices]
    expected = [floats[i] - floats[i - ticks] if i >= ticks else np.nan for i in range(len(floats))]
    found, each = computed(f"move({ticks})", columns_of(floats), tuple(cuts))
    assert each.fault is None
    assert same(found, np.array(expected))


def test_its_code_is_given_new_ticks_only_as_floats_that_cannot_be_written(folder: Path) -> None:
    source = extending(
        "self.seen = [*getattr(self, 'seen', []), ticks]",
        "return np.arange(ticks.first, ticks.first + len(ticks), dtype=float)",
    )
    assert load(folder, a=source) == ()
    columns = columns_of([1.25, 2.5, 3.75, 5.0], [4, 0, 6, 7])
    found, each = computed("mine", columns, (1, 3))
    assert same(found, np.array([0.0, 1.0, 2.0, 3.0]))
    seen = each._object.seen
    assert [(len(ticks), ticks.first) for ticks in seen] == [(1, 0), (2, 1), (1, 3)]
    assert [part.tolist() for part in (seen[1].price, seen[1].size)] == [[2.5, 3.75], [0.0, 6.0]]
    assert seen[2].time_ns.tolist() == [MORNING + 3 * SECOND]
    assert seen[0].session.tolist() == columns.column("session")[:1].tolist()
    kinds = (np.float64, np.float64, np.int64, np.int32)
    for array, kind in zip(
        (seen[1].price, seen[1].size, seen[1].time_ns, seen[1].session), kinds, strict=True
    ):
        assert array.dtype == kind
        assert not array.flags.writeable
        assert not any(np.shares_memory(array, columns.column(name)) for name in ("time_ns", "session"))


def test_prices_are_the_same_when_the_scale_widens(folder: Path) -> None:
    assert load(folder, a=PLAIN) == ()
    columns, book, each = columns_of([1.1, 2.3]), WindowBook(), calculator(parse_series("mine"))
    before = each.extend(Span(columns, 0, 1, book))
    columns.rescale(4, 0)
    book.rescale(100, 1)
    each.rescale(100, 1)
    after = each.extend(Span(columns, 1, 2, book))
    assert [before.tolist(), after.tolist()] == [[1.1 + 1], [2.3 + 1]]


def test_each_symbol_has_an_object_of_its_own(folder: Path) -> None:
    source = extending("self.n = getattr(self, 'n', 0) + 1", "return np.full(len(ticks), float(self.n))")
    assert load(folder, a=source) == ()
    assert [computed("mine", columns_of([1.0]))[0].tolist() for _ in range(2)] == [[1.0], [1.0]]


def test_arguments_are_read_by_their_kind_and_given_in_order(folder: Path) -> None:
    source = HEAD + (
        '    parameters = [window("W"), factor("K")]\n'
        "    def __init__(self, window, by):\n        self.by = window.length_ns * by\n"
        "    def extend(self, ticks):\n        return np.full(len(ticks), self.by)\n" + TAIL
    )
    assert load(folder, a=source) == ()
    assert computed("mine(2s, 1.5)", columns_of([1.0]))[0].tolist() == [3e9]
    with pytest.raises(ConfigError, match=r"expected a factor above 0.*it is written mine\(W, K\)"):
        parse_series("mine(2s, -1)")


def test_an_argument_that_their_class_refuses_is_refused_with_its_words(folder: Path) -> None:
    source = HEAD + (
        '    parameters = (length("N"),)\n    def __init__(self, n):\n'
        "        if n < 3:\n            raise ValueError(f'expected 3 ticks or more, found {n}')\n        1 / (n - 7)\n"
        "    def extend(self, ticks):\n        return ticks.price\n" + TAIL
    )
    assert load(folder, a=source) == ()
    with pytest.raises(ConfigError, match=r"^series 'mine\(2\)': expected 3 ticks or more, found 2; it is"):
        parse_series("mine(2)")
    with pytest.raises(ConfigError, match=r"a\.py, line 13: ZeroDivisionError: "):
        parse_series("mine(7)")
    assert parse_series("mine(3)").arguments == (3,)


def test_several_classes_of_a_file_and_a_dataclass_are_series_too(folder: Path) -> None:
    source = "from __future__ import annotations\nfrom dataclasses import dataclass\n" + PLAIN.replace(
        "SERIES = [Mine]",
        'class Other(Mine):\n    name = "other"\n'
        '@dataclass\nclass Third(Mine):\n    name = "third"\n    count: int = 0\n'
        "SERIES = (Mine, Other, Third)",
    )
    assert load(folder, a=source) == ()
    assert [CATALOGUE[each].name for each in ("mine", "other", "third")] == ["mine", "other", "third"]
    assert computed("third", columns_of([1.0]))[0].tolist() == [2.0]


def test_files_of_other_names_are_left_alone_and_nothing_is_written_beside(folder: Path) -> None:
    broken = "this is not Python"
    (folder / "notes.txt").write_text(broken, encoding="utf-8")
    assert load(folder, _shared=broken, a=PLAIN) == ()
    assert sorted(each.name for each in folder.iterdir()) == ["_shared.py", "a.py", "notes.txt"]


def test_an_infinite_value_counts_as_none_and_a_division_by_zero_is_no_fault(folder: Path) -> None:
    assert load(folder, a=extending("return (ticks.price - 2) / (ticks.price - 1)")) == ()
    found, each = computed("mine", columns_of([1.0, 2.0, 3.0]))
    assert same(found, np.array([np.nan, 0.0, 0.5]))
    assert each.fault is None


# A file that is wrong


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = (\n", ", line 1: SyntaxError: '(' was never closed"),
        ("\nimport nosuchmodule\n", ", line 2: ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("def f():\n    raise KeyError('a\\nb')\nf()\n", ", line 2: KeyError: 'a\\nb'"),
        ("import sys\nsys.exit(3)\n", ", line 2: SystemExit: 3"),
        ("raise BaseException\n", ", line 1: BaseException"),
        ("open('nosuchfile')\n", ", line 1: FileNotFoundError: "),
        ("x = 1\n", ": expected a list SERIES of classes, found none"),
        ("SERIES = []\n", ": expected a list SERIES of classes, found an empty list"),
        ("SERIES = 'mine'\n", ": expected a list SERIES of classes, found 'mine'"),
        ("SERIES = [5]\n", ": 5: expected a class with a method extend(self, ticks)"),
        ("class A: pass\nSERIES = [A]\n", ": A: expected a class with a method extend(self, ticks)"),
        (
            PLAIN.replace('"mine"', '"my series"'),
            ": Mine: expected a name of letters, digits and _, found 'my",
        ),
        (PLAIN.replace('"mine"', '"vwap"'), ": Mine: a series 'vwap' exists already"),
        (PLAIN.replace('name = "mine"', ""), ": Mine: expected name = a text, found none"),
        (PLAIN.replace('"what a test needs"', '" "'), ": Mine: expected definition = a text, found ' '"),
        (PLAIN.replace('unit = "price"', 'unit = "prise"'), "found 'prise'. Did you mean 'price'?"),
        (PLAIN.replace('unit = "price"', "unit = np.ones(2)"), "found a ndarray."),
        (
            PLAIN.replace('pane = "price"', ""),
            ": Mine: expected pane = one of price, volume, own; found none.",
        ),
        (PLAIN.replace("    unit", "    parameters = 3\n    unit"), ": Mine: expected parameters = (length("),
        (
            PLAIN.replace("    unit", "    parameters = [length]\n    unit"),
            ": Mine: expected parameters = (length(",
        ),
        ("\x00", ": "),
        ("# coding: nonsense\n", ": "),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line_and_the_next_one_works(
    source: str, told: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = PLAIN.replace('"mine"', '"other"')
    (fault,) = load(folder, a=source, b=other)
    assert fault.startswith(f"{folder / 'a.py'}")
    assert told in fault
    assert "\n" not in fault
    assert "other" in CATALOGUE
    assert "mine" not in CATALOGUE


def test_of_two_files_with_one_name_the_first_has_it(folder: Path) -> None:
    (fault,) = load(folder, a=PLAIN, b=PLAIN)
    assert fault.startswith(f"{folder / 'b.py'}: Mine: a series 'mine' exists already")
    assert CATALOGUE["mine"].source == str(folder / "a.py")


def test_a_class_that_is_wrong_does_not_spoil_the_others_of_its_file(folder: Path) -> None:
    source = PLAIN.replace("SERIES = [Mine]", "SERIES = [int, Mine]")
    (fault,) = load(folder, a=source)
    assert ": int: expected a class" in fault
    assert "mine" in CATALOGUE


def test_what_is_no_file_and_no_folder_is_told(folder: Path) -> None:
    (folder / "a.py").mkdir()
    (fault,) = load(folder)
    assert fault == f"{folder / 'a.py'}: expected a Python file, found something else"
    plain = folder / "plain"
    plain.write_text("", encoding="utf-8")
    assert load_user_series(plain) == (f"{plain}: Not a directory",)


def test_a_folder_is_loaded_once_and_its_faults_told_again(folder: Path) -> None:
    faults = load(folder, a=PLAIN, b="x = (")
    assert load(folder, c="y = (") == faults
    assert len(faults) == 1


# A fault while it runs


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ("if ticks.first + len(ticks) > 3:", "    raise KeyError(3)", "return ticks.price"),
            "line 11: KeyError: 3",
        ),
        (
            ("if ticks.first + len(ticks) > 3:", "    raise SystemExit", "return ticks.price"),
            "line 11: SystemExit",
        ),
        (
            ("late = ticks.first + len(ticks) > 3", "return 1.0 if late else ticks.price"),
            "line 9: expected a numpy array of float64 and shape (1,) from extend, found float",
        ),
        (
            ("late = ticks.first + len(ticks) > 3", "return ticks.price[1:] if late else ticks.price"),
            "line 9: expected a numpy array of float64 and shape (1,) from extend, found one of float64 and shape (0,)",
        ),
        (
            ("late = ticks.first + len(ticks) > 3", "return ticks.time_ns if late else ticks.price"),
            "line 9: expected a numpy array of float64 and shape (1,) from extend, found one of int64 and shape (1,)",
        ),
        (
            (
                "late = ticks.first + len(ticks) > 3",
                "return np.ma.array(ticks.price) if late else ticks.price",
            ),
            "line 9: expected a numpy array of float64 and shape (1,) from extend, found MaskedArray",
        ),
        (
            ("if ticks.first + len(ticks) > 3:", "    ticks.price[0] = 7.0", "return ticks.price"),
            "line 11: ValueError: assignment destination is read-only",
        ),
    ],
)
@pytest.mark.parametrize("cuts", [(), (1,), (2, 3), (3,), (1, 2, 3, 4, 5), (5,)])
def test_a_series_that_fails_has_no_value_from_that_tick_on_however_ticks_are_cut(
    lines: tuple[str, ...], told: str, cuts: tuple[int, ...], folder: Path
) -> None:
    assert load(folder, a=extending(*lines)) == ()
    columns = columns_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    prices = columns.column("price")[:6].copy()
    found, each = computed("mine", columns, cuts)
    assert same(found, np.array([1.0, 2.0, 3.0, np.nan, np.nan, np.nan]))
    assert each.fault == f"no value from the symbol's tick 3 on: {folder / 'a.py'}, {told}"
    assert each.failed_row == 3
    assert columns.column("price")[:6].tolist() == prices.tolist()


def test_a_series_that_fails_is_not_called_again(folder: Path) -> None:
    source = extending("type(self).calls = getattr(self, 'calls', 0) + 1", "raise RuntimeError('once')")
    assert load(folder, a=source) == ()
    kind = CATALOGUE["mine"].build.kind
    computed("mine", columns_of([1.0] * 5), (1, 2, 3))
    assert kind.calls == 2  # once as the ticks came, once to find the tick


@pytest.mark.parametrize(("made", "expected"), [(1, [np.nan] * 3), (2, [1.0, np.nan, np.nan])])
def test_a_class_that_can_be_made_a_few_times_only_has_no_value_from_then_on(
    made: int, expected: list[float], folder: Path
) -> None:
    source = HEAD + (
        f"    left = [1] * {made}\n    def __init__(self):\n        self.left.pop()\n"
        "    def extend(self, ticks):\n        return ticks.price[: 1 - ticks.first]\n" + TAIL
    )
    assert load(folder, a=source) == ()
    found, each = computed("mine", columns_of([1.0, 2.0, 3.0]), (1,))
    assert same(found, np.array(expected))
    told = f"no value from the symbol's tick {made - 1} on: {folder / 'a.py'}, line 11: IndexError: "
    assert each.fault.startswith(told)


def test_a_fault_on_several_ticks_together_and_on_none_alone_ends_the_values_there(folder: Path) -> None:
    source = extending("if len(ticks) > 1:", "    raise RuntimeError('more than one')", "return ticks.price")
    assert load(folder, a=source) == ()
    found, each = computed("mine", columns_of([1.0, 2.0, 3.0, 4.0]), (1, 2))
    assert same(found, np.array([1.0, 2.0, np.nan, np.nan]))
    assert "from the symbol's tick 2 on: " in each.fault
    assert "line 11: RuntimeError: more than one" in each.fault


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("raise KeyError('x' * 5_000)",), "line 10: KeyError: 'xxxx"),
        (("raise KeyError('a', 'b\\n c')",), "line 10: KeyError: ('a', 'b"),
        (("raise RuntimeError('a\\n  b')",), "line 10: RuntimeError: a b"),
        (
            ("class Odd(Exception):", "    def __str__(self):", "        raise ValueError", "raise Odd"),
            "line 13: Odd: (without a text)",
        ),
    ],
)
def test_an_error_of_whatever_text_is_told_in_one_line(
    lines: tuple[str, ...], told: str, folder: Path
) -> None:
    assert load(folder, a=extending(*lines)) == ()
    _, each = computed("mine", columns_of([1.0]))
    assert told in each.fault
    assert "\n" not in each.fault
    assert len(each.fault) < 600 + len(str(folder))


def test_a_keyboard_interrupt_is_the_persons_and_goes_through(folder: Path) -> None:
    assert load(folder, a=extending("raise KeyboardInterrupt")) == ()
    with pytest.raises(KeyboardInterrupt):
        computed("mine", columns_of([1.0]))
