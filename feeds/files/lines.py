"""Text files as blocks of whole records: where each stands, how many fields it has, which are not whole.

Nothing here loops over good lines. A record is a line; only where a quoted field holds a line break,
and the record then has just the fields it should, do several lines make one. So a stray quote spoils
its own line and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.ticks import Bool, Int64

Octets: TypeAlias = NDArray[np.uint8]
BLOCK_BYTES = 8 << 20
_JOINED_LINES = 64  # a quoted field that runs on for more lines than this is a stray quote
_NEWLINE, _RETURN, _QUOTE = b"\n"[0], b"\r"[0], b'"'[0]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records of a text file.

    `text` are their bytes, which stand at `at` in the file; record i is ``text[start[i]:stop[i]]``, line
    end excluded. `even` marks records that have the right number of fields and tidy quotes, so that any
    CSV reader splits them alike; of others `parts` has the fields where they could be split all the same.
    """

    text: bytes
    at: int
    start: Int64
    stop: Int64
    even: Bool
    parts: dict[int, list[str]]

    def __len__(self) -> int:
        return len(self.start)

    def record(self, place: int) -> bytes:
        """Return a record's bytes as they stand in the file, without the line end."""
        return self.text[self.start[place] : self.stop[place]]


def read_blocks(
    stream: BinaryIO, at: int, delimiter: str, width: int, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """Yield the records of a stream that stands at byte `at`, `width` fields each.

    Blank lines at the end of the file are no records; elsewhere they are records of one field.
    """
    rest = b""
    while True:
        more = stream.read(block_bytes)
        text = rest + more
        last = not more
        end = len(text) if last else text.rfind(b"\n") + 1
        block, used = _split(text[:end], at, delimiter, width, last=last)
        if len(block):
            yield block
        at += used
        rest = text[used:]
        if last:
            return


def _split(text: bytes, at: int, delimiter: str, width: int, *, last: bool) -> tuple[Block, int]:
    """Return the block of these lines and how many bytes of them it uses; the rest goes to the next."""
    octets = np.frombuffer(text, np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE)
    start = np.concatenate((np.zeros(1, np.int64), newlines + 1))
    end = np.append(newlines, len(text))
    count = _without_blank_end(text, start, end)
    start, end = start[:count], end[:count]
    if count == 0:
        return Block(text, at, start, end, np.zeros(0, np.bool_), {}), len(text) if last else 0
    even = _field_counts(octets, start, end, delimiter) == width
    if b'"' in text:
        even &= _tidy_quotes(octets, start, end, delimiter)
    stop = end - (octets[np.maximum(end - 1, 0)] == _RETURN) * (end > start)
    joiner = _Joiner(text, start, stop, even, delimiter, width, last)
    joiner.run()
    count = joiner.count
    keep = np.ones(count, np.bool_)
    keep[sorted(joiner.swallowed)] = False
    used = int(end[count - 1]) + 1 if count else 0
    number = np.cumsum(keep) - 1
    parts = {int(number[place]): found for place, found in joiner.parts.items()}
    block = Block(text, at, start[:count][keep], joiner.stop[:count][keep], even[:count][keep], parts)
    return block, len(text) if last else min(used, len(text))


def _without_blank_end(text: bytes, start: Int64, end: Int64) -> int:
    count = len(start)
    while count and not text[start[count - 1] : end[count - 1]].strip():
        count -= 1
    return count


def _field_counts(octets: Octets, start: Int64, end: Int64, delimiter: str) -> Int64:
    """Return each line's number of fields; a delimiter between quotes does not count."""
    marks = np.flatnonzero(octets == ord(delimiter))
    quotes = np.flatnonzero(octets == _QUOTE)
    if len(quotes):
        line = np.searchsorted(end, marks)
        line = np.minimum(line, len(start) - 1)
        before = np.searchsorted(quotes, marks) - np.searchsorted(quotes, start)[line]
        marks = marks[before % 2 == 0]
    return np.searchsorted(marks, end) - np.searchsorted(marks, start) + 1


def _tidy_quotes(octets: Octets, start: Int64, end: Int64, delimiter: str) -> Bool:
    """Return which lines have quotes only around whole fields, doubled inside them."""
    quotes = np.flatnonzero(octets == _QUOTE)
    first = np.searchsorted(quotes, start)
    stop = np.searchsorted(quotes, end)
    tidy: Bool = (stop - first) % 2 == 0
    line = np.minimum(np.searchsorted(end, quotes), len(start) - 1)
    opens = (np.arange(len(quotes)) - first[line]) % 2 == 0
    before = octets[np.maximum(quotes - 1, 0)]
    after = octets[np.minimum(quotes + 1, len(octets) - 1)]
    mark = ord(delimiter)
    starts = (quotes == start[line]) | (before == mark) | (before == _QUOTE)
    ends = (quotes + 1 >= end[line]) | np.isin(after, (mark, _QUOTE, _RETURN))
    stray = np.where(opens, ~starts, ~ends)
    tidy[line[stray]] = False
    return tidy


class _Joiner:
    """Looks at the uneven lines one by one: joins those that a quoted line break parted."""

    def __init__(
        self, text: bytes, start: Int64, stop: Int64, even: Bool, delimiter: str, width: int, last: bool
    ) -> None:
        self._text = text
        self._start = start
        self._even = even
        self._delimiter = delimiter
        self._width = width
        self._last = last
        self.stop = stop.copy()
        self.count = len(start)
        self.swallowed: set[int] = set()
        self.parts: dict[int, list[str]] = {}

    def run(self) -> None:
        """Fill `parts`, `stop` and `swallowed`; `count` shrinks where a record may go on in the next block."""
        for place in np.flatnonzero(~self._even).tolist():
            if place in self.swallowed:
                continue
            line = self._text[self._start[place] : self.stop[place]]
            if line.count(b'"') % 2 == 0:
                self.parts[place] = fields_of(line, self._delimiter)
                continue
            fields = self._joined(place)
            if fields is None:
                return
            self.parts[place] = fields

    def _joined(self, place: int) -> list[str] | None:
        """Return the fields of the record that starts here, or None where it may go on past the block."""
        quotes = 0
        reach = min(place + _JOINED_LINES, len(self._start))
        for final in range(place, reach):
            quotes += self._text.count(b'"', self._start[final], self.stop[final])
            if final > place and quotes % 2 == 0:
                record = self._text[self._start[place] : self.stop[final]]
                fields = fields_of(record, self._delimiter)
                if len(fields) == self._width and _is_tidy(record, self._delimiter):
                    self.stop[place] = self.stop[final]
                    self._even[place] = False
                    self.swallowed.update(range(place + 1, final + 1))
                    return fields
                break
        else:
            if reach == len(self._start) and not self._last:
                self.count = place
                return None
        line = self._text[self._start[place] : self.stop[place]]
        return line.decode("utf-8", "replace").split(self._delimiter)


def _is_tidy(record: bytes, delimiter: str) -> bool:
    octets = np.frombuffer(record, np.uint8)
    whole = (np.zeros(1, np.int64), np.array([len(record)]))
    return bool(_tidy_quotes(octets, *whole, delimiter)[0])


def fields_of(record: bytes, delimiter: str) -> list[str]:
    """Return a record's fields as Python's own CSV reader splits them."""
    text = record.decode("utf-8", "replace")
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter), [""])
    except (csv.Error, StopIteration):
        return text.split(delimiter)
