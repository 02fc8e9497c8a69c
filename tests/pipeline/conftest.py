from pathlib import Path

import pytest

from pipeline.models import PoseModel, load_model
from tests.support.tiny_models import dot_graph, write_model


@pytest.fixture
def dot_folder(tmp_path: Path) -> Path:
    """A model folder whose network finds 13 coloured dots."""
    return write_model(tmp_path / "dots", dot_graph())


@pytest.fixture
def dot_model(dot_folder: Path) -> PoseModel:
    return load_model(dot_folder, provider="cpu")
