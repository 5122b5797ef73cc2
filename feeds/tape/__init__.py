"""Tapes: what came in, with its places, written so that a crash loses nothing but the last batch."""

from feeds.tape.proven import ProvenTape
from feeds.tape.schema import Note, NoteKind
from feeds.tape.writer import TapeWriter

__all__ = ["Note", "NoteKind", "ProvenTape", "TapeWriter"]
