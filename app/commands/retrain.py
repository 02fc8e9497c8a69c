"""``cotside train``: a spec of one's own, or without one a retraining from the model in use."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Engine

from app.commands.opening import Address, ConfigFile, at_the_terminal
from app.commands.train import run_tool
from app.training_group import training_fault
from db.job_schema import TrainingJob
from db.jobs import UNFINISHED
from db.lifecycle import open_database
from db.store import Store
from pipeline.errors import CotsideError
from pipeline.settings import Settings, load_settings

_LOOK_EVERY_S = 1.0


def train(
    spec: Annotated[
        Path | None, typer.Argument(help="A training spec. Without one: the model in use goes on.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the last one was ended.")
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="How long to learn (without a spec).")
    ] = None,
    db: Address = None,
    config: ConfigFile = None,
) -> None:
    """Train from a spec; without one, retrain from the model in use on what people corrected.

    A retraining makes a dataset version of the finished labels, trains, exports, calibrates, and
    compares the candidate with the model in use. It is a job as on the Models page, and gives way
    to live inference. Nothing is promoted by it. Research use only.
    """
    if spec is not None:
        run_tool("train", [str(spec), *(["--resume"] if resume else [])])
        return
    if fault := training_fault():
        raise CotsideError(fault)
    settings = load_settings(config)
    settings = settings if db is None else settings.model_copy(update={"database": db})
    engine = open_database(settings.database, create=False)
    try:
        job_id = _asked(engine, settings, minutes, resume=resume)
        job = _followed(engine, settings, job_id)
    finally:
        engine.dispose()
    if job.state != "finished":
        raise CotsideError(f"{job.line or job.state} Go on with: cotside train --resume")
    typer.echo(job.line)
    model = (job.progress or {}).get("model", "ID")
    typer.echo(f"see it with `cotside models show {model}`; cotside models promote {model}")


def _asked(engine: Engine, settings: Settings, minutes: float | None, *, resume: bool) -> int:
    from app.retraining import ask_for_retraining, go_on

    if not resume:
        return ask_for_retraining(engine, settings, at_the_terminal(), minutes)
    for job in Store(engine).training_jobs.all():
        if job.state in UNFINISHED and go_on(engine, settings, job.id, at_the_terminal()):
            return job.id
    raise CotsideError("no retraining was left unfinished; begin one without --resume")


def _followed(engine: Engine, settings: Settings, job_id: int) -> TrainingJob:
    """Show how a job comes along until it ends; Ctrl-C asks it to stop."""
    from app.jobs.keeper import JobKeeper
    from app.retraining import cancel
    from app.views.training_jobs import share_done, stage_now, time_left_words

    book, keeper = Store(engine).training_jobs, JobKeeper(Store(engine), settings)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}")
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("waiting", total=1.0, left="")
        while True:
            try:
                keeper.look()
                job = book.get(job_id)
                shown.update(
                    task,
                    description=stage_now(job),
                    completed=share_done(job),
                    left=time_left_words(job),
                )
                if job.state not in ("waiting", "running"):
                    return job
                time.sleep(_LOOK_EVERY_S)
            except KeyboardInterrupt:
                cancel(engine, job_id, at_the_terminal())
