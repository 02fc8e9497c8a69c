"""``cotside demo``: the whole thing at once, on rendered infants, leaving nothing behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tomli_w
import typer

from app.commands.dashboard import run_dashboard
from app.commands.loading import loading
from pipeline.rundir import RunDirectory
from pipeline.settings import (
    CameraSettings,
    CotSettings,
    DashboardSettings,
    RectangleSettings,
    Settings,
)

if TYPE_CHECKING:
    from app.demo.camera import DemoCamera

CLIPS = Path(__file__).parent.parent / "demo" / "clips"
_LOOPED = (("Cot 1", "well_lit"), ("Cot 2", "blanket"), ("Cot 3", "infrared"))
_COMING_AND_GOING = ("Cot 4", "dropout")
# Drawn round the nest, as a person would draw it once on the Cameras page.
_NEST = RectangleSettings(x=0.18, y=0.08, width=0.64, height=0.88)
_FPS = 15.0


def demo(
    port: Annotated[int, typer.Option(help="Port; a free one if it is taken.")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Open no browser.")] = False,
) -> None:
    """Show four demonstration cots in a browser; the database is temporary."""
    with loading():
        from app.launch import Launch
        from app.server import end_in_order

    with end_in_order(), _temporary_folder() as folder, _camera() as coming_and_going:
        settings = demo_settings(folder, coming_and_going.url, port)
        typer.echo("Four rendered infants; nothing is kept when the demonstration ends.")
        run_dashboard(Launch(settings, write_settings(settings, folder), True), headless=headless)


def demo_settings(folder: Path, camera_url: str, port: int) -> Settings:
    """Return the settings of the demonstration in ``folder``."""
    cots = [
        CotSettings(
            name=name,
            rectangle=_NEST,
            camera=CameraSettings(
                name=f"{name} camera", url=f"file:{CLIPS / clip}.mp4", expected_fps=_FPS
            ),
        )
        for name, clip in _LOOPED
    ]
    name = _COMING_AND_GOING[0]
    camera = CameraSettings(name=f"{name} camera", url=camera_url, expected_fps=_FPS)
    return Settings(
        database=str(folder / "demo.db"),
        data_folder=folder,
        dashboard=DashboardSettings(port=port),
        cots=[*cots, CotSettings(name=name, camera=camera, rectangle=_NEST)],
    )


def write_settings(settings: Settings, folder: Path) -> Path:
    """Write the settings where the monitor reads them; return the file."""
    path = folder / "cotside.toml"
    values = settings.model_dump(mode="json", exclude_none=True)
    path.write_text(tomli_w.dumps(values), encoding="utf-8")
    return path


@contextmanager
def _camera() -> Iterator[DemoCamera]:
    from app.demo.camera import DemoCamera

    camera = DemoCamera(CLIPS / f"{_COMING_AND_GOING[1]}.mp4")
    camera.start()
    try:
        yield camera
    finally:
        camera.stop()


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cotside-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(RunDirectory.of(str(folder / "demo.db")).path, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
