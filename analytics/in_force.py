"""The rules in force: their states over frames, and what fires, in the engine's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analytics.columns import SymbolColumns
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules import Fired, ParsedRule, RuleState, parse_rule
from analytics.rules.digest import digest
from analytics.rules.rule import Firing, Rule
from analytics.rules.wide import WideFired, WideRuleState, needs
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import NO_SEQ, Float64


class RulesInForce:
    """The rules of one engine, for its thread."""

    def __init__(self, instruments: InstrumentTable) -> None:
        self._instruments = instruments
        self._rules: list[tuple[Rule, ParsedRule]] = []
        self._states: dict[Rule, RuleState | WideRuleState] = {}
        self._of_symbol: dict[str, list[tuple[int, RuleState]]] = {}
        self._wide: list[tuple[int, WideRuleState]] = []
        self.needed: Mapping[str, tuple[SeriesSpec, ...]] = {}
        """The series that must be kept by symbol; under ``*`` those of every symbol."""

    def replace(self, rules: Iterable[Rule]) -> None:
        """Put these rules in force. One that stays equal but for its snooze keeps its state; a new one starts armed.

        Raises RuleError naming the rule that is wrong; then the rules before stay in force.
        """
        parsed = [(rule, parse_rule(rule)) for rule in rules if rule.enabled]
        states = {rule.core: self._state(each) for rule, each in parsed}
        for rule, each in parsed:
            kept = self._states.get(rule.core)
            if kept is not None:
                kept.snooze(each)
                states[rule.core] = kept
        self._rules = parsed
        self._take(states)

    def reset(self) -> None:
        """Arm all rules anew."""
        self._take({rule.core: self._state(each) for rule, each in self._rules})

    def deadline(self) -> int | None:
        """Return the clock at which silence alone makes a rule fire, None where none waits for that."""
        return min((at for _, each in self._wide if (at := each.deadline()) is not None), default=None)

    def digest(self) -> int:
        """Return 64 bits of what the rules hold between two ticks."""
        return digest(self._states[rule.core] for rule, _ in self._rules)

    def evaluate(self, frame: Frame) -> list[Firing]:
        """Return what fires in a frame: by tick, what silence made fire before it first, then by rule."""
        found: list[tuple[tuple[int, int, int], Firing]] = []
        for name, span in frame.spans.items():
            mine = self._of_symbol.get(name)
            if mine is None:
                continue
            places = frame.places[name]
            values = _Values(span)
            for rank, state in mine:
                for each in state.evaluate(span, values):
                    place = int(places[each.index])
                    found.append(((2 * place + 1, 0, rank), _firing(state, frame, span, place, each)))
        for rank, wide in self._wide:
            if wide.symbols is None or not frame.spans.keys().isdisjoint(wide.symbols):
                found += [_wide_firing(rank, wide, frame, each) for each in wide.evaluate(frame)]
        found.sort(key=lambda each: each[0])
        return [firing for _, firing in found]

    def _state(self, parsed: ParsedRule) -> RuleState | WideRuleState:
        if parsed.is_wide:
            return WideRuleState(parsed, self._instruments)
        return RuleState(parsed, self._instruments[parsed.rule.symbol])

    def _take(self, states: dict[Rule, RuleState | WideRuleState]) -> None:
        self._states, self._of_symbol, self._wide = states, {}, []
        needed: dict[str, dict[SeriesSpec, None]] = {}
        for rank, (rule, parsed) in enumerate(self._rules):
            state = states[rule.core]
            if isinstance(state, WideRuleState):
                self._wide.append((rank, state))
            else:
                self._of_symbol.setdefault(parsed.rule.symbol, []).append((rank, state))
            for symbol, specs in needs(parsed).items():
                needed.setdefault(symbol, {}).update(dict.fromkeys(specs))
        self.needed = {symbol: tuple(specs) for symbol, specs in needed.items()}


class _Values:
    """The float64 values of series over one span, each computed once."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._columns: dict[str, Float64] = {}

    def __call__(self, spec: SeriesSpec) -> Float64:
        span, columns = self._span, self._span.columns
        if not spec.is_column:
            return columns.series(spec.text)[span.start : span.stop]
        found = self._columns.get(spec.name)
        if found is None:
            scale = columns.price_scale if spec.name == "price" else columns.size_scale
            found = columns.column(spec.name)[span.start : span.stop] / 10.0**scale
            self._columns[spec.name] = found
        return found


def _firing(state: RuleState, frame: Frame, span: Span, place: int, fired: Fired) -> Firing:
    batch, at, columns = frame.batch, frame.start + place, span.columns
    return Firing(
        rule=state.parsed.rule.name,
        symbol=columns.symbol,
        row=int(batch.row[at]),
        ts_ns=int(batch.ts_ns[at]),
        seq=_seq(int(batch.seq[at])),
        price=float(batch.price[at] / 10.0**columns.price_scale),
        value=fired.value,
        shown=fired.shown,
        hidden=fired.hidden,
        at=span.start + fired.index,
        readings=fired.readings,
    )


def _wide_firing(
    rank: int, state: WideRuleState, frame: Frame, fired: WideFired
) -> tuple[tuple[int, int, int], Firing]:
    """Return a firing, and where it stands: what silence made fire stands before the next tick, by its time."""
    columns: SymbolColumns = frame.columns[fired.symbol]
    silent = fired.place == frame.size or int(frame.batch.row[frame.start + fired.place]) != fired.feed_row
    firing = Firing(
        rule=state.parsed.rule.name,
        symbol=fired.symbol,
        row=fired.feed_row,
        ts_ns=fired.at_ns,
        seq=_seq(int(columns.column("seq")[fired.row])),
        price=float(columns.column("price")[fired.row] / 10.0**columns.price_scale),
        value=fired.value,
        shown=fired.shown,
        hidden=fired.hidden,
        silent=silent,
        at=fired.row,
        readings=fired.readings,
    )
    if silent:
        return (2 * fired.place, fired.at_ns, rank), firing
    return (2 * fired.place + 1, 0, rank), firing


def _seq(seq: int) -> int | None:
    return None if seq == NO_SEQ else seq
