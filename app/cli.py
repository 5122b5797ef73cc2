"""The command line: ``tickdesk`` and its commands, each imported when it runs.

Exit codes: 0 done, 1 failed, 2 wrong usage; for 1 and 2 one line on stderr, whoever found the fault.
"""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError, TickdeskError, nearest

PROGRAM = "tickdesk"
DONE, FAILED, WRONG_USAGE = 0, 1, 2
INTERRUPTED = 130  # what a shell expects after Ctrl+C

_typer = typer.Typer(
    name=PROGRAM,
    help="A desktop dashboard for live stock ticks. Without a command it opens the window.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_alerts = typer.Typer(help="Alert rules without a window.")
_typer.add_typer(_alerts, name="alerts")
_topics = typer.Typer(help="Topics of a Kafka broker.")
_typer.add_typer(_topics, name="topics")
_tape = typer.Typer(help="Recorded tapes.")
_typer.add_typer(_tape, name="tape")
_series = typer.Typer(help="The catalogue of series; without a command it is listed.")
_typer.add_typer(_series, name="series")
_COMMANDS = (
    "desk", "simulate", "record", "replay", "topics", "analyze", "bars", "series", "alerts", "tape", "screenshot", "doctor",
)  # fmt: skip
_WITH_SERIES = ("desk", "record", "analyze", "series", "alerts", "tape", "screenshot")
_SERIES_COMMANDS = ("list", "check", "--help")
_OWN_OPTIONS = ("--help", "--version")


class ThemeName(enum.StrEnum):
    """The themes, as an option names them."""

    DARK = "dark"
    LIGHT = "light"
    HIGH_CONTRAST = "high-contrast"


Feed = Annotated[
    str,
    typer.Option(metavar="ADDRESS", help="sim:, a tick file, file:PATH?speed=…, or kafka://host:9092/topic"),
]
Topic = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The topic, as kafka://localhost:9092/ticks.v1")
]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long, as 90s or 15m.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="A tick file, a tape directory, or file:PATH?…")]
Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="Zone of times without one, as Asia/Kolkata.")]
Hours = Annotated[
    str | None, typer.Option(metavar="nse|us|always", help="Trading hours; default: each instrument's own.")
]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `argv` is without the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return DONE
    except typer.TyperException as error:
        return _told(error.exit_code, _usage_fault(error.format_message(), arguments))
    except ConfigError as error:
        return _told(WRONG_USAGE, str(error))
    except TickdeskError as error:
        return _told(FAILED, str(error))
    except OSError as error:
        return _told(FAILED, f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return code


def with_default_command(arguments: list[str]) -> list[str]:
    """Return the arguments with the command that is meant where they name none: ``desk``, ``series list``."""
    if arguments[:1] == ["series"] and (arguments[1:2] or [""])[0] not in _SERIES_COMMANDS:
        return ["series", "list", *arguments[1:]]
    if arguments and (arguments[0] in _OWN_OPTIONS or not arguments[0].startswith("-")):
        return arguments
    return ["desk", *arguments]


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(_typer)
    whole = with_default_command(arguments)
    try:
        with command.make_context(PROGRAM, list(whole)) as context:
            if whole[0] in _WITH_SERIES and "--help" not in whole:
                _load_own_series()
            result = command.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    return result if isinstance(result, int) else DONE


def _load_own_series() -> None:
    """Add the user's own series to the catalogue; what is wrong with one is told, and the rest works."""
    from app.places import find_places
    from app.user_series import load_user_series

    for fault in load_user_series(find_places().series):
        _told(FAILED, fault)


def _told(code: int, message: str) -> int:
    line = " ".join(part.strip() for part in message.splitlines())
    sys.stderr.write(f"{PROGRAM}: {line}\n")
    return code


def _usage_fault(message: str, arguments: list[str]) -> str:
    first = arguments[0] if arguments else ""
    if first in _COMMANDS:
        return f"{message.rstrip('.')}; see {PROGRAM} {first} --help"
    if first and not first.startswith("-"):
        return f"there is no command {first!r}.{nearest(first, _COMMANDS)} Commands: {', '.join(_COMMANDS)}"
    return f"{message.rstrip('.')}; see {PROGRAM} desk --help"


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere: the reader of our output has left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@_typer.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A desktop dashboard for live stock ticks. Without a command it opens the window."""


@_typer.command()
def desk(
    feed: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The feed to open.")] = None,
    workspace: Annotated[str | None, typer.Option(metavar="NAME", help="The window layout to use.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(metavar="auto|thread|process", help="Where ticks are computed; auto moves under load."),
    ] = None,
) -> int:
    """Open the window."""
    from app.commands import desk as command

    return command.run(feed, workspace, engine)


@_typer.command()
def simulate(
    to: Annotated[
        str,
        typer.Option(
            metavar="FILE|ADDRESS",
            help="A .csv or .parquet file, a tape directory, or kafka://host:9092/topic",
        ),
    ],
    symbols: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Symbols; default: those of sim:.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Mean ticks a second over all symbols.")] = None,
    seed: Annotated[int | None, typer.Option(help="Equal seeds give equal ticks.")] = None,
    for_: For = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The trading day.")] = None,
) -> int:
    """Write simulated ticks: one session from 09:15, or --for of market time; to a topic live, from 09:30."""
    from app.commands import simulate as command

    return command.run(to, symbols, rate, seed, for_, date)


@_typer.command()
def record(
    feed: Feed,
    to: Annotated[Path, typer.Option(metavar="DIR", help="The tape directory.")],
    for_: For = None,
    series: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="A series of the fingerprint; default: vwap(session), vwap(60s)."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(metavar="RULES", help="Rules of the fingerprint, as alerts.toml holds them."),
    ] = None,
) -> int:
    """Record a feed to a tape, with its fingerprint beside it; Ctrl+C ends it cleanly."""
    from app.commands import record as command

    return command.run(feed, to, for_, series or (), rules)


@_typer.command()
def replay(
    file: File,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="The topic, as kafka://localhost:9092/ticks.v1")],
    speed: Annotated[str | None, typer.Option(metavar="X", help="A number, or max; default 1.")] = None,
    tz: Zone = None,
    calendar: Hours = None,
) -> int:
    """Publish recorded ticks to a topic, at their own pace or another."""
    from app.commands import replay as command

    return command.run(file, to, speed, tz, calendar)


@_topics.command()
def create(
    address: Topic,
    partitions: Annotated[
        int | None, typer.Option(metavar="N", help="Default: 4 on one broker, 12 on more.")
    ] = None,
    replication: Annotated[
        int | None, typer.Option(metavar="N", help="Default: 3, or the brokers there are.")
    ] = None,
) -> int:
    """Make a topic for ticks."""
    from app.commands import topics as command

    return command.create(address, partitions, replication)


@_topics.command()
def show(address: Topic) -> int:
    """Show what a topic holds and how it is kept."""
    from app.commands import topics as command

    return command.show(address)


@_typer.command()
def analyze(
    file: File,
    series: Annotated[list[str], typer.Option(metavar="S", help="A series, as vwap(60s); may be repeated.")],
    out: Annotated[Path, typer.Option(metavar="OUT.parquet", help="The file to write.")],
    tz: Zone = None,
    calendar: Hours = None,
) -> int:
    """Compute series over a recording: one row per tick."""
    from app.commands import analyze as command

    return command.run(file, series, out, tz, calendar)


@_typer.command()
def bars(
    file: File,
    by: Annotated[str, typer.Option(metavar="B", help="1m, 500 ticks, 10000 volume or 5 range (points).")],
    out: Annotated[Path, typer.Option(metavar="OUT.parquet", help="The file to write.")],
    tz: Zone = None,
    calendar: Hours = None,
) -> int:
    """Put a recording's ticks together to bars: one row per bar."""
    from app.commands import bars as command

    return command.run(file, by, out, tz, calendar)


@_series.command("list")
def list_series(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One series; default: all.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a series.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table of the documentation.")] = False,
) -> int:
    """Show the series of the catalogue; the same as with no command."""
    from app.commands import series as command

    return command.run(name, json, markdown)


@_series.command("check")
def check_series(
    series: Annotated[str, typer.Argument(metavar="SERIES", help="A series, as vwap(60s).")],
    file: File,
    tz: Zone = None,
    calendar: Hours = None,
) -> int:
    """Compute a series over a recording in two different batchings, and compare them bit for bit."""
    from app.commands import series as command

    return command.check(series, file, tz, calendar)


@_tape.command()
def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The tape directory.")],
) -> int:
    """Replay a tape and prove that it equals what was live, or name the first tick that differs."""
    from app.commands import tape as command

    return command.verify(directory)


