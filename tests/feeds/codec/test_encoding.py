import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import ipc

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals
from feeds.codec import (
    ARROW_HEADERS,
    JSON_HEADERS,
    MOST_MESSAGE_BYTES,
    TickDecoder,
    encode_arrow,
    encode_json,
    publishable,
)
from tests.feeds.codec.messages import Message, decoded

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
OPTIONAL = st.floats(allow_infinity=False)
TIMES = st.integers(-(2**63), 2**63 - 1) | st.integers(-(2 * 10**17), 2 * 10**17)
SYMBOLS = ("NIFTY", "RELIANCE", "M&M", "ऑयल", 'A"\\B')
RUNS = ("", "run 1", "\n\u2028\x00", "😀")


@st.composite
def ticks(draw: st.DrawFn) -> Arrivals:
    n = draw(st.integers(1, 12))

    def column(values: st.SearchStrategy[float], kind: type) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), kind)

    def maybe(values: st.SearchStrategy[float], kind: type) -> np.ndarray | None:
        return column(values, kind) if draw(st.booleans()) else None

    zeros = np.zeros(n, np.int32)
    made = Arrivals(
        symbols=SYMBOLS,
        symbol=column(st.integers(0, len(SYMBOLS) - 1), np.int32),
        ts_ns=column(TIMES, np.int64),
        price=column(FLOATS, np.float64),
        size=column(OPTIONAL, np.float64),
        seq=column(st.integers(-(2**63), 2**63 - 1), np.int64),
        arrival_ns=np.full(n, NO_TIME),
        partition=zeros,
        offset=np.arange(n),
        index=zeros,
        volume_total=maybe(OPTIONAL, np.float64),
        runs=RUNS,
        run=maybe(st.integers(-1, len(RUNS) - 1), np.int32),
        sources=RUNS,
        source=maybe(st.integers(-1, len(RUNS) - 1), np.int32),
        bid=maybe(OPTIONAL, np.float64),
        ask=maybe(OPTIONAL, np.float64),
    )
    total = np.full(n, np.nan) if made.volume_total is None else made.volume_total
    return replace(made, size=np.where(np.isnan(made.size) & np.isnan(total), 1.0, made.size))


def texts(table: tuple[str, ...], codes: np.ndarray | None, n: int) -> list[str | None]:
    return (
        [None] * n if codes is None else [None if code == NO_CODE else table[code] for code in codes.tolist()]
    )


def bits(values: np.ndarray | None, n: int) -> list[int | None]:
    """Return each float's bits, None for NaN."""
    if values is None:
        return [None] * n
    pairs = zip(values.tolist(), values.view(np.int64).tolist(), strict=True)
    return [None if math.isnan(value) else bit for value, bit in pairs]


def values(of: Arrivals) -> dict[str, list[object]]:
    n = len(of)
    found: dict[str, list[object]] = {
        name: list(bits(getattr(of, name), n)) for name in ("price", "size", "volume_total", "bid", "ask")
    }
    found |= {"ts_ns": of.ts_ns.tolist(), "seq": of.seq.tolist()}
    found["symbol"] = list(texts(of.symbols, of.symbol, n))
    found["run"] = list(texts(of.runs, of.run, n))
    found["source"] = list(texts(of.sources, of.source, n))
    return found


@given(ticks())
def test_json_reads_back_as_it_was_bit_for_bit(sent: Arrivals) -> None:
    assert publishable(sent).all()
    found = decoded(*encode_json(sent), headers=JSON_HEADERS)
    assert not found.defects
    assert values(found) == values(sent)


@given(ticks())
def test_arrow_reads_back_as_it_was_bit_for_bit(sent: Arrivals) -> None:
    found = decoded(encode_arrow(sent, 3), headers=ARROW_HEADERS)
    assert not found.defects
    assert values(found) == values(sent)
    assert found.index.tolist() == list(range(len(sent)))


