import os
import subprocess
from collections.abc import Iterator
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB of its own; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
