"""Programs that a benchmark runs beside itself: each has a process of its own and ends with the one that began it."""

from __future__ import annotations

import json
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

Program: TypeAlias = "subprocess.Popen[str]"

_STOP_S = 10.0


@contextmanager
def running(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run ``python -m module``, whose standard output is to be read here; what still runs at the end is stopped.

    Where the system has ``setpriv`` it also ends when this process does, however that ends.
    """
    tie = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") is not None else []
    program = subprocess.Popen(
        [*tie, sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=None if environment is None else dict(environment),
    )
    try:
        yield program
    finally:
        stop(program)


def stop(program: Program) -> None:
    """Ask a program to end, and kill it where it does not."""
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
    if program.stdout is not None:
        program.stdout.close()


def told(program: Program, within_s: float | None = None) -> dict[str, Any]:
    """Return what a program says in the next line, a JSON object.

    Raises SystemExit where it ended instead, or said nothing in time; its own words went to standard error.
    """
    assert program.stdout is not None
    if not select.select([program.stdout], [], [], within_s)[0]:
        raise SystemExit(f"a program of the benchmark said nothing for {within_s:g} s: {program.args!r}")
    line = program.stdout.readline()
    if not line:
        raise SystemExit(f"a program of the benchmark ended with code {program.wait()}: {program.args!r}")
    found: dict[str, Any] = json.loads(line)
    return found


def tell(words: Mapping[str, Any]) -> None:
    """Say something to the process that began this one, as `told` reads it."""
    print(json.dumps(words), flush=True)
