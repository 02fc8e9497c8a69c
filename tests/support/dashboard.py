from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager

from app.launch import Launch, open_state
from app.permissions import Role, User
from app.state import AppState, install
from app.supervise import Supervisor
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings
from tests.support.fake_monitor import FakeMonitor


def _without_older_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as the server does: AppTest would switch Streamlit's older kind of pages on again."""
    original = PagesManager.__init__

    def init(self: PagesManager, *given: Any, **named: Any) -> None:
        original(self, *given, **named)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", init)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppState]:
    """The dashboard's shared state over a new database that no monitor watches, for Ada."""
    _without_older_pages(monkeypatch)
    launch = Launch(Settings(database=str(tmp_path / "cotside.db")))
    supervisor = Supervisor(["true"], launch.run_directory(), tmp_path / "monitor.log")
    opened = open_state(launch, supervisor)
    made = replace(opened, assumed_user=User("Ada", Role.ADMINISTRATOR))
    install(made)
    yield made
    install(None)
    made.live.close()
    made.engine.dispose()
    shutil.rmtree(launch.run_directory().path)


@pytest.fixture
def monitor(state: AppState) -> Iterator[FakeMonitor]:
    """A stand-in for the monitor of the state's database."""
    made = FakeMonitor(RunDirectory.of(state.settings.database))
    yield made
    made.close()