@_alerts.command()
def check(
    rules: Annotated[Path, typer.Argument(metavar="RULES", help="Rules, as alerts.toml holds them.")],
    file: File,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a firing.")] = False,
    tz: Zone = None,
    calendar: Hours = None,
) -> int:
    """Show which rules would have fired over a recording."""
    from app.commands import alerts_check as command

    return command.run(rules, file, json, tz, calendar)


@_alerts.command()
def explain(
    rules: Annotated[Path, typer.Argument(metavar="RULES", help="Rules, as alerts.toml holds them.")],
    file: File,
    rule: Annotated[str | None, typer.Option(metavar="NAME", help="One rule; default: all.")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="T", help="As 2026-11-20T10:15.")] = None,
    to: Annotated[str | None, typer.Option(metavar="T", help="The first time after the span.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a firing, and one a rule.")] = False,
    tz: Zone = None,
    calendar: Hours = None,
) -> int:
    """Show why rules fired over a recording, and how near the others came to it."""
    from app.commands import alerts_explain as command

    return command.run(rules, file, rule, (from_, to), json, tz, calendar)


@_typer.command()
def screenshot(
    feed: Feed,
    after: Annotated[str, typer.Option(metavar="TIME", help="How long to wait, as 3 or 5s.")],
    out: Annotated[Path, typer.Option(metavar="PNG", help="The picture to write.")],
    size: Annotated[str, typer.Option(metavar="WxH", help="The window's size in pixels.")] = "1280x720",
    theme: Annotated[ThemeName, typer.Option(help="The theme.")] = ThemeName.DARK,
    symbol: Annotated[str | None, typer.Option(help="The symbol to show.")] = None,
) -> int:
    """Draw the window to a picture; needs no display."""
    from app.commands import screenshot as command

    return command.run(feed, after, out, size, theme.value, symbol)


@_typer.command()
def doctor() -> int:
    """Tell what is missing here, and the fix."""
    from app.commands import doctor as command

    return command.run()
