"""From settings to a running dashboard: the database, the view on the monitor, the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from app.live_picture import LivePictures
from app.state import DEMO_USER, AppState
from app.supervise import Supervisor
from db.engine import database_url, sqlite_path
from db.lifecycle import open_database
from db.store import Store
from pipeline.live import LiveView
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings

_LOG_NAME = "cotside-monitor.log"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a dashboard is started with."""

    settings: Settings
    config_file: Path | None = None
    is_demo: bool = False

    def run_directory(self) -> RunDirectory:
        """Return where the monitor of this database is met."""
        return RunDirectory.of(self.settings.database)

    def monitor_command(self) -> list[str]:
        """Return the command line of the monitor that belongs to this dashboard."""
        command = [sys.executable, "-m", "app.cli", "monitor", "--db", self.settings.database]
        if self.config_file is not None:
            command += ["--config", str(self.config_file.resolve())]
        return command

    def supervisor(self) -> Supervisor:
        """Make the supervisor; the monitor's log stands beside the database."""
        file = sqlite_path(database_url(self.settings.database))
        folder = self.settings.data_folder or (file.parent if file else self.run_directory().path)
        folder.mkdir(parents=True, exist_ok=True)
        return Supervisor(
            self.monitor_command(),
            self.run_directory(),
            folder / _LOG_NAME,
            dies_with_us=self.is_demo,
        )


def open_state(launch: Launch, supervisor: Supervisor) -> AppState:
    """Open (and, when needed, create or migrate) the database and the view on the monitor."""
    engine = open_database(launch.settings.database)
    live = LiveView(launch.run_directory())
    return AppState(
        settings=launch.settings,
        engine=engine,
        store=Store(engine),
        live=live,
        pictures=LivePictures(live),
        supervision=lambda: supervisor.line,
        config_file=launch.config_file,
        is_demo=launch.is_demo,
        assumed_user=DEMO_USER if launch.is_demo else None,
    )
