"""What a program and those that it began use of the machine, seen from outside: memory, handles, threads."""

from __future__ import annotations

import re
import select
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns

from benchmarks.watched import Watched, Watching

_EVERY_S = 1.0
_PROC = Path("/proc")
_OWN = ("Pss_Anon", "Pss_Shmem")  # its share of libraries would move as other programs come and go


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in bytes, open handles and threads, at a monotonic time.

    What the programs share is counted once; files that are mapped, as libraries are, are not counted.
    """

    at_ns: int
    memory: int
    handles: int
    threads: int


def usage(pid: int) -> Usage:
    """Return what a program and its children use now. Raises OSError where it has ended, or there is no /proc."""
    memory = handles = threads = 0
    for each in _family(_PROC / str(pid)):
        memory += sum(_number(each / "smaps_rollup", name) for name in _OWN) * 1_024
        handles += sum(1 for _ in (each / "fd").iterdir())
        threads += _number(each / "status", "Threads")
    return Usage(monotonic_ns(), memory, handles, threads)


def watch_usage(window: Watching) -> tuple[Watched, list[Usage]]:
    """Return what a window saw, and what it used meanwhile, about once a second."""
    found: list[Usage] = []
    assert window.program.stdout is not None
    while not select.select([window.program.stdout], [], [], _EVERY_S)[0]:
        found.append(usage(window.program.pid))
    return window.result(), found


def between(samples: Sequence[Usage], began_ns: int, ended_ns: int) -> list[Usage]:
    """Return the samples of a span of time. Raises SystemExit where it has none."""
    found = [each for each in samples if began_ns <= each.at_ns <= ended_ns]
    if not found:
        raise SystemExit(
            "expected a look at the window's memory once a second, found none: watch it for longer"
        )
    return found


def _family(process: Path) -> Iterator[Path]:
    yield process
    for task in (process / "task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(_PROC / child)


def _number(file: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", file.read_text(), re.MULTILINE)
    return 0 if found is None else int(found[1])
