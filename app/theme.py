"""The three themes: every colour the program uses, by what it means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#RRGGBB``. Up and down never speak by hue alone: ▲ and ▼ go with them.

    `window` is the ground of charts and fields, `panel` that of panels, `raised` that of what is selected or
    stands out, `pressed` that of a button held down. `faint` is the text of what is disabled. `palette` are
    six colours for the curves that a user adds, told apart by colour-blind eyes too.
    """

    name: str
    title: str
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
    pressed: str
    palette: tuple[str, ...]

    @property
    def is_dark(self) -> bool:
        """Return whether the ground is darker than the text."""
        return self.name != "light"


DARK = Theme(
    name="dark",
    title="Dark",
    window="#0E1116",
    panel="#141A21",
    raised="#1B222B",
    line="#242C36",
    text="#DCE3EC",
    dim="#8A95A5",
    faint="#677385",
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
    pressed="#242C36",
    palette=("#72CDFF", "#F1B033", "#757AEC", "#C2D991", "#B5543B", "#9A5995"),
)
LIGHT = Theme(
    name="light",
    title="Light",
    window="#F4F6F9",
    panel="#FFFFFF",
    raised="#F1F3F7",
    line="#D9DFE7",
    text="#17202B",
    dim="#5A6675",
    faint="#7F8B9B",
    up="#0072B2",
    down="#B45309",
    vwap="#8A6A00",
    vwap_second="#0F766E",
    alert="#7E22CE",
    replay="#5B45D6",
    live="#0F766E",
    warning="#8C5E00",
    price="#111820",
    on_accent="#FFFFFF",
    pressed="#D9DFE7",
    palette=("#6480E4", "#B37F08", "#8D1D8B", "#2D540B", "#CE4E89", "#4810AA"),
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    title="High contrast",
    window="#000000",
    panel="#000000",
    raised="#1F1F1F",
    line="#8C8C8C",
    text="#FFFFFF",
    dim="#DADADA",
    faint="#A8A8A8",
    up="#6CB8FF",
    down="#FFB35C",
    vwap="#FFE45C",
    vwap_second="#45E3D2",
    alert="#E9B3FF",
    replay="#BBAAFF",
    live="#6FF0C0",
    warning="#FFC04D",
    price="#FFFFFF",
    on_accent="#000000",
    pressed="#3A3A3A",
    palette=("#468EF8", "#C8B82B", "#FB97E4", "#789A40", "#FD4E8A", "#9EFB9A"),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST)}
