"""One server for all tests of a process, a database of its own for each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from db.lifecycle import open_database
from db.store import Store
from tests.support.postgres import new_database, running_server, why_not


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if reason := why_not():
        pytest.skip(reason)
    with running_server() as address:
        yield address


@pytest.fixture
def address(server: str) -> str:
    return new_database(server, f"t{uuid.uuid4().hex}")


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    engine = open_database(address)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)
