"""What the palette offers: the deeds there are, the symbols of the feed, the series of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from app.desk import Desk
from app.viewmodels.palette import Choice, Palette
from app.viewmodels.palette_readers import AlertReader, SeriesReader
from app.viewmodels.series_offer import offers, text_of
from app.window.deeds import Deed, Group, Table, key_text

_FIRST = (Group.CHART, Group.EDIT, Group.FEED, Group.REPLAY, Group.WORKSPACES, Group.VIEW, Group.PANELS)


class PaletteChoices:
    """Makes the palette's choices anew whenever it opens.

    `charted` returns the symbol of the active chart; `chart`, `add_series` and `add_alert` are what choosing a
    symbol, a series and an alert does.
    """

    def __init__(
        self,
        desk: Desk,
        table: Table,
        charted: Callable[[], str],
        chart: Callable[[str], object],
        add_series: Callable[[str], object],
        add_alert: Callable[[str, str], object],
        complete: Callable[[str, str], str],
    ) -> None:
        self._desk, self._table, self._charted = desk, table, charted
        self._chart, self._add_series = chart, add_series
        self.palette = Palette(
            self._all,
            (
                AlertReader(
                    lambda: desk.symbols,
                    charted,
                    desk.rule_fault,
                    add_alert,
                    complete,
                    desk.instruments.__contains__,
                ),
                SeriesReader(charted, add_series),
            ),
        )

    def _all(self) -> Iterator[Choice]:
        deeds = [deed for deed in self._table.now() if deed.in_palette and deed.act is not None]
        rank = {group: place for place, group in enumerate(_FIRST)}
        for deed in sorted(deeds, key=lambda each: rank.get(each.group, len(rank))):
            if deed.can_be_done:
                yield _choice_of(deed)
        for symbol in self._desk.symbols:
            if symbol != self._charted():
                yield Choice(symbol, "Symbol", partial(self._chart, symbol), words=f"chart {symbol}")
        yield from self._series()

    def _series(self) -> Iterator[Choice]:
        symbol = self._charted()
        if not symbol:
            return
        view = self._desk.view(symbol)
        for offer in offers(self._desk.instruments[symbol], None if view is None else view.last_price()):
            text = text_of(offer.name, offer.defaults)
            words = f"{offer.label} {offer.definition}"
            yield Choice(f"+ {text}", f"Series on {symbol}", partial(self._add_series, text), words=words)


def _choice_of(deed: Deed) -> Choice:
    act = deed.act
    title = deed.title if deed.title_now is None else deed.title_now()
    if deed.checked is not None and deed.checked():
        title += " ✓"
    keys = "  ".join(key_text(key) for key in deed.keys)
    return Choice(
        title, deed.group.value, act or (lambda: None), keys=keys, words=f"{deed.words} {deed.title}"
    )