@given(st.lists(ticks(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_messages_of_both_forms_side_by_side_read_back_in_order(sent: list[Arrivals], rng: object) -> None:
    messages, expected = [], {}
    for each in sent:
        if rng.random() < 0.5:  # type: ignore[attr-defined]
            messages += [Message(value, JSON_HEADERS) for value in encode_json(each)]
        else:
            messages.append(Message(encode_arrow(each, 0), rng.choice([ARROW_HEADERS, ()])))  # type: ignore[attr-defined]
        for name, column in values(each).items():
            expected.setdefault(name, []).extend(column)
    assert values(TickDecoder().decode({0: messages}, 0)) == expected


def one(**changed: object) -> Arrivals:
    zero = np.zeros(1, np.int32)
    whole = Arrivals(
        symbols=("unused", "A"),
        symbol=np.array([1], np.int32),
        ts_ns=np.array([1_722_500_000_000_000_000]),
        price=np.array([1.5]),
        size=np.array([2.0]),
        seq=np.array([NO_SEQ]),
        arrival_ns=np.array([NO_TIME]),
        partition=zero,
        offset=zero.astype(np.int64),
        index=zero,
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


def test_json_leaves_out_what_a_tick_does_not_have() -> None:
    assert [json.loads(each) for each in encode_json(one())] == [
        {"symbol": "A", "price": 1.5, "volume": 2.0, "ts": 1_722_500_000_000_000_000}
    ]
    bare = one(size=np.array([np.nan]), ts_ns=np.array([NO_TIME]), volume_total=np.array([3.0]))
    assert [json.loads(each) for each in encode_json(bare)] == [
        {"symbol": "A", "price": 1.5, "volume_total": 3.0}
    ]


@pytest.mark.parametrize(
    ("ts_ns", "written"),
    [
        (10**17, 10**17),
        (-(10**17), -(10**17)),
        (10**17 - 1, "1973-03-03T09:46:39.999999999Z"),
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (2**63 - 1, 2**63 - 1),
    ],
)
def test_json_times_near_the_epoch_are_text_because_a_number_would_be_of_another_unit(ts_ns, written) -> None:
    assert json.loads(encode_json(one(ts_ns=np.array([ts_ns])))[0])["ts"] == written


def test_an_arrow_message_has_the_names_and_columns_it_needs_and_no_more() -> None:
    absent = {"run": np.array([NO_CODE], np.int32), "bid": np.array([np.nan])}
    read = ipc.open_stream(encode_arrow(one(runs=("r",), **absent), 7))
    assert read.schema.names == ["symbol", "ts_ns", "price", "size"]
    assert read.schema.metadata == {b"tickdesk.version": b"1", b"tickdesk.partition": b"7"}
    assert pa.types.is_dictionary(read.schema.field("symbol").type)
    assert read.read_next_batch().column("symbol").dictionary.to_pylist() == ["A"]


@pytest.mark.parametrize("count", [127, 128, 40_000])
def test_a_dictionary_of_any_size_reads_back(count: int) -> None:
    n = count
    rows, zeros = np.arange(n), np.zeros(n, np.int32)
    sent = Arrivals(
        symbols=tuple(f"S{each}" for each in range(n)),
        symbol=rows.astype(np.int32)[::-1].copy(),
        ts_ns=rows, price=rows + 0.5, size=rows * 1.0, seq=rows, arrival_ns=rows,
        partition=zeros, offset=rows, index=zeros,
    )  # fmt: skip
    found = decoded(encode_arrow(sent, 0))
    assert not found.defects
    assert values(found) == values(sent)


@pytest.mark.parametrize(
    "changed",
    [
        {"defects": {0: "bad"}},
        {"symbol": np.array([NO_CODE], np.int32)},
        {"symbols": ("unused", "")},
        {"symbols": ("unused", "x" * 65)},
        {"symbols": ("unused", "\ud800")},
        {"price": np.array([np.nan])},
        {"price": np.array([np.inf])},
        {"size": np.array([np.nan])},
        {"size": np.array([np.inf])},
        {"size": np.array([np.inf]), "volume_total": np.array([1.0])},
        {"size": np.array([np.nan]), "volume_total": np.array([np.nan])},
        {"volume_total": np.array([-np.inf])},
        {"bid": np.array([np.inf])},
        {"ask": np.array([-np.inf])},
        {"runs": ("\udfff",), "run": np.array([0], np.int32)},
        {"sources": ("\udfff",), "source": np.array([0], np.int32)},
    ],
)
def test_what_would_not_read_back_is_not_publishable_and_not_written(changed: dict[str, object]) -> None:
    bad = one(**changed)
    assert publishable(bad).tolist() == [False]
    with pytest.raises(ValueError, match="found another at 0"):
        encode_json(bad)
    with pytest.raises(ValueError, match="found another at 0"):
        encode_arrow(bad, 0)


def test_a_bad_name_that_no_tick_uses_does_no_harm() -> None:
    good = one(symbols=("\ud800", "A"), runs=("\ud800",), run=np.array([NO_CODE], np.int32))
    assert publishable(good).all()
    assert not decoded(*encode_json(good), encode_arrow(good, 0)).defects


def test_a_batch_that_is_too_long_or_empty_is_not_written() -> None:
    n = MOST_MESSAGE_BYTES // 24
    rows, zeros = np.arange(n), np.zeros(n, np.int32)
    many = Arrivals(("A",), zeros, rows, rows + 0.5, rows * 1.0, rows, rows, zeros, rows, zeros)
    with pytest.raises(ValueError, match="send fewer"):
        encode_arrow(many, 0)
    with pytest.raises(ValueError, match="found none"):
        encode_arrow(decoded(), 0)
    assert encode_json(decoded()) == []
