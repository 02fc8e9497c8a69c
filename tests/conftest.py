from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Put the main module back: Streamlit's AppTest leaves its page there, where spawn finds it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
