"""The window's parts: view models and the panels that show them, made in one place."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.charts import ChartArea
from app.desk import Desk
from app.panels.alerts import AlertsPanel
from app.panels.bottom import BottomPanel
from app.panels.chart_side import ChartSide
from app.panels.event_log import EventLogPanel
from app.panels.replay import ReplayPanel
from app.panels.status_bar import StatusBar
from app.panels.top_bar import TopBar
from app.panels.trades import TradesPanel
from app.panels.watchlist import WatchlistPanel
from app.theme import Theme
from app.viewmodels.alerts import AlertsModel
from app.viewmodels.event_log import EventLogModel
from app.viewmodels.firings import FiringsModel
from app.viewmodels.honesty import Honesty
from app.viewmodels.quotes import Quotes
from app.viewmodels.trades import TradesModel
from app.viewmodels.watchlist import WatchlistModel
from app.window.charts import Charts

REPLAY, EVENTS, TRADES = "replay", "events", "trades"
"""Keys of the bottom panel's pages."""
LOG_PX = 150
"""The least height of a page of rows."""


@dataclass(frozen=True, slots=True)
class Models:
    """What the panels show."""

    quotes: Quotes
    watchlist: WatchlistModel
    alerts: AlertsModel
    firings: FiringsModel
    events: EventLogModel
    trades: TradesModel
    honesty: Honesty


@dataclass(frozen=True, slots=True)
class Parts:
    """The panels; `side` holds the charts with their strip, banner and toasts."""

    top: TopBar
    watchlist: WatchlistPanel
    alerts: AlertsPanel
    charts: Charts
    side: ChartSide
    bottom: BottomPanel
    replay: ReplayPanel
    events: EventLogPanel
    trades: TradesPanel
    status: StatusBar

    @property
    def chart(self) -> ChartArea:
        """Return the active chart."""
        return self.charts.active

    def set_theme(self, theme: Theme) -> None:
        """Repaint all in another theme."""
        for each in (self.watchlist, self.alerts, self.charts, self.replay, self.events, self.trades):
            each.set_theme(theme)


def make_models(desk: Desk, parent: QWidget) -> Models:
    """Return view models over a desk."""
    quotes, honesty = Quotes(desk), Honesty(desk)
    return Models(
        quotes,
        WatchlistModel(desk, quotes, parent),
        AlertsModel(desk, quotes, parent),
        FiringsModel(desk, quotes, parent, honesty),
        EventLogModel(desk, quotes, parent),
        TradesModel(desk, quotes, parent),
        honesty,
    )


def make_parts(models: Models, theme: Theme) -> Parts:
    """Return panels over view models."""
    charts = Charts(theme)
    parts = Parts(
        top=TopBar(),
        watchlist=WatchlistPanel(models.watchlist, theme),
        alerts=AlertsPanel(models.alerts, models.firings, theme),
        charts=charts,
        side=ChartSide(charts),
        bottom=BottomPanel(),
        replay=ReplayPanel(theme),
        events=EventLogPanel(models.events, theme),
        trades=TradesPanel(models.trades, theme),
        status=StatusBar(),
    )
    parts.bottom.add_page(REPLAY, "Replay", parts.replay)
    parts.bottom.add_page(EVENTS, "Event log", parts.events, least_px=LOG_PX)
    parts.bottom.add_page(TRADES, "Time && sales", parts.trades, least_px=LOG_PX)
    return parts
