"""Reading ahead: a thread fills a short queue while its owner computes what was taken from it.

Decompressing and checking what a broker sent give the interpreter's lock away, and so do the long steps of
guard and engine. On two cores they then run beside each other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from analytics.ticks import Arrivals

MOST_AHEAD = 2
"""Polls that may wait to be taken before the thread pauses."""
_STEP_S = 0.05


class ReadAhead:
    """Fills `waiting` on a thread of its own, from the first `poll` on until `stop`.

    There `advance` is called with the longest time that it may wait, to append what it finds, and `finish`
    once at the end. `poll` and `stop` belong to one other thread; `waiting` may be read from any.
    """

    def __init__(
        self, waiting: deque[Arrivals], advance: Callable[[float], None], finish: Callable[[], None]
    ) -> None:
        self._waiting = waiting
        self._advance = advance
        self._finish = finish
        self._changed = threading.Condition()
        self._stopping = False
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="tickdesk-kafka-reader", daemon=True)

    def poll(self, timeout_s: float) -> Arrivals | None:
        """Return what waits longest, or None where nothing came in `timeout_s`.

        Raises what ended the thread, once all that it had found is taken.
        """
        if self._thread.ident is None:
            self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._fault is not None, timeout_s)
            if self._waiting:
                self._changed.notify()
                return self._waiting.popleft()
        if self._fault is not None:
            raise self._fault
        return None

    def stop(self) -> None:
        """End the thread and wait for it: as long as the step takes that it is at. May be called twice."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while self._may_go_on():
                self._advance(_STEP_S)
                with self._changed:
                    self._changed.notify()
        except BaseException as error:  # noqa: BLE001  it is raised where the ticks would have been taken
            self._fault = error
        finally:
            self._finish()
            with self._changed:
                self._changed.notify()

    def _may_go_on(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or len(self._waiting) < MOST_AHEAD)
            return not self._stopping
