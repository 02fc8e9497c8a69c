"""The parts of the pages that Streamlit has no widget for, as Components v2.

How to add one: put ``NAME.js`` (``export default function (component)``) and ``NAME.css`` here,
declare it in ``NAME.py`` with :func:`declare`, and give the page one typed function. A script too
long for one file names the files that are laid before it. What several look like stands in
``shared.css``, which every component gets before its own. Markup is built with ``textContent``
only, so a label can never become HTML. What is large goes to ``data`` in a list: there Streamlit
looks for no tables, and so loads no pandas, a second at a first visit. Names, ages and states come
through ``data``; nothing of a visitor ever goes into ``js`` or ``css``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parent


def declare(name: str, *parts: str) -> ComponentRenderer:
    """Declare the component whose script and style are ``NAME.js`` and ``NAME.css`` here.

    ``parts``: scripts that are laid before it, in their order.
    """
    return st.components.v2.component(
        f"cotside_{name}",
        js="\n".join(_text(f"{part}.js") for part in (*parts, name)),
        css="\n".join(_text(file) for file in ("shared.css", f"{name}.css")),
    )


def _text(file: str) -> str:
    return (_FOLDER / file).read_text(encoding="utf-8")
