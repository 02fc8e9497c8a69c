"""What would hold up the first screen is kept off its way."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.component_manager import BidiComponentManager

import app.server
from app.components import live
from app.server import build_app
from app.state import AppState

APP = Path(app.server.__file__).parent
PAGES = APP / "pages"
# Pages that work with files of tables may load what reads them.
OF_FILES = {"models", "review"}
HEAVY = {"pandas", "pyarrow", "fpdf"}


def test_streamlit_does_not_look_through_all_that_is_installed(
    state: AppState, monkeypatch: pytest.MonkeyPatch
):
    scan = manifest_scanner.scan_component_manifests
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", scan)  # put back at the end
    looked: list[bool] = []
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: looked.append(True) or [])
    build_app(state)
    BidiComponentManager().discover_and_register_components(start_file_watching=False)
    assert not looked


@pytest.mark.parametrize(
    "page", sorted(path.stem for path in PAGES.glob("[a-z]*.py") if path.stem not in OF_FILES)
)
def test_no_page_loads_a_library_of_tables_or_of_pdf(page: str):
    modules = imported_by(APP / "main.py") | imported_by(PAGES / f"{page}.py")
    assert "app.page" in modules
    loads = "".join(f"import {name}\n" for name in sorted(modules))
    asks = f"{loads}import sys\nassert not (loaded := {HEAVY} & set(sys.modules)), loaded"
    subprocess.run([sys.executable, "-c", asks], check=True)


def test_live_tiles_are_given_in_a_list_in_which_streamlit_looks_for_no_tables(
    monkeypatch: pytest.MonkeyPatch,
):
    given: list[object] = []
    monkeypatch.setattr(live, "_mount", lambda key, data: given.append(data))
    live.live_grid({"cots": [{"id": 1}]}, "ward")
    assert given == [[{"cots": [{"id": 1}]}]]


def imported_by(path: Path) -> set[str]:
    """Return the modules of ours that a page names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name for name in named if name and name.startswith("app.")}
