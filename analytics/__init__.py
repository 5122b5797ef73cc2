"""Exact tick analytics on numpy: no I/O, no threads, no Qt."""
