"""The bottom panel: tabs that fold to a bar of 28 px and unfold at a click."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look

BAR_PX = 28
BAND_PX = 2
LEAST_PAGE_PX = 104
"""The height that a page has at least; tables ask for more."""
_UNBOUNDED = 16_777_215


class BottomPanel(QWidget):
    """Pages by key; at most one is unfolded. `folding_changed` carries its key, or None."""

    folding_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: list[str] = []
        self._tabs: dict[str, QPushButton] = {}
        self._badges: dict[str, QLabel] = {}
        self._least: dict[str, int] = {}
        self._pages = QStackedWidget()
        self._pages.setMinimumHeight(LEAST_PAGE_PX)
        self._open: str | None = None
        self._band = QFrame()
        self._band.setObjectName("replayBand")
        self._band.setFixedHeight(BAND_PX)
        set_look(self._band, "replay", True)
        self._band.hide()
        self._bar = QFrame()
        self._bar.setObjectName("tabsBar")
        self._bar.setFixedHeight(BAR_PX)
        self._row = QHBoxLayout(self._bar)
        self._row.setContentsMargins(4, 0, 6, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self._fold = QPushButton("▾")
        self._fold.setAccessibleName("Fold the bottom panel")
        self._fold.setToolTip("Fold")
        set_look(self._fold, "look", "quiet")
        self._fold.clicked.connect(lambda: self.unfold(None))
        self._row.addWidget(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._band)
        column.addWidget(self._bar)
        column.addWidget(self._pages, 1)
        self._apply()

    @property
    def unfolded(self) -> str | None:
        """Return the key of the page that is unfolded, None where all are folded."""
        return self._open

    def add_page(self, key: str, title: str, page: QWidget, least_px: int = LEAST_PAGE_PX) -> None:
        """Add a page with its tab; unfolded it is at least so high."""
        self._least[key] = least_px
        tab = QPushButton(title)
        tab.setCheckable(True)
        tab.setFixedHeight(BAR_PX - 1)
        tab.setAccessibleName(title.replace("&&", "&"))
        set_look(tab, "look", "tab")
        tab.clicked.connect(lambda: self.unfold(None if self._open == key else key))
        badge = QLabel()
        badge.setObjectName("badge")
        badge.setFont(desk_font(SECONDARY_PX))
        badge.hide()
        at = 2 * len(self._keys)
        self._row.insertWidget(at, tab)
        self._row.insertWidget(at + 1, badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self._keys.append(key)
        self._tabs[key], self._badges[key] = tab, badge
        self._pages.addWidget(page)

    def unfold(self, key: str | None) -> None:
        """Unfold a page, or fold all for None; a key that no page has folds all too."""
        if key not in self._tabs:
            key = None
        if key == self._open:
            self._apply()
            return
        self._open = key
        self._apply()
        self.folding_changed.emit(key)

    def set_badge(self, key: str, count: int) -> None:
        """Show a count beside a tab; zero hides it."""
        badge = self._badges[key]
        badge.setVisible(count > 0)
        badge.setText(str(count) if count < 1000 else "999+")
        badge.setAccessibleName(f"{count} new in {self._tabs[key].accessibleName()}")

    def set_replay(self, replay: bool) -> None:
        """Wear the replay's colour, or take it off."""
        self._band.setVisible(replay)
        for tab in self._tabs.values():
            set_look(tab, "replay", replay)
        self._apply()

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, self._bar_height() + (self._least[self._open] if self._open else 0))

    def _bar_height(self) -> int:
        return BAR_PX + (0 if self._band.isHidden() else BAND_PX)

    def _apply(self) -> None:
        for key, tab in self._tabs.items():
            tab.setChecked(key == self._open)
        self._pages.setVisible(self._open is not None)
        self._fold.setVisible(self._open is not None)
        if self._open is None:
            self.setFixedHeight(self._bar_height())
        else:
            self._pages.setCurrentIndex(self._keys.index(self._open))
            self._pages.setMinimumHeight(self._least[self._open])
            self.setMinimumHeight(self._bar_height() + self._least[self._open])
            self.setMaximumHeight(_UNBOUNDED)
        self.updateGeometry()
