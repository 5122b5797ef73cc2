"""The project itself: what its files promise one another."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import analytics
import app.commands
import feeds
from app.cli import main

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def modules_with_examples() -> list[str]:
    found = []
    for package in (analytics, feeds, app):
        for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            path = ROOT / Path(*each.name.split("."))
            source = path / "__init__.py" if each.ispkg else path.with_suffix(".py")
            if ">>> " in source.read_text(encoding="utf-8"):
                found.append(each.name)
    return found


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_in_docstrings_hold(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_no_test_folder_is_a_package_that_hides_a_room() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_wheel_holds_every_room() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert all((ROOT / each / "__init__.py").is_file() for each in packages)
    assert set(packages) == set(PROJECT["tool"]["importlinter"]["root_packages"])


def test_the_readme_shows_every_command_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = re.findall(r"^  ([a-z]+) {2,}", capsys.readouterr().out.split("Commands:")[1], re.MULTILINE)
    shown = re.findall(
        r"^\| `tickdesk \[?([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(shown) == sorted(listed)


def test_qt_is_held_below_the_version_that_aborts_on_old_pythons() -> None:
    pins = [each for each in PROJECT["project"]["dependencies"] if each.startswith("PySide6")]
    assert any("<6.12" in each and "python_version < '3.12'" in each for each in pins)


def test_no_lock_file_with_addresses_is_tracked() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = subprocess.run(
        ["git", "ls-files", "--", "*.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert tracked.stdout == ""
