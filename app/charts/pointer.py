"""What the pointer does over a chart, given to the tool in hand, to the levels, or to the way through time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from app.charts.panes import Panes
from app.charts.steering import Steering
from app.charts.toolbox import Toolbox
from app.guarded import guarded
from app.override import override

_NOTCH = 120.0
_CLICK_PX = 3.0


@dataclass(frozen=True, slots=True)
class PointerDeeds:
    """What a chart does when the pointer is somewhere; points are of the scene."""

    point_at: Callable[[QPointF | None], object]
    pick: Callable[[QPointF], object]
    """A double click."""
    click: Callable[[], object]
    """A click with no tool in hand, where the chart points at."""


class Pointer(QObject):
    """Sees the viewport's events before the scene does; what a tool takes, the scene never sees."""

    def __init__(self, panes: Panes, toolbox: Toolbox, steering: Steering, deeds: PointerDeeds) -> None:
        super().__init__(panes)
        self._panes = panes
        self._toolbox = toolbox
        self._steering = steering
        self._deeds = deeds
        self._pressed_at: QPointF | None = None
        panes.viewport().installEventFilter(self)
        panes.scene().sigMouseMoved.connect(deeds.point_at)
        for pane in (panes.price, panes.volume):
            pane.wheeled.connect(steering.wheel)
            pane.scrolled.connect(steering.scroll)
            pane.dragged.connect(steering.drag)

    @override
    @guarded(lambda: False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is a tool's, and what is done over an axis."""
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QWheelEvent):
            if not self._panes.over_panes(event.position()):  # over an axis: the newest tick is not left
                self._steering.zoom(event.angleDelta().y() / _NOTCH)
                return True
        elif event.type() == QEvent.Type.Leave:
            self._deeds.point_at(None)
        return super().eventFilter(watched, event)

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, is_left = event.type(), event.button() == Qt.MouseButton.LeftButton
        at = self._panes.mapToScene(event.position().toPoint())
        if kind == QEvent.Type.MouseMove:
            if not event.buttons() & Qt.MouseButton.LeftButton:
                self._toolbox.let_go()
            return self._move(at)
        if kind == QEvent.Type.MouseButtonDblClick and is_left:
            return self._double_click(at, event.modifiers())
        if kind == QEvent.Type.MouseButtonPress and is_left:
            return self._press(at, event.modifiers())
        if kind == QEvent.Type.MouseButtonRelease and is_left:
            return self._release(at)
        return False

    def _press(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        self._pressed_at = None
        if not self._over_panes(at):
            return False
        self._deeds.point_at(at)
        if self._toolbox.press(self._in_pane(at), modifiers):
            return True
        self._pressed_at = at
        return False

    def _move(self, at: QPointF) -> bool:
        if self._toolbox.move(self._in_pane(at)):
            self._deeds.point_at(at)
            return True
        return False

    def _release(self, at: QPointF) -> bool:
        pressed, self._pressed_at = self._pressed_at, None
        if self._toolbox.release(self._in_pane(at)):
            return True
        if pressed is not None and (at - pressed).manhattanLength() <= _CLICK_PX:
            self._deeds.click()
        return False

    def _double_click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        if self._toolbox.busy:
            return self._press(at, modifiers)
        if not self._over_panes(at):
            self._steering.follow()
            return True
        self._deeds.pick(at)
        return False

    def _over_panes(self, at: QPointF) -> bool:
        return self._panes.over_panes(QPointF(self._panes.mapFromScene(at)))

    def _in_pane(self, at: QPointF) -> QPointF:
        return at - QPointF(self._panes.price.geometry().topLeft())
