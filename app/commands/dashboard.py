"""``cotside dashboard``: the pages, and a monitor beside them unless one already runs."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.loading import loading
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from app.launch import Launch

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="Settings file (TOML).", show_default=False)
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--db", help="Database: a path or a SQLAlchemy URL.", show_default=False),
]

# The monitor and its cameras' processes, all starting at once, would hold up the first page.
_PAGE_FIRST_S = 1.5


def dashboard(
    config: ConfigOption = None,
    db: DatabaseOption = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; this machine only by default.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port; a free one if it is taken.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no browser.")] = False,
) -> None:
    """Show the ward in a browser; keep a monitor running unless one already runs."""
    # Streamlit takes a second to load: the other commands do not wait for it.
    with loading():
        from app.launch import Launch
        from app.server import end_in_order

    settings = load_settings(config)
    changes = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(
        update={
            "database": db or settings.database,
            "dashboard": settings.dashboard.model_copy(update=changes),
        }
    )
    with end_in_order():
        run_dashboard(Launch(settings, config), headless=headless)


def run_dashboard(launch: Launch, *, headless: bool) -> None:
    """Serve the dashboard of a launch until it is told to stop."""
    with loading():
        from app.jobs.keeper import JobKeeper
        from app.launch import open_state
        from app.lookout import Lookout
        from app.server import address, build_app, listen, serve
        from app.signing_in.door import FIRST_NAME
        from app.tidying import Tidier
        from pipeline.notices.carrier import Carrier, carriers

    settings = launch.settings
    listening, line = listen(settings.dashboard.host, settings.dashboard.port)
    with listening:
        if line:
            typer.echo(f"cotside: {line}", err=True)
        supervisor = launch.supervisor()
        state = open_state(launch, supervisor)
        code = state.door.first_code()
        helpers: list[Lookout | Carrier | JobKeeper | Tidier] = [
            Tidier(state.engine, state.uploads, settings.review),
            JobKeeper(state.store, settings, dies_with_us=launch.is_demo),
            Lookout(state.store, lambda: state.live.status().monitoring),
            *carriers(state.store, settings.notices, launch.run_directory()),
        ]
        for helper in helpers:
            helper.start()
        url = address(listening)

        def begin() -> None:
            supervisor.start(after_s=_PAGE_FIRST_S)
            typer.echo(f"Cotside is at {url}  (Ctrl+C ends it)")
            if code is not None:
                typer.echo(f"First start: sign in as {FIRST_NAME!r} with the one-time code {code}")
            if state.assumed_user is not None:
                typer.echo(f"Signed in by itself as {state.assumed_user.name}, from here only.")
            sys.stdout.flush()
            if not headless:
                webbrowser.open(url)

        try:
            serve(build_app(state, begin), listening)
        finally:
            supervisor.begin_stop()
            for helper in helpers:
                helper.stop()
            supervisor.stop()
            state.live.close()
            state.engine.dispose()
