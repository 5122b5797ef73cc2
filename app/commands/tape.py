"""``tickdesk tape``: what is done with tapes; ``verify`` proves that a replay equals what was live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import typer

from analytics.errors import ConfigError, RuleError, TapeError
from analytics.fingerprint import Fingerprint
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME
from app.commands.output import progress, tell
from app.recorder import WatchedEngine
from app.rule_store import parse_rules
from feeds.files.tape_compare import CLOSE, Comparison, Difference
from feeds.files.tape_session import TapeSession, read_session, session_numbers
from feeds.instruments import load_instruments
from feeds.opening import reading_for
from feeds.tape.commands import END, RULES, SERIES, Command
from feeds.tape.stamp import stamp_here

_NS = 1_000_000_000
_ROWS_TOLD = 5


def verify(directory: Path) -> int:
    """Replay each recording on a tape, and tell whether it equals what was live, or the first tick that differs.

    Raises TapeError for what is no tape, has no fingerprint, or holds what this program does not know.
    """
    if not directory.is_dir():
        raise TapeError(f"{directory}: expected a tape directory, found {_instead(directory)}")
    instruments = load_instruments()
    verdicts = [
        _Verification(directory, _read(directory, number, instruments), instruments).run()
        for number in session_numbers(directory)
    ]
    failures = [line for line, _, is_failure in verdicts if is_failure]
    for line, details, is_failure in verdicts:
        if not is_failure:
            typer.echo(line)
        for each in details:
            typer.echo(f"  {each}")
    if failures:
        more = f"; and {len(failures) - 1} more recordings of this tape fail" if len(failures) > 1 else ""
        tell(f"tickdesk: {failures[0]}{more}")
    return 1 if failures else 0


def _instead(path: Path) -> str:
    return "a file" if path.exists() else "nothing there"


def _read(directory: Path, number: int, instruments: InstrumentTable) -> TapeSession:
    with progress(f"Opening {directory.name}", 1) as advance:
        reading = replace(
            reading_for(instruments), progress=lambda done, total: advance(done / max(total, 1))
        )
        session = read_session(directory, number, reading)
    if not len(session.checks):
        raise TapeError(
            f"{directory}: expected a fingerprint beside the tape, found none for the recording of "
            f"{_time(number, UTC)}; record with this version to have one{_lost(session.lost)}"
        )
    if session.settings.series is None:
        raise TapeError(
            f"{directory}: expected the series and rules in force among the tape's events, found none"
            f"{_lost(session.lost)}"
        )
    return session


def _lost(lines: Sequence[str]) -> str:
    return f" ({'; '.join(lines)})" if lines else ""


class _Verification:
    """One recorder's life, gone through again."""

    def __init__(self, directory: Path, session: TapeSession, instruments: InstrumentTable) -> None:
        self._directory, self._session, self._instruments = directory, session, instruments
        self._guard = Guard(instruments, lateness_ns=session.settings.lateness_ns)
        self._foreign = _otherwise(session.checks.stamp, stamp_here())
        self._comparison = Comparison(session.checks, by_value=bool(self._foreign))
        self._refusals: dict[int, str] = {}
        self._events_read = 0
        self._ended = False
        self._engine = WatchedEngine(self._guard, instruments, Fingerprint(self._comparison.take), ())
        for text in session.settings.series or ():
            self._obey(Command(SERIES, text))
        self._obey(Command(RULES, session.settings.rules))

    def run(self) -> tuple[str, list[str], bool]:
        """Return the verdict, more lines about it, and whether it is a failure."""
        session, comparison = self._session, self._comparison
        with progress(f"Verifying {self._directory.name}", session.rows) as advance:
            for rows in self._replay():
                advance(rows)
                if comparison.difference is not None:
                    break
        difference = comparison.difference
        if difference is None and self._ended and comparison.left:
            difference = comparison.missing()
        if difference is not None:
            return (*self._differs(difference), True)
        if len(session.altered):
            row = int(session.altered[0])
            line = f"{self._directory}: {self._place(row)} is not as it was recorded"
            return line, [self._no_effect(row), *self._others(row), *session.lost], True
        if session.lost_after:
            line = f"{self._directory}: rows from {session.rows} on are lost in part; identical up to there"
            return line, [*self._coverage(), *session.lost], True
        fault = self._incomplete()
        if fault is not None:
            return f"{self._directory}: {fault}", [*self._coverage(), *session.lost], True
        return self._identical(), [*self._coverage(), *session.lost], False

    def _incomplete(self) -> str | None:
        """Return what of the recording is not there, though nothing that is there differs."""
        recorded, there = self._session.recorded_rows, self._session.rows
        if recorded is not None and recorded != there:
            return f"{recorded:,} rows were recorded and {there:,} are there; identical as far as they go"
        if not self._comparison.compared:
            return "no tick is left of the recording, so nothing is proved"
        return None

    def _replay(self) -> Iterator[int]:
        """Take the tape through guard and engine; yield the rows gone through."""
        rows = 0
        for step in self._session.steps():
            if isinstance(step, Command):
                self._obey(step)
            else:
                for batch in self._guard.take(step):
                    self._engine.take(batch)
                rows += len(step)
            self._note_refusals()
            yield rows

    def _obey(self, command: Command) -> None:
        try:
            if command.what == RULES:
                self._engine.set_rules(parse_rules(command.value, "rules on the tape"))
            elif command.what == SERIES:
                self._engine.add_series(parse_series(command.value))
            elif command.what == END:
                self._ended = True
                for batch in self._guard.finish():
                    self._engine.take(batch)
        except (ConfigError, RuleError) as error:
            raise self._unknown(error) from error

    def _unknown(self, error: Exception) -> TapeError:
        return TapeError(
            f"{self._directory}: what was in force as it was recorded is not known here: {error}"
        )

    def _note_refusals(self) -> None:
        events, self._events_read = self._guard.events.since(self._events_read)
        for event in events:
            self._refusals.setdefault(event.row, f"{event.kind.value}: {event.detail}")

    # What is told

    def _identical(self) -> str:
        session, comparison = self._session, self._comparison
        what = f"{comparison.compared:,} ticks of {session.rows:,} rows"
        if self._foreign:
            return f"identical to live within {CLOSE:g}: {what}, compared by value: {self._foreign}"
        return f"identical to live: {what}, fingerprint {comparison.chain:016x}"

    def _coverage(self) -> Iterator[str]:
        """Yield what the comparison could not cover: what a crash cut off."""
        comparison, checks = self._comparison, self._session.checks
        if not self._ended and self._session.recorded_rows is None:
            yield "the recording was cut off; it is compared up to its last whole batch"
        if comparison.left:
            yield f"{comparison.left:,} more ticks were live, of rows that the tape has lost"
        bare = comparison.ticks - comparison.compared
        if bare and comparison.ticks > int(checks.tick[-1]) + 1:
            yield f"{comparison.ticks - int(checks.tick[-1]) - 1:,} ticks at the end have no fingerprint"
            bare -= comparison.ticks - int(checks.tick[-1]) - 1
        if bare:
            yield f"{bare:,} ticks before have lost theirs"

    def _differs(self, difference: Difference) -> tuple[str, list[str]]:
        session = self._session
        row = self._named(difference)
        what = [_told(name, live, now) for name, (live, now) in difference.what.items()]
        details = list(what)
        if difference.row_live != difference.row_now:
            live, now = (
                "no tick" if each is None else f"the tick of row {each}"
                for each in (difference.row_live, difference.row_now)
            )
            what = [f"live took {live}, the replay {now}"]
            details = [*what, *self._refusal(row)]
        elif not what:
            what = ["its time or its symbol is another; no series and no rule differs here"]
            details = list(what)
        if row in session.altered:
            details.append(f"row {row} is not as it was recorded: the tape was altered")
        elif not len(session.altered):
            details.append("every row is as it was recorded: what is computed from them differs")
        if self._foreign:
            details.append(f"compared by value, to {CLOSE:g}: {self._foreign}")
        details += [*self._others(row), *session.lost]
        return (
            f"{self._directory}: differs from live at tick {difference.tick:,}: {self._place(row)}: {what[0]}",
            details,
        )

    def _named(self, difference: Difference) -> int:
        """Return the row that a difference is told of: the one that was altered, else the one taken live."""
        rows = [each for each in (difference.row_live, difference.row_now) if each is not None]
        altered = [each for each in rows if each in self._session.altered]
        return (altered or rows)[0]

    def _refusal(self, row: int) -> list[str]:
        return [f"row {row} now: {self._refusals[row]}"] if row in self._refusals else []

    def _no_effect(self, row: int) -> str:
        told = self._refusals.get(row)
        return f"no series and no rule differs: {told or 'what was altered has no part in them'}"

    def _others(self, row: int) -> list[str]:
        """Return a line about further rows that were altered."""
        others = [int(each) for each in self._session.altered[: _ROWS_TOLD + 1] if each != row]
        count = len(self._session.altered) - int(row in self._session.altered)
        if not count:
            return []
        shown = ", ".join(str(each) for each in others[:_ROWS_TOLD])
        more = f" and {count - _ROWS_TOLD} more" if count > _ROWS_TOLD else ""
        return [f"altered besides: row{'s' if count > 1 else ''} {shown}{more}"]

    def _place(self, row: int) -> str:
        """Return which tick a row is: symbol, seq, time and place."""
        whole = self._session.whole
        if row >= len(whole):
            return f"row {row}, which is lost"
        code, seq = int(whole.symbol[row]), int(whole.seq[row])
        symbol = "(no symbol)" if code == NO_CODE else whole.symbols[code]
        number = "" if seq == NO_SEQ else f" seq {seq}"
        ts_ns = int(whole.ts_ns[row] if whole.ts_ns[row] != NO_TIME else whole.arrival_ns[row])
        at = (
            "without a time" if ts_ns == NO_TIME else _time(ts_ns, self._instruments.calendar_of(symbol).zone)
        )
        place = f"partition {whole.partition[row]}, offset {whole.offset[row]}, index {whole.index[row]}, row {row}"
        return f"{symbol}{number} of {at}, {place}"


def _told(name: str, live: str, now: str) -> str:
    if name.startswith("rule "):
        return f"{name} {live} live and {now} now"
    return f"{name} was {live} live and is {now} now"


def _otherwise(live: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Return in what two stamps differ, ``""`` where they do not."""
    names = {"numpy": "numpy", "cpu": "CPU", "features": "CPU features in use", "tickdesk": "tickdesk"}
    return "; ".join(
        f"{name} {live.get(key) or 'unknown'} live, {here[key]} here"
        for key, name in names.items()
        if live.get(key) != here[key]
    )


def _time(ts_ns: int, zone: tzinfo) -> str:
    seconds, ns = divmod(ts_ns, _NS)
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M:%S}.{ns:09d} {at:%Z}"
