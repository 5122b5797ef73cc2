"""Why not: what a rule in force would have done with the ticks held, and how near it came today."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from analytics.rules.rule import Rule
from app.dialogs.buttons import without_icons
from app.dialogs.dry_run import DryRunView
from app.dialogs.form import dim_text
from app.stylesheet import desk_font
from app.viewmodels.dry_run import DryRunModel

_WIDTH_PX = 480


class WhyNotDialog(QDialog):
    """Tries one rule as it opens. `moment_picked` carries symbol and instant (ns) of a mark that was clicked."""

    moment_picked = Signal(str, object)

    def __init__(self, rule: Rule, model: DryRunModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Why not?")
        self.setMinimumWidth(_WIDTH_PX)
        title = QLabel(rule.name)
        title.setFont(desk_font(14, QFont.Weight.DemiBold))
        title.setWordWrap(True)
        text = dim_text(f"{rule.symbol}: {rule.when}")
        text.setWordWrap(True)
        self.view = DryRunView(model, title="Today")
        self.view.moment_picked.connect(self.moment_picked)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(8)
        for each in (title, text, self.view, buttons):
            column.addWidget(each)
        self.resize(self.sizeHint().expandedTo(self.minimumSize()))
        self.view.timeline.setFocus()
        model.try_rule(rule, at_once=True)
