"""Whether training can run here: torch and mmpose come with a group of their own."""

from __future__ import annotations

import importlib.util


def training_fault() -> str:
    """Return what to install before anything can be trained; nothing where all is there."""
    missing = [name for name in ("torch", "mmpose") if importlib.util.find_spec(name) is None]
    return f"training needs {' and '.join(missing)}: uv sync --group training" if missing else ""
