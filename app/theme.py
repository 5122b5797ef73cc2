"""The two themes: every colour the program uses, by what it means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#RRGGBB``. Up and down never speak by hue alone: ▲ and ▼ go with them."""

    name: str
    window: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    faint: str
    up: str
    down: str
    vwap: str
    vwap_second: str
    alert: str
    replay: str
    live: str
    warning: str
    price: str
    on_accent: str

    @property
    def is_dark(self) -> bool:
        """Return whether this is the dark theme."""
        return self.name == "dark"


DARK = Theme(
    name="dark",
    window="#0E1116",
    panel="#141A21",
    raised="#1B222B",
    line="#242C36",
    text="#DCE3EC",
    dim="#8A95A5",
    faint="#5B6675",
    up="#4DA3FF",
    down="#FF9F43",
    vwap="#F2D06B",
    vwap_second="#9AD1C5",
    alert="#C792EA",
    replay="#8E7CFF",
    live="#5CC8A1",
    warning="#E0A030",
    price="#F4F7FB",
    on_accent="#0B0E12",
)
LIGHT = Theme(
    name="light",
    window="#F4F6F9",
    panel="#FFFFFF",
    raised="#EEF1F5",
    line="#D9DFE7",
    text="#17202B",
    dim="#5A6675",
    faint="#8B96A5",
    up="#0072B2",
    down="#B45309",
    vwap="#8A6A00",
    vwap_second="#0F766E",
    alert="#7E22CE",
    replay="#5B45D6",
    live="#0F766E",
    warning="#9A6700",
    price="#111820",
    on_accent="#FFFFFF",
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
