"""Series of a person's own: Python files in the folder ``series`` of the config folder.

They join the catalogue when the program starts. A file that cannot be used is told, and the rest works.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from analytics.errors import ConfigError, nearest
from analytics.series import Entry, Pane, Parameter, Unit, add_entry
from analytics.series.own import OwnSeries, located, one_line

_LIST = "SERIES"
_MODULE_PREFIX = "tickdesk_own_series_"

E = TypeVar("E", bound=Enum)


@functools.cache
def load_user_series(folder: Path) -> tuple[str, ...]:
    """Add the series in a folder's files to the catalogue and return what is wrong with them, a line each.

    Files are read in the order of their names, those that begin with ``_`` or ``.`` are not. A missing folder
    has none. A folder is loaded once in the life of the program, like an import; later calls return the same.
    """
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix == ".py" and each.name[0] not in "_.")
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (f"{folder}: {error.strerror}",)
    return tuple(fault for file in files for fault in _load(file))


def _load(file: Path) -> Iterator[str]:
    """Load one file and yield its faults; a class that is wrong does not spoil the others."""
    try:
        kinds = _kinds(file)
    except ConfigError as error:
        yield str(error)
        return
    for kind in kinds:
        try:
            add_entry(_entry(kind, file))
        except ConfigError as error:
            yield f"{file}: {_name_of(kind)}: {error}"
        except Exception as error:  # noqa: BLE001 - to look at a class may run a person's code
            yield located(error, str(file))


def _kinds(file: Path) -> tuple[object, ...]:
    """Run a file and return the classes that it lists. Raises ConfigError naming file, line and error."""
    if not file.is_file():  # a pipe would be waited for
        raise ConfigError(f"{file}: expected a Python file, found something else")
    module = ModuleType(_MODULE_PREFIX + file.stem)
    module.__file__ = str(file)
    sys.modules[module.__name__] = module  # where a dataclass looks for its own module
    try:
        exec(compile(file.read_bytes(), str(file), "exec", dont_inherit=True), vars(module))
    except KeyboardInterrupt:
        raise
    except OSError as error:
        if error.filename == str(file):
            raise ConfigError(f"{file}: {error.strerror}") from None
        raise ConfigError(located(error, str(file))) from None
    except BaseException as error:  # noqa: BLE001 - a person's code may raise anything, SystemExit too
        sys.modules.pop(module.__name__, None)
        raise ConfigError(located(error, str(file))) from None
    listed = getattr(module, _LIST, None)
    if not isinstance(listed, list | tuple) or not listed:
        raise ConfigError(f"{file}: expected a list {_LIST} of classes, found {_seen(listed)}")
    return tuple(listed)


def _entry(kind: object, file: Path) -> Entry:
    """Return the catalogue's entry of a class. Raises ConfigError saying what it lacks."""
    if not isinstance(kind, type) or not callable(getattr(kind, "extend", None)):
        raise ConfigError("expected a class with a method extend(self, ticks)")
    own = OwnSeries(kind, str(file))
    return Entry(
        name=_text(kind, "name"),
        parameters=_parameters(kind),
        unit=_member(kind, "unit", Unit),
        pane=_member(kind, "pane", Pane),
        definition=_text(kind, "definition"),
        source=str(file),
        build=own,
        check=lambda arguments: own.check(tuple(arguments)),
    )


def _text(kind: type, name: str) -> str:
    found = getattr(kind, name, None)
    if not isinstance(found, str) or not found.strip():
        raise ConfigError(f"expected {name} = a text, found {_seen(found)}")
    return " ".join(found.split())


def _parameters(kind: type) -> tuple[Parameter, ...]:
    found: Any = getattr(kind, "parameters", ())
    if not isinstance(found, list | tuple) or not all(_is_ours(each) for each in found):
        raise ConfigError(f'expected parameters = (length("N"), …), found {_seen(found)}')
    return tuple(found)


def _is_ours(parameter: object) -> bool:
    """Return whether it is one of the catalogue's kinds; what they read can be compared and told as text."""
    return isinstance(parameter, Parameter) and parameter.read.__module__.startswith("analytics.")


def _member(kind: type, name: str, of: type[E]) -> E:
    """Return a member of an enumeration that a class names by its value, or gives itself."""
    found = getattr(kind, name, None)
    known = [each.value for each in of]
    if isinstance(found, of):
        return found
    if not isinstance(found, str) or found not in known:
        close = nearest(found, known) if isinstance(found, str) else ""
        raise ConfigError(f"expected {name} = one of {', '.join(known)}; found {_seen(found)}.{close}")
    return of(found)


def _name_of(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else _seen(kind)


def _seen(found: object) -> str:
    """Return how a value of a person's is shown in a line."""
    if found is None:
        return "none"
    if isinstance(found, str | int | float | list | tuple) and not found:
        return f"an empty {type(found).__name__}"
    return one_line(repr(found)) if isinstance(found, str | int | float) else f"a {type(found).__name__}"
