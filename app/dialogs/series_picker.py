"""The dialog that adds a series to a chart: find it, set its arguments, see at once whether it can be."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from analytics.series import Parameter
from app.dialogs.buttons import without_icons
from app.dialogs.form import dim_text, line_of, monospace
from app.dialogs.series_list import SeriesList
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.series_offer import Offer, matching, series_fault, split_text, text_of, title_of

_LIST_PX, _SIDE_PX, _HEIGHT_PX = 264, 292, 400
_KEYS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
_NOTHING = "No series is called so. Own series go into a folder of their own: see `tickdesk series`."


class SeriesPicker(QDialog):
    """Offers series; `picked` carries the text of the one that is added, or put in place of `before`."""

    picked = Signal(str)

    def __init__(
        self, offers: tuple[Offer, ...], symbol: str, parent: QWidget | None = None, *, before: str = ""
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(
            f"Change a series of {symbol}" if before else f"Add a series to the chart of {symbol}"
        )
        self._offers, self._offer = offers, offers[0] if offers else None
        self.finder = line_of("Find a series", "Find: vwap, momentum, high…")
        self.list = SeriesList()
        self.title = QLabel()
        self.title.setFont(desk_font(14, QFont.Weight.DemiBold))
        self.place = dim_text("")
        self.definition = QLabel()
        self.definition.setWordWrap(True)
        self.definition.setTextFormat(Qt.TextFormat.PlainText)
        self.definition.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.definition.setFont(desk_font(SECONDARY_PX))
        self.definition.setAccessibleName("What it is")
        self._form = QFormLayout()
        self.fields: list[QLineEdit] = []
        self.meaning = QLabel()
        self.meaning.setWordWrap(True)
        self.meaning.setTextFormat(Qt.TextFormat.PlainText)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.meaning.setFont(desk_font(SECONDARY_PX))
        self.meaning.setAccessibleName("What is wrong, or what may be written")
        self.meaning.setFixedHeight(
            3 * self.meaning.fontMetrics().height() + 2
        )  # so that typing moves nothing
        self.preview = QLabel()
        self.preview.setFont(monospace())
        self.preview.setAccessibleName("The series' text")
        self.preview.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.add = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.add.setText("Change" if before else "Add")
        without_icons(self.buttons)
        self._lay_out()
        self._connect()
        self.list.show_offers(offers)
        self.finder.setFocus()
        if before:
            self._fill(before)

    @property
    def text(self) -> str:
        """Return the series as it is written now, ``""`` where none is chosen."""
        if self._offer is None:
            return ""
        return text_of(self._offer.name, self._arguments())

    @property
    def fault(self) -> str | None:
        """Return why it cannot be added, or None."""
        return _NOTHING if self._offer is None else series_fault(self._offer.name, self._arguments())

    def _fill(self, text: str) -> None:
        """Start from a series that is there."""
        name, arguments = split_text(text)
        if name in self.list.names:
            self.list.setCurrentRow(self.list.names.index(name))
            for field, argument in zip(self.fields, arguments, strict=True):
                field.setText(argument)
            self.fields[0].setFocus()
            self.fields[0].selectAll()

    def _arguments(self) -> tuple[str, ...]:
        return tuple(each.text() for each in self.fields)

    def _connect(self) -> None:
        self.finder.textChanged.connect(lambda text: self.list.show_offers(matching(self._offers, text)))
        self.finder.installEventFilter(self)
        self.list.chosen.connect(self._choose)
        self.list.taken.connect(self.accept)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _choose(self, offer: Offer | None) -> None:
        self._offer = offer
        self.title.setText("" if offer is None else offer.label)
        self.place.setText("" if offer is None else f"{offer.usage} · {offer.place}")
        self.definition.setText("" if offer is None else offer.definition)
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields = []
        if offer is not None:
            for parameter, text in zip(offer.parameters, offer.defaults, strict=True):
                line = line_of(f"{title_of(parameter)}, {parameter.meaning}", "")
                line.setToolTip(parameter.meaning)
                line.setText(text)
                line.textChanged.connect(self._check)
                line.installEventFilter(self)
                self._form.addRow(title_of(parameter), line)
                self.fields.append(line)
        self._check()

    def _check(self) -> None:
        """Say what is wrong, or else what the argument in hand may be; allow Add only where nothing is wrong."""
        fault = self.fault
        self.add.setEnabled(fault is None)
        self.meaning.setText(fault or self._hint())
        set_look(self.meaning, "tone", "warning" if fault else "dim")
        self.preview.setText(self.text)
        for field, parameter in zip(self.fields, self._offer.parameters if self._offer else (), strict=True):
            wrong = fault is not None and fault.startswith(f"{title_of(parameter)}:")
            set_look(field, "wrong", wrong)

    def _hint(self) -> str:
        if self._offer is None:
            return ""
        for field, parameter in zip(self.fields, self._offer.parameters, strict=True):
            if field.hasFocus():
                return _hint_of(parameter)
        return "\n".join(_hint_of(each) for each in self._offer.parameters[:1])

    @override
    def accept(self) -> None:
        """Tell the text, where it is one."""
        if self.fault is None:
            self.picked.emit(self.text)
            super().accept()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the list while the find box has the keyboard."""
        if event.type() is QEvent.Type.FocusIn and watched in self.fields:
            self._check()
        if watched is self.finder and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            rows = _KEYS.get(Qt.Key(event.key()))
            if rows is not None:
                self.list.move(rows)
                return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.finder)
        left.addWidget(self.list, 1)
        self.finder.setFixedWidth(_LIST_PX)
        self.list.setFixedWidth(_LIST_PX)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.title)
        right.addWidget(self.place)
        right.addWidget(self.definition)
        right.addSpacing(6)
        right.addLayout(self._form)
        right.addWidget(self.meaning)
        right.addStretch(1)
        right.addWidget(self.preview)
        side = QWidget()
        side.setFixedWidth(_SIDE_PX)
        side.setLayout(right)
        right.setContentsMargins(0, 2, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addLayout(left)
        row.addWidget(side)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addWidget(self.buttons)
        self.resize(self.sizeHint().expandedTo(QSize(0, _HEIGHT_PX)))


def _hint_of(parameter: Parameter) -> str:
    return f"{title_of(parameter)}: {parameter.meaning}"
