"""Every way in which the window changes rules: dialog, chart, list, drag, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from analytics.errors import TickdeskError
from analytics.rules.rule import Rule
from app.desk import Desk
from app.dialogs.alert import AlertChoices, AlertDialog
from app.formatting import NumberStyle
from app.viewmodels.condition import crossing_level, free_name, is_own_title, title_of, with_level
from app.viewmodels.quotes import Quotes
from app.viewmodels.rule_history import RuleHistory

_SERIES = (
    "price",
    "size",
    "vwap(session)",
    "vwap(60s)",
    "vwap_upper(session, 2)",
    "vwap_lower(session, 2)",
    "ema(20)",
    "sigma(session)",
)


class AlertEdits(QObject):
    """`done` says in a few words what was changed; `failed` why it could not be."""

    done = Signal(str)
    failed = Signal(str)

    def __init__(self, desk: Desk, quotes: Quotes, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._window = parent
        self._history = RuleHistory(desk)
        self.dialog: AlertDialog | None = None

    @property
    def undoable(self) -> str | None:
        """Return what the next undo takes back."""
        return self._history.undoable

    def new_at(self, symbol: str, price: float | None) -> None:
        """Open the dialog for a level of a symbol; None stands for its last price."""
        quote = self._quotes.quote(symbol)
        last = quote.last if quote is not None else None
        level = last if price is None else self._snapped(symbol, price)
        if level is None:
            when = "price crosses above vwap(session)"
        else:
            when = crossing_level(level, last, self._style(symbol).decimals)
        self._open(Rule("", symbol, when), new=True, replaces=None)

    def edit(self, name: str) -> None:
        """Open the dialog for a rule in force."""
        rule = self._rule(name)
        if rule is not None:
            self._open(rule, new=False, replaces=name)

    def duplicate(self, name: str) -> None:
        """Open the dialog for a copy of a rule."""
        rule = self._rule(name)
        if rule is not None:
            copy = replace(rule, name=free_name(rule.name, self._names()), enabled=True)
            self._open(copy, new=True, replaces=None)

    def toggle(self, name: str) -> None:
        """Turn a rule off, or on again."""
        self._try(lambda: self._history.toggle(name), f"Switched “{name}”")

    def delete(self, name: str) -> None:
        """Delete a rule; an undo brings it back."""
        self._try(lambda: self._history.delete(name), f"Deleted “{name}” · Ctrl+Z brings it back")

    def drag(self, name: str, price: float) -> None:
        """Move the level of a rule; a name made from its text follows."""
        rule = self._rule(name)
        if rule is None:
            return
        level = self._snapped(rule.symbol, price)
        when = with_level(rule.when, level, self._style(rule.symbol).decimals)
        if when is None:
            return
        new_name = rule.name
        indian = self._style(rule.symbol).indian
        if is_own_title(rule.name, rule.when, indian=indian):
            new_name = free_name(title_of(when, indian=indian), self._names() - {name})
        moved = replace(rule, when=when, name=new_name)
        self._try(
            lambda: self._history.change(name, moved), f"Moved to {self._style(rule.symbol).price(level)}"
        )

    def undo(self) -> None:
        """Take the last change back."""
        what = self._history.undoable
        if what is None:
            self.done.emit("Nothing to undo")
        else:
            self._try(self._history.undo, f"Undone: {what}")

    def _open(self, rule: Rule, *, new: bool, replaces: str | None) -> None:
        if self.dialog is not None:
            self.dialog.raise_()
            return
        choices = AlertChoices(
            symbols=self._desk.symbols,
            series=_SERIES,
            groups_indian=lambda symbol: self._style(symbol).indian,
            taken=frozenset(self._names() - {replaces or ""}),
        )
        dialog = AlertDialog(rule, choices, self._desk.rule_fault, new=new, parent=self._window)
        self.dialog = dialog
        dialog.finished.connect(lambda result: self._closed(dialog, result, replaces))
        dialog.open()

    def _closed(self, dialog: AlertDialog, result: int, replaces: str | None) -> None:
        self.dialog = None
        rule = dialog.rule
        dialog.deleteLater()
        if result != QDialog.DialogCode.Accepted:
            return
        if replaces is None:
            self._try(lambda: self._history.add(rule), f"Added “{rule.name}”")
        else:
            self._try(lambda: self._history.change(replaces, rule), f"Changed “{rule.name}”")

    def _try(self, change: Callable[[], object], words: str) -> None:
        try:
            change()
        except (TickdeskError, OSError) as error:
            self.failed.emit(str(error))
        else:
            self.done.emit(words)

    def _rule(self, name: str) -> Rule | None:
        return next((rule for rule in self._desk.rules if rule.name == name), None)

    def _names(self) -> set[str]:
        return {rule.name for rule in self._desk.rules}

    def _style(self, symbol: str) -> NumberStyle:
        return self._quotes.style(symbol)

    def _snapped(self, symbol: str, price: float) -> float:
        """Return the price on the instrument's grid that is nearest to where was pointed."""
        tick = self._desk.instruments[symbol].tick_at(price)
        return price if tick is None else float(round(Fraction(price) / tick) * tick)
