from pathlib import Path

import pytest

from pipeline.models import PoseModel, load_model
from tests.support.dashboard import monitor, state
from tests.support.tiny_models import dot_graph, write_model

__all__ = ["dot_model", "monitor", "state"]


@pytest.fixture
def dot_model(tmp_path: Path) -> PoseModel:
    """A model whose network finds 13 coloured dots."""
    return load_model(write_model(tmp_path / "dots", dot_graph()), provider="cpu")
