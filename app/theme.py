"""The look: one accent, calm greys, a dark theme made for a ward at night.

Our own components take their colours from Streamlit's style variables, so this is the one place
that names them. State is never told by colour alone: each has a shape and a word
(``app/views/words.py``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme."""

    background: str
    surface: str
    text: str
    border: str
    accent: str
    attention: str
    trouble: str


LIGHT = Palette(
    background="#FBFCFC",
    surface="#EFF3F4",
    text="#17232B",
    border="#D3DCE0",
    accent="#0B6E78",
    attention="#8A5A00",
    trouble="#A3283B",
)
DARK = Palette(
    background="#0D1317",
    surface="#151D23",
    text="#DCE5E9",
    border="#2A363E",
    accent="#58C4C9",
    attention="#E2B259",
    trouble="#F08A94",
)
_STREAMLIT_NAMES = {
    "primaryColor": "accent",
    "backgroundColor": "background",
    "secondaryBackgroundColor": "surface",
    "textColor": "text",
    "borderColor": "border",
    "linkColor": "accent",
    "orangeTextColor": "attention",
    "redTextColor": "trouble",
}


def theme_options() -> dict[str, Any]:
    """Return both themes as Streamlit settings; the browser's preference chooses between them."""
    options: dict[str, Any] = {
        "theme.baseRadius": "8px",
        "theme.showWidgetBorder": True,
        "theme.headingFontSizes": ["1.75rem", "1.75rem", "1.25rem"],
        "theme.metricValueFontSize": "1.75rem",
    }
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        values = asdict(colours)
        for key, colour in _STREAMLIT_NAMES.items():
            options[f"theme.{name}.{key}"] = values[colour]
    return options
