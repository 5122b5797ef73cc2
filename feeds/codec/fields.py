"""What the fields of a message are called: our names, or those that the feed's address maps them to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.errors import ConfigError, nearest

FIELDS = (
    "symbol", "ts", "ts_ns", "price", "size", "volume", "volume_total", "seq", "run", "session", "source",
    "bid", "ask",
)  # fmt: skip
"""The fields of a tick on the wire, by our names; `ts` is JSON's and `ts_ns` is Arrow's."""
JSON_FIELDS = tuple(name for name in FIELDS if name != "ts_ns")
ARROW_FIELDS = ("symbol", "ts_ns", "price", "size", "seq", "run", "source", "bid", "ask", "volume_total")
_OTHER_NAME = {"size": "volume", "volume": "size", "run": "session", "session": "run"}
_NEEDED = frozenset({"symbol", "price", "ts_ns"})


class WireFields:
    """Their names by ours, for both forms.

    A mapped field has the name it is mapped to, any other its own: unless another field was mapped to
    that name, or the other one that says the same (`volume` and `size`, `run` and `session`) was mapped.

    Raises ConfigError for a name that is none of ours, for two fields mapped to one name, and where a
    tick's symbol or price would have no name left.
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        for ours, theirs in columns.items():
            if ours not in FIELDS:
                raise ConfigError(
                    f"map={ours}:{theirs}: no field is called {ours!r}.{nearest(ours, FIELDS)} "
                    f"Fields: {', '.join(FIELDS)}"
                )
        self.json = _chosen(JSON_FIELDS, columns)
        """JSON's names by ours; a field that has none is left out."""
        renamed = {
            ours: columns[_OTHER_NAME[ours]]
            for ours in ("size", "run")
            if ours not in columns and _OTHER_NAME[ours] in columns
        }
        self.arrow = _chosen(ARROW_FIELDS, {**columns, **renamed})
        """Arrow's column names by ours."""


def _chosen(fields: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    claimed: dict[str, str] = {}
    for ours, theirs in columns.items():
        if ours in fields and theirs in claimed:
            raise ConfigError(f"map={ours}:{theirs}: {theirs!r} is mapped to {claimed[theirs]} already")
        if ours in fields:
            claimed[theirs] = ours
    found = {}
    for ours in fields:
        if ours in columns:
            found[ours] = columns[ours]
        elif ours not in claimed and _OTHER_NAME.get(ours) not in columns:
            found[ours] = ours
        elif ours in _NEEDED:
            raise ConfigError(
                f"map={claimed[ours]}:{ours}: {ours} itself needs a name then, as in {ours}:NAME"
            )
    return found
