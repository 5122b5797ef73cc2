"""What records in this program: a tape with the fingerprint of an engine that begins with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from analytics.engine import Engine
from analytics.fingerprint import Fingerprint
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.rules import parse_rule
from analytics.rules.rule import Rule
from analytics.series import SeriesSpec
from app.rule_store import format_rules
from feeds.tape import ProvenTape, TapeWriter
from feeds.tape.commands import RULES, SERIES, Command, settings
from feeds.tape.writer import PART_ROWS


class WatchedEngine(Engine):
    """An engine whose fingerprint is taken: told anew what is asked for with each rule and series."""

    def __init__(
        self,
        guard: Guard,
        instruments: InstrumentTable,
        fingerprint: Fingerprint,
        series: Iterable[SeriesSpec],
    ) -> None:
        super().__init__(instruments, events=guard.events)
        self.witness = self._fingerprint = fingerprint
        fingerprint.digest = self.state_digest
        self._texts: tuple[str, ...] = ()
        self._of_symbols: list[tuple[str, Sequence[str]]] = []
        for spec in series:
            self.add_series(spec)

    def add_series(self, spec: SeriesSpec) -> None:
        """Keep a series for every symbol, and take it into the fingerprint."""
        super().add_series(spec)
        if not spec.is_column:
            self._texts = (*self._texts, spec.text)
        self._watch()

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Put rules in force, and take the series of those that look at one symbol into the fingerprint.

        Raises RuleError naming the rule that is wrong; then the rules before stay in force.
        """
        rules = tuple(rules)
        super().set_rules(rules)
        parsed = [parse_rule(rule) for rule in rules if rule.enabled]
        self._of_symbols = [
            (each.rule.symbol, [spec.text for spec in each.series]) for each in parsed if not each.is_wide
        ]
        self._watch()

    def _watch(self) -> None:
        self._fingerprint.watch(self._texts, self._of_symbols)


class TapeRecorder(ProvenTape[WatchedEngine]):
    """Records a feed into a directory, to be given to a consumer; nothing is written before the first tick.

    `series` and `rules` are those of the fingerprint. Raises RuleError for a rule that is wrong, TapeError
    where a tape cannot be begun there.
    """

    def __init__(
        self,
        directory: Path,
        *,
        topic_id: str,
        instruments: InstrumentTable,
        series: Sequence[SeriesSpec],
        rules: Sequence[Rule] = (),
        lateness_ns: int | None = None,
        part_rows: int = PART_ROWS,
    ) -> None:
        guard = Guard(instruments, lateness_ns=lateness_ns)
        Engine(instruments).set_rules(rules)  # what is wrong is said before there is a directory
        told = settings([spec.text for spec in series], format_rules(rules), lateness_ns)
        tape = TapeWriter(directory, topic_id=topic_id, settings=told, part_rows=part_rows)
        engine = WatchedEngine(guard, instruments, Fingerprint(tape.write_check), series)
        engine.set_rules(rules)
        self.guard, self.engine = guard, engine
        super().__init__(tape, guard, engine)

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Note the rules that are in force from now on, and obey; the consumer's thread."""
        rules = tuple(rules)
        self.command(Command(RULES, format_rules(rules)), lambda engine: engine.set_rules(rules))

    def add_series(self, spec: SeriesSpec) -> None:
        """Note a series that is kept from now on, and keep it; the consumer's thread."""
        self.command(Command(SERIES, spec.text), lambda engine: engine.add_series(spec))
