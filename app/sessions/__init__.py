"""An open feed with its engine: in a thread of this process, or in a process of its own."""

from __future__ import annotations

from app.sessions.choice import EngineChoice, open_session
from app.sessions.held import Held
from app.sessions.session import Opening, Session, Wanted

__all__ = ["EngineChoice", "Held", "Opening", "Session", "Wanted", "open_session"]
