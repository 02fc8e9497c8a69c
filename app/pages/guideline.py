"""Guideline: where each of the thirteen points lies, drawn, and what to do when it is covered."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.views.guideline import point_html, principles_html
from pipeline.skeleton import INFANT13

_STYLE = Path(__file__).parents[1] / "guideline.css"

st.header("Guideline", anchor=False)
st.html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>{principles_html()}")
for name in INFANT13.keypoints:
    st.html(point_html(name))
