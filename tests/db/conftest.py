"""A fresh database, with one cot, a running writer and one open segment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.lifecycle import open_database
from db.store import Store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "cotside.db"


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)
