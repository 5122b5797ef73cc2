"""Memory shared by two processes: what is written is read, what is let go of costs nothing, nothing is left behind."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from app.sessions.blocks import Attached, SharedMemory
from app.sessions.pages import BLOCK_BYTES, PagedMemory
from tests.builders.batches import Batching, walk

INT64, FLOAT64 = np.dtype(np.int64), np.dtype(np.float64)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="blocks are files elsewhere")


@pytest.fixture(params=["anonymous", "files"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> SharedMemory:
    if request.param == "anonymous" and sys.platform != "linux":
        pytest.skip("anonymous blocks are Linux's")
    return SharedMemory(tmp_path if request.param == "files" else None)


def test_a_reader_sees_what_is_written_before_and_after_it_attached(memory: SharedMemory) -> None:
    prices, sizes = memory.allocate([(1_000, INT64), (7, FLOAT64)])
    prices[:10] = np.arange(10)
    sizes[:] = 2.5
    attached = Attached()
    mine = attached.array(memory.place_of(prices))
    assert mine[:10].tolist() == list(range(10))
    prices[10] = 77
    assert mine[10] == 77
    assert attached.array(memory.place_of(sizes)).tolist() == [2.5] * 7
    assert attached.blocks == 1


def test_a_reader_cannot_write(memory: SharedMemory) -> None:
    (prices,) = memory.allocate([(10, INT64)])
    mine = Attached().array(memory.place_of(prices))
    with pytest.raises(ValueError, match="read-only"):
        mine[0] = 1


def test_a_part_of_an_array_has_a_place_and_a_strangers_array_has_none(memory: SharedMemory) -> None:
    (sums,) = memory.allocate([(30, INT64)])
    sums[:] = np.arange(30)
    assert Attached().array(memory.place_of(sums[10:20])).tolist() == list(range(10, 20))
    with pytest.raises(LookupError):
        memory.place_of(np.zeros(3))


def test_arrays_lie_apart_whatever_their_sizes(memory: SharedMemory) -> None:
    rng = np.random.default_rng(5)
    lengths = rng.integers(1, 400_000, 60)
    arrays = [array for length in lengths for array in memory.allocate([(int(length), INT64), (3, FLOAT64)])]
    for n, array in enumerate(arrays):
        array[:] = n
    attached = Attached()
    for n, array in enumerate(arrays):
        assert (attached.array(memory.place_of(array)) == n).all()
        assert array.ctypes.data % 64 == 0


def test_small_arrays_share_a_block_and_large_ones_have_their_own(memory: SharedMemory) -> None:
    names = {memory.place_of(memory.allocate([(64, INT64)])[0]).name for _ in range(500)}
    assert len(names) == 1
    (large,) = memory.allocate([(BLOCK_BYTES // 8, INT64)])
    assert memory.place_of(large).name not in names


def test_a_block_is_gone_with_its_last_array_but_not_for_who_still_reads_it(memory: SharedMemory) -> None:
    (large,) = memory.allocate([(BLOCK_BYTES // 8, INT64)])
    large[:] = 9
    place = memory.place_of(large)
    mine = Attached().array(place)
    del large
    gc.collect()
    assert (mine == 9).all()
    with pytest.raises(FileNotFoundError):
        Attached().array(place)


@LINUX
def test_a_file_number_that_names_another_block_by_now_is_not_taken_for_the_one_told() -> None:
    memory = SharedMemory()
    (large,) = memory.allocate([(BLOCK_BYTES // 8, INT64)])
    place = memory.place_of(large)
    del large
    gc.collect()
    (other,) = memory.allocate([(BLOCK_BYTES // 8, INT64)])
    assert memory.place_of(other).path == place.path
    with pytest.raises(FileNotFoundError):
        Attached().array(place)


@LINUX
@pytest.mark.parametrize(("kind", "line"), [(SharedMemory, "RssShmem"), (PagedMemory, "RssAnon")])
def test_what_is_let_go_of_gives_its_pages_back_and_the_rest_stays(
    kind: type[PagedMemory], line: str
) -> None:
    memory = kind(grace_s=0.0)
    (large,) = memory.allocate([(1 << 20, INT64)])
    large[:] = 5
    before = resident_kb(line)
    memory.let_go(large, 3, 1 << 19)
    assert before - resident_kb(line) >= (4 << 20) // 1024 - 64
    assert (large[1 << 19 :] == 5).all()
    assert (large[:3] == 5).all()


@LINUX
def test_nothing_is_left_behind_by_a_process_that_is_killed() -> None:
    text = (
        "import numpy as np, os, signal\n"
        "from app.sessions.blocks import SharedMemory\n"
        "kept = SharedMemory().allocate([(1 << 20, np.dtype(np.int64))])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    places = ("/dev/shm", "/tmp")
    before = {place: ours(place) for place in places}
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == -9
    assert {place: ours(place) for place in places} == before


def ours(folder: str) -> set[str]:
    return {each.name for each in Path(folder).glob("tickdesk-*")}


def resident_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


@LINUX
def test_columns_that_have_grown_free_their_old_blocks_at_once() -> None:
    def blocks() -> int:
        return sum(
            "memfd:tickdesk" in str(each.readlink())
            for each in Path("/proc/self/fd").iterdir()
            if each.is_symlink()
        )

    before = blocks()
    memory = SharedMemory()
    engine = Engine(
        InstrumentTable(), [parse_series(text) for text in ("vwap(5s)", "sigma(5s)")], memory=memory
    )
    ticks = walk(random.Random(1), 30_000, start_ns=10**18, step_ns=10**6)
    batch = Batching().batch(ticks)
    gc.collect()
    gc.disable()  # nothing but the last reference frees a block
    try:
        for _ in range(6):
            engine.take(batch)
    finally:
        gc.enable()
    assert engine.view("A").count == 180_000
    assert blocks() - before <= 2 * 2  # one block that small arrays are cut from, one of the newest columns
