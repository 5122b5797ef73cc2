"""The stamp of a fingerprint: what, if it differs, may change the last bit of a float."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

import numpy as np

_CPUS = Path("/proc/cpuinfo")
_RUNTIME = "numpy._core._multiarray_umath"  # the only place where numpy tells which features it uses


@lru_cache(maxsize=1)
def stamp_here() -> Mapping[str, str]:
    """Return numpy's version, the CPU's model, the features of it that numpy uses, and this program's version."""
    return MappingProxyType(
        {
            "numpy": np.__version__,
            "cpu": _cpu(),
            "features": " ".join(_features()),
            "tickdesk": _own_version(),
        }
    )


def _cpu() -> str:
    try:
        lines = _CPUS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def _features() -> list[str]:
    runtime = import_module(_RUNTIME)
    has = getattr(runtime, "__cpu_features__", {})
    baseline = getattr(runtime, "__cpu_baseline__", [])
    dispatched = getattr(runtime, "__cpu_dispatch__", [])
    return [*baseline, *(each for each in dispatched if has.get(each))]


def _own_version() -> str:
    try:
        return version("tickdesk")
    except PackageNotFoundError:  # run from its folder, not installed
        return "unknown"
