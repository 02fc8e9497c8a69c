"""The look: one accent, calm greys, a dark theme made for a ward at night.

Our own components take their colours from Streamlit's style variables, so this is the one place
that names them. State is never told by colour alone: each has a shape and a word
(``app/views/words.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hue:
    """One colour of the look: Streamlit's names for it, and its light and dark form."""

    names: tuple[str, ...]
    light: str
    dark: str


PALETTE = {
    "background": Hue(("backgroundColor",), "#FBFCFC", "#0D1317"),
    "surface": Hue(("secondaryBackgroundColor",), "#EFF3F4", "#151D23"),
    "text": Hue(("textColor",), "#17232B", "#DCE5E9"),
    "border": Hue(("borderColor",), "#D3DCE0", "#2A363E"),
    "accent": Hue(("primaryColor", "linkColor"), "#0B6E78", "#58C4C9"),
    "attention": Hue(("orangeTextColor",), "#8A5A00", "#E2B259"),
    "trouble": Hue(("redTextColor",), "#A3283B", "#F08A94"),
}


def theme_options() -> dict[str, Any]:
    """Return both themes as Streamlit settings; the browser's preference chooses between them."""
    options: dict[str, Any] = {
        "theme.baseRadius": "8px",
        "theme.showWidgetBorder": True,
        "theme.headingFontSizes": ["1.75rem", "1.75rem", "1.25rem"],
        "theme.metricValueFontSize": "1.75rem",
    }
    for hue in PALETTE.values():
        for name in hue.names:
            options[f"theme.light.{name}"] = hue.light
            options[f"theme.dark.{name}"] = hue.dark
    return options
