"""Numbers of Arrow arrays without those calls of pyarrow that load pandas where it is installed: a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_KINDS = {
    pa.int8(): np.int8,
    pa.int16(): np.int16,
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.uint8(): np.uint8,
    pa.uint16(): np.uint16,
    pa.uint32(): np.uint32,
    pa.float64(): np.float64,
}


def numbers(column: pa.Array, absent: float = 0) -> NDArray[Any]:
    """Return the values of an array of whole numbers or float64, `absent` where they are null.

    Without nulls they are a read-only view.
    """
    kind = np.dtype(_KINDS[column.type])
    count, offset = len(column), column.offset
    validity, data = column.buffers()
    if data is None or not count:
        return np.full(count, absent, kind)
    values = np.frombuffer(data, kind, count, offset * kind.itemsize)
    if not column.null_count or validity is None:
        return values
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), count=offset + count, bitorder="little")
    return np.where(bits[offset:], values, kind.type(absent))
