"""Numbers of Arrow arrays, with nulls and without, from any place in a buffer."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.buffers import numbers


@given(st.lists(st.none() | st.integers(-(2**31), 2**31 - 1)), st.integers(0, 9), st.integers(0, 9))
def test_values_and_nulls_come_out_as_python_has_them(values: list[int | None], start: int, cut: int) -> None:
    stop = max(len(values) - cut, start)
    column = pa.array(values, pa.int64())[start:stop]
    expected = [-7 if each is None else each for each in values[start:stop]]
    assert numbers(column, -7).tolist() == expected


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "uint8", "uint16", "uint32", "float64"])
def test_every_type_of_number_is_read(kind: str) -> None:
    values = np.arange(5).astype(kind)
    found = numbers(pa.array(values))
    assert found.dtype == values.dtype
    assert found.tolist() == values.tolist()


def test_it_loads_no_pandas() -> None:
    code = (
        "import sys, pyarrow as pa\n"
        "from feeds.codec import TickDecoder\n"
        "from feeds.buffers import numbers\n"
        "column = pa.DictionaryArray.from_buffers(pa.dictionary(pa.int8(), pa.string()), 2,"
        " [None, pa.py_buffer(b'\\0\\0')], pa.StringArray.from_buffers(1, pa.py_buffer(b'\\0\\0\\0\\0\\1\\0\\0\\0'),"
        " pa.py_buffer(b'A')))\n"
        "numbers(column.indices)\n"
        "sys.exit('pandas' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
