"""Series as the contract words them: exact fractions, tick by tick over the whole window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.builders.batches import Clean, Scale

DIGITS = 60


@dataclass(frozen=True, slots=True)
class Trade:
    """One tick of one symbol: the running maximum of its time, and exact price and size."""

    time_ns: int
    price: Fraction
    size: Fraction
    session: date | None


def session_of(ts_ns: int, calendar: str, *, derivative: bool = True) -> date | None:
    """Return the trading day of an instant by the wall clock, None outside trading hours."""
    second = timedelta(seconds=ts_ns // 10**9)  # a session holds whole seconds
    utc = datetime(1970, 1, 1, tzinfo=UTC) + second
    if calendar == "always":
        return utc.date()
    local = utc.astimezone(ZoneInfo("Asia/Kolkata" if calendar == "nse" else "America/New_York"))
    opens, closes = time(9, 30), time(16, 0)
    if calendar == "nse":
        late = time(15, 40) if derivative else time(15, 35)
        opens, closes = time(9, 0), (time(15, 30) if local.date() < date(2026, 8, 3) else late)
    return local.date() if opens <= local.time() <= closes else None


def trades(
    ticks: Sequence[Clean], scale: Scale, calendar: str = "always", *, derivative: bool = True
) -> list[Trade]:
    """Return the ticks of one symbol as exact trades."""
    found, newest = [], None
    for tick in ticks:
        newest = tick.ts_ns if newest is None else max(newest, tick.ts_ns)
        session = session_of(newest, calendar, derivative=derivative)
        price, size = Fraction(tick.price, 10**scale.price), Fraction(tick.size, 10**scale.size)
        found.append(Trade(newest, price, size, session))
    return found


def window(tape: Sequence[Trade], at: int, text: str) -> list[Trade]:
    """Return the trades of the window of one row, empty where there is no value."""
    now = tape[at]
    if text == "session":
        seen = [each for each in tape[: at + 1] if each.session == now.session]
        return seen if now.session is not None else []
    if "tick" in text:
        return list(tape[max(0, at + 1 - int(text.split()[0])) : at + 1])
    length_ns = int(text.removesuffix("s")) * 10**9
    return [each for each in tape[: at + 1] if each.time_ns > now.time_ns - length_ns]


def mean_and_variance(seen: Sequence[Trade]) -> tuple[Fraction, Fraction] | None:
    """Return VWAP and the population variance by volume, None without volume."""
    volume = sum((each.size for each in seen), Fraction())
    if not volume:
        return None
    mean = sum((each.price * each.size for each in seen), Fraction()) / volume
    return mean, sum((each.size * (each.price - mean) ** 2 for each in seen), Fraction()) / volume


def root(value: Fraction) -> Decimal:
    """Return the square root to many digits."""
    with localcontext() as context:
        context.prec = DIGITS
        return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def ema(prices: Sequence[Fraction], length: int) -> list[Decimal | None]:
    """Return the exponential mean: none before the first `length`, whose mean it starts from."""
    with localcontext() as context:
        context.prec = DIGITS
        weight = Decimal(2) / (length + 1)
        found: list[Decimal | None] = []
        value = Decimal(0)
        for at, price in enumerate(prices):
            exact = Decimal(price.numerator) / Decimal(price.denominator)
            if at < length - 1:
                found.append(None)
                continue
            if at == length - 1:
                first = sum(prices[:length], Fraction()) / length
                value = Decimal(first.numerator) / Decimal(first.denominator)
            else:
                value = weight * exact + (1 - weight) * value
            found.append(value)
        return found
