"""The dry run as the editor shows it: what would have been, a timeline with its marks, and the times to click."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.dry_timeline import DryTimeline
from app.stylesheet import SECONDARY_PX, TEXT_PX, caption_font, desk_font, set_look
from app.viewmodels.dry_run import DryMark, DryRunModel

_LINES = 3
_CELL_EDGE_PX, _CELL_ABOVE_PX = 14, 4
_WAITING = "tried as soon as the rule is right"
_MARK_ROLE = int(Qt.ItemDataRole.UserRole)


class DryRunView(QWidget):
    """Shows one DryRunModel. `moment_picked` carries symbol and instant (ns) of a mark that was clicked."""

    moment_picked = Signal(str, object)

    def __init__(self, model: DryRunModel, *, title: str = "Dry run", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        caption = QLabel(title)
        caption.setFont(caption_font())
        set_look(caption, "tone", "dim")
        self.headline = QLabel()
        self.headline.setFont(desk_font(TEXT_PX, QFont.Weight.DemiBold))
        self.headline.setAccessibleName("Outcome of the dry run")
        self.headline.setTextFormat(Qt.TextFormat.PlainText)
        self.headline.setWordWrap(True)
        self.timeline = DryTimeline()
        self.timeline.picked.connect(self._pick)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 100)
        self._bar.setAccessibleName("How much is tried")
        self.times = _times()
        self.times.itemClicked.connect(self._pick_item)
        self.times.itemActivated.connect(self._pick_item)
        self.times.currentItemChanged.connect(self._point)
        self.details = QLabel()
        self.details.setFont(desk_font(SECONDARY_PX))
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.details.setAccessibleName("More of the dry run")
        self.details.setMinimumHeight(2 * self.details.fontMetrics().height())
        set_look(self.details, "tone", "dim")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(caption, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addWidget(self.headline, 1, Qt.AlignmentFlag.AlignBaseline)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.timeline)
        column.addWidget(self._bar)
        column.addWidget(self.times)
        column.addWidget(self.details)
        self._keep_room(self._bar)
        model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the model says now."""
        face = self.model.face
        self.headline.setText(face.headline or _WAITING)
        set_look(self.headline, "tone", "warning" if face.refused else "text" if face.headline else "dim")
        self._bar.setVisible(face.part < 1.0)
        self._bar.setValue(round(100 * face.part))
        self.details.setText("\n".join(face.details))
        self.timeline.show_face(face, self.model.zone)
        self.times.blockSignals(True)
        self.times.clear()
        for mark in face.marks:
            item = QListWidgetItem(f"{'nearest ' if mark.is_miss else ''}{mark.time}")
            item.setData(_MARK_ROLE, mark)
            item.setToolTip(f"{mark.symbol} {mark.price} · click: show it in the chart")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {mark.symbol} {mark.price}")
            self.times.addItem(item)
        self._lay_times_out()
        self.times.blockSignals(False)
        self.times.setEnabled(bool(face.marks))
        self._make_room()

    def _make_room(self) -> None:
        """Have the dialog grow where there is more to say than it has room for."""
        window = self.window()
        layout = window.layout()
        if layout is not None and window is not self:
            layout.activate()
            needed = layout.totalMinimumHeightForWidth(window.width())
            if window.height() < needed:
                window.resize(window.width(), needed)

    def _lay_times_out(self) -> None:
        """Stand the times in columns as wide as the widest of them."""
        metrics = self.times.fontMetrics()
        texts = [self.times.item(row).text() for row in range(self.times.count())]
        width = max((metrics.horizontalAdvance(text) for text in texts), default=0) + _CELL_EDGE_PX
        self.times.setGridSize(QSize(width, metrics.height() + _CELL_ABOVE_PX))

    def _keep_room(self, widget: QWidget) -> None:
        """Have a hidden widget keep its room, so that nothing moves as it comes and goes."""
        policy = widget.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        widget.setSizePolicy(policy)

    def _pick_item(self, item: QListWidgetItem) -> None:
        self._pick(item.data(_MARK_ROLE))

    def _point(self, item: QListWidgetItem | None) -> None:
        self.timeline.point_at(None if item is None else item.data(_MARK_ROLE))

    def _pick(self, mark: DryMark) -> None:
        self.moment_picked.emit(mark.symbol, mark.ts_ns)


def _times() -> QListWidget:
    """Return a list whose rows stand side by side, so that many times fit into two lines."""
    times = QListWidget()
    times.setAccessibleName("Times at which it would have fired")
    times.setObjectName("dryTimes")
    times.setFlow(QListView.Flow.LeftToRight)
    times.setWrapping(True)
    times.setResizeMode(QListView.ResizeMode.Adjust)
    times.setMovement(QListView.Movement.Static)
    times.setUniformItemSizes(False)
    times.setFrameShape(QFrame.Shape.NoFrame)
    times.setFont(desk_font(SECONDARY_PX))
    times.setFixedHeight(_LINES * (times.fontMetrics().height() + _CELL_ABOVE_PX) + 1)
    times.setStyleSheet(
        "QListWidget { border: none; background: transparent; } QListWidget::item { padding: 0 3px; border-radius: 3px; }"
    )
    times.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    times.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    times.setIconSize(QSize(0, 0))
    return times
