"""Wider reads from a broker's socket: kafka-python takes 4 KiB at a time.

Each read gives the interpreter's lock away and has to wait for it again. Beside a thread that computes, a fetch
of 8 MiB then waits two thousand times; measured, the poller stood still for a third of its time. Whatever does
not look as expected is left as the library made it.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

from kafka.net.compat import KafkaNetClient

READ_BYTES = 256 * 1024
_log = logging.getLogger(__name__)


class _WideSocket(socket.socket):
    """Returns more than is asked for: its only reader takes what it gets."""

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        return super().recv(max(size, READ_BYTES), flags)


def widen_reads(client: KafkaNetClient) -> None:
    """Have a client's plain connections read up to `READ_BYTES` at once from now on."""
    manager: Any = getattr(client, "_manager", None)
    build = getattr(manager, "_build_transport", None)
    if build is None:
        _log.info("this kafka-python builds its connections otherwise; its reads stay as they are")
        return

    async def build_wide(*given: Any, **named: Any) -> Any:
        transport = await build(*given, **named)
        narrow = getattr(transport, "_sock", None)
        if type(narrow) is socket.socket:  # TLS has its own, of its own type
            transport._sock = _wide(narrow)  # noqa: SLF001  there is no other way in
        return transport

    manager._build_transport = build_wide  # noqa: SLF001


def _wide(narrow: socket.socket) -> _WideSocket:
    timeout_s = narrow.gettimeout()
    wide = _WideSocket(narrow.family, narrow.type, narrow.proto, narrow.detach())
    wide.settimeout(timeout_s)
    return wide
