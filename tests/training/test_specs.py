from pathlib import Path

import pytest

from training.spec import load_spec
from training.temporal.spec import load_refiner_spec

SPECS = sorted((Path(__file__).parents[2] / "training" / "specs").glob("*.toml"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_of_the_repository_can_be_read(path):
    read = load_refiner_spec if path.stem.startswith("refiner") else load_spec
    assert read(path).name
