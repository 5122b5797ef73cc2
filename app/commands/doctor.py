"""``tickdesk doctor``: what is missing here, and the fix."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from analytics.errors import TickdeskError
from app.libraries import WindowUnavailable, chosen_platform, window_faults
from app.places import Places, find_places
from app.rule_store import load_rules
from app.settings import load_settings, unknown_variables

_BROKER = ("localhost", 9092)
_BROKER_TIMEOUT_S = 0.5
_QT_TIMEOUT_S = 60.0
_START_QT = "from PySide6.QtWidgets import QApplication; QApplication([]); import pyqtgraph"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. A `fatal` one keeps the window from starting."""

    mark: str
    text: str
    fatal: bool = False


def run(environ: Mapping[str, str] = os.environ) -> int:
    """Print the report; raise WindowUnavailable where the window cannot start here."""
    places = find_places(environ)
    findings = [*_window(environ), *_choices(places, environ), *_optional()]
    typer.echo(f"tickdesk {version('tickdesk')}, Python {platform.python_version()}, {platform.platform()}")
    for finding in findings:
        typer.echo(f"{finding.mark:9} {finding.text}")
    fatal = [finding.text for finding in findings if finding.fatal]
    if fatal:
        raise WindowUnavailable(f"the window cannot start here: {'; '.join(fatal)}")
    return 0


def _window(environ: Mapping[str, str]) -> Iterator[Finding]:
    faults = window_faults(environ)
    for fault in faults:
        yield Finding("missing", fault, fatal=True)
    if faults:
        return
    fault_of_qt = _qt_fault(environ)
    if fault_of_qt is not None:
        yield Finding("missing", fault_of_qt, fatal=True)
        return
    packages = ", ".join(f"{name} {version(name)}" for name in ("PySide6-Essentials", "pyqtgraph", "numpy"))
    yield Finding("ok", f"the window can start ({chosen_platform(environ)}; {packages})")


def _qt_fault(environ: Mapping[str, str]) -> str | None:
    """Return why Qt does not start, tried in a process of its own because Qt aborts where it cannot."""
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _START_QT],
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=_QT_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"Qt did not start within {_QT_TIMEOUT_S:g} s"
    if tried.returncode == 0:
        return None
    told = [line.strip() for line in tried.stderr.splitlines() if line.strip()]
    return f"Qt does not start (exit {tried.returncode}): {told[-1] if told else 'it says nothing'}"


def _choices(places: Places, environ: Mapping[str, str]) -> Iterator[Finding]:
    for folder in (places.config, places.state, places.data):
        if not _writable(folder):
            yield Finding("wrong", f"{folder} cannot be written; change its owner or set TICKDESK_HOME")
    try:
        load_settings(places, environ)
    except TickdeskError as error:
        yield Finding("wrong", str(error), fatal=True)
    try:
        rules = load_rules(places.alerts)
    except (TickdeskError, OSError) as error:
        yield Finding("wrong", f"alert rules are not read: {error}")
    else:
        yield Finding("ok", f"settings {places.settings}, {len(rules)} alert rules in {places.alerts}")
    for text in unknown_variables(environ):
        yield Finding("wrong", text)


def _writable(folder: Path) -> bool:
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK)


def _optional() -> Iterator[Finding]:
    if _broker_answers():
        yield Finding("optional", f"a broker answers at {_BROKER[0]}:{_BROKER[1]}")
    else:
        yield Finding("optional", f"no broker at {_BROKER[0]}:{_BROKER[1]}; only Kafka feeds need one")
    java = shutil.which("java")
    yield Finding("optional", f"Java {java}" if java else "no Java; only a broker on this machine needs it")
    try:
        yield Finding("optional", f"sound PySide6-Addons {version('PySide6-Addons')}")
    except PackageNotFoundError:
        yield Finding("optional", "no sound besides the beep; PySide6-Addons would bring it")


def _broker_answers() -> bool:
    try:
        socket.create_connection(_BROKER, timeout=_BROKER_TIMEOUT_S).close()
    except OSError:
        return False
    return True
