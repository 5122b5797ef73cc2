"""The window: it puts panels, charts and dialogs together and pulls from the desk at the screen's rate."""

from app.window.main_window import MainWindow

__all__ = ["MainWindow"]
