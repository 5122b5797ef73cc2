"""Every way in which the window changes rules: dialog, chart, list, palette, drag, snooze, undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from analytics.errors import TickdeskError
from analytics.rules.rule import Rule
from app.desk import Desk
from app.formatting import NumberStyle
from app.override import override
from app.panels.alerts import AlertsPanel
from app.panels.toasts import Toasts
from app.viewmodels.condition import (
    completed,
    crossing_level,
    free_name,
    is_own_title,
    normal_when,
    title_of,
    with_level,
)
from app.viewmodels.quotes import Quotes
from app.viewmodels.rule_history import RuleHistory
from app.viewmodels.snooze import SNOOZES, leading_symbol, moment_text, snooze_end_ns
from app.window.beside import place_beside

if TYPE_CHECKING:  # a dialog is loaded when it is opened first: the first painted tick comes sooner
    from app.dialogs.alert import AlertDialog
    from app.dialogs.why_not import WhyNotDialog
    from app.viewmodels.dry_run import DryRunModel

_SERIES = (
    "price",
    "size",
    "vwap(session)",
    "vwap(60s)",
    "vwap_upper(session, 2)",
    "vwap_lower(session, 2)",
    "ema(20)",
    "ema(50)",
    "rsi(14)",
    "sigma(session)",
)


class AlertEdits(QObject):
    """`done` says in a few words what was changed; `failed` why it could not be.

    `moment_picked` carries the symbol and the instant (ns) of a tick of a dry run that is to be shown.
    """

    done = Signal(str)
    failed = Signal(str)
    moment_picked = Signal(str, object)

    def __init__(self, desk: Desk, quotes: Quotes, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._window = parent
        self._history = RuleHistory(desk)
        self.dialog: AlertDialog | None = None
        self.why: WhyNotDialog | None = None
        parent.installEventFilter(self)

    def follow(self, panel: AlertsPanel, toasts: Toasts) -> None:
        """Snooze, and tell why not, where list, log and toasts ask for it."""
        panel.snooze_wanted.connect(self.snooze)
        panel.why_not_wanted.connect(self.why_not)
        toasts.snooze_wanted.connect(self.snooze)

    @property
    def undoable(self) -> str | None:
        """Return what the next undo takes back."""
        return self._history.undoable

    @property
    def redoable(self) -> str | None:
        """Return what the next redo does again."""
        return self._history.redoable

    def new_at(self, symbol: str, price: float | None) -> None:
        """Open the dialog for a level of a symbol; None stands for its last price.

        Where a new alert is being written, its condition becomes that level.
        """
        quote = self._quotes.quote(symbol)
        last = quote.last if quote is not None else None
        level = last if price is None else self._snapped(symbol, price)
        if level is None:
            when = "price crosses above vwap(session)"
        else:
            when = crossing_level(level, last, self._style(symbol).decimals)
        if self.dialog is not None and self.dialog.is_new and price is not None:
            self.dialog.set_when(symbol, when)
        self._open(Rule("", symbol, when), new=True, replaces=None)

    def completed(self, symbol: str, when: str) -> str:
        """Return the whole condition of one that was typed in short, such as a bare level."""
        quote = self._quotes.quote(symbol)
        return completed(when, quote.last if quote is not None else None, self._style(symbol).decimals)

    def add_text(self, symbol: str, when: str) -> bool:
        """Add a rule from a text that was typed, such as ``24945`` or ``price crosses above vwap(session)``.

        The rule is the one that dialog and chart make of the same; return whether it could be added.
        """
        style = self._style(symbol)
        text = self.completed(symbol, when)
        rule = Rule(free_name(title_of(text, indian=style.indian), self._names()), symbol, text)
        fault = self._desk.rule_fault(rule)
        if fault is not None:
            self.failed.emit(fault.removeprefix(f"rule {rule.name!r}: "))
            return False
        return self._try(lambda: self._history.add(rule), f"Added “{rule.name}”")

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

    def snooze(self, name: str, minutes: int | None) -> None:
        """Hide a rule's firings for some minutes from now, or until the session ends (None); 0 ends that."""
        rule = self._rule(name)
        if rule is None:
            self.failed.emit(f"“{name}” is no longer among the alerts")
            return
        if minutes == 0:
            self._try(lambda: self._history.snooze(name, ""), f"“{name}” is awake")
            return
        until = self._moment_after(rule.symbol, minutes)
        words = dict(SNOOZES).get(minutes, f"{minutes} min").lower().removeprefix("until ")
        told = f"until {words}" if minutes is None else f"for {words}"
        self._try(lambda: self._history.snooze(name, until), f"Snoozed “{name}” {told} · Ctrl+Z wakes it")

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
        words = f"Moved to {self._style(rule.symbol).price(level)}"
        self._try(lambda: self._history.change(name, moved, "move"), words)

    def why_not(self, name: str) -> None:
        """Tell what a rule would have done with the ticks held, and how near it came."""
        rule = self._rule(name)
        if rule is None:
            return
        if self.why is not None:
            self.why.reject()
        from app.dialogs.why_not import WhyNotDialog
        from app.viewmodels.dry_run import DryRunModel

        model = DryRunModel(self._desk, self._quotes, self)
        dialog = self.why = WhyNotDialog(rule, model, self._window)
        dialog.moment_picked.connect(self.moment_picked)
        dialog.finished.connect(lambda _result: self._why_closed(dialog, model))
        place_beside(dialog, self._window)
        dialog.show()

    def undo(self) -> None:
        """Take the last change back."""
        what = self._history.undoable
        if what is None:
            self.done.emit("Nothing to undo")
        else:
            self._try(self._history.undo, f"Undone: {what}")

    def redo(self) -> None:
        """Do again what was undone last."""
        what = self._history.redoable
        if what is None:
            self.done.emit("Nothing to redo")
        else:
            self._try(self._history.redo, f"Done again: {what}")

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() is QEvent.Type.Close:
            for dialog in (self.dialog, self.why):  # they tried rules on threads of their own
                if dialog is not None:
                    dialog.reject()
        return super().eventFilter(watched, event)

    def _open(self, rule: Rule, *, new: bool, replaces: str | None) -> None:
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        from app.dialogs.alert import AlertChoices, AlertDialog
        from app.viewmodels.dry_run import DryRunModel

        choices = AlertChoices(
            symbols=self._desk.symbols,
            series=_SERIES,
            groups_indian=lambda symbol: self._style(symbol).indian,
            taken=frozenset(self._names() - {replaces or ""}),
            moment_after=self._moment_after,
        )
        model = DryRunModel(self._desk, self._quotes, self)
        dialog = AlertDialog(
            rule, choices, self._desk.rule_fault, new=new, parent=self._window, dry_run=model
        )
        self.dialog = dialog
        dialog.moment_picked.connect(self.moment_picked)
        dialog.finished.connect(lambda result: self._closed(dialog, model, result, replaces))
        place_beside(dialog, self._window)
        dialog.show()  # not modal: a mark of the dry run is looked at in the chart beside it

    def _closed(self, dialog: AlertDialog, model: DryRunModel, result: int, replaces: str | None) -> None:
        self.dialog = None
        model.close()
        model.deleteLater()
        decimals = self._style(leading_symbol(dialog.rule.symbol)).decimals
        rule = replace(dialog.rule, when=normal_when(dialog.rule.when, decimals))
        dialog.deleteLater()
        if result != QDialog.DialogCode.Accepted:
            return
        in_force = None if replaces is None else self._rule(replaces)
        if replaces is None or in_force is None:  # deleted meanwhile: what was written is not lost
            self._try(lambda: self._history.add(rule), f"Added “{rule.name}”")
            return
        snooze = rule.snooze_until if dialog.snooze_changed else in_force.snooze_until
        changed = replace(rule, enabled=in_force.enabled, snooze_until=snooze)
        self._try(lambda: self._history.change(replaces, changed), f"Changed “{rule.name}”")

    def _why_closed(self, dialog: WhyNotDialog, model: DryRunModel) -> None:
        if self.why is dialog:
            self.why = None
        model.close()
        model.deleteLater()
        dialog.deleteLater()

    def _try(self, change: Callable[[], object], words: str) -> bool:
        before = self._history.changes
        try:
            change()
        except (TickdeskError, OSError) as error:
            self.failed.emit(str(error))
            return False
        if self._history.changes != before:
            self.done.emit(words)
        return True

    def _rule(self, name: str) -> Rule | None:
        return next((rule for rule in self._desk.rules if rule.name == name), None)

    def _names(self) -> set[str]:
        return {rule.name for rule in self._desk.rules}

    def _style(self, symbol: str) -> NumberStyle:
        return self._quotes.style(symbol)

    def _moment_after(self, symbol: str, minutes: int | None) -> str:
        """Return the text of the moment some minutes from now, or at the session's end (None)."""
        calendar = self._quotes.calendar(leading_symbol(symbol, self._desk.symbols))
        return moment_text(snooze_end_ns(self._desk.now_ns, calendar, minutes), calendar)

    def _snapped(self, symbol: str, price: float) -> float:
        """Return the price on the instrument's grid that is nearest to where was pointed."""
        tick = self._desk.instruments[symbol].tick_at(price)
        return price if tick is None else float(round(Fraction(price) / tick) * tick)
