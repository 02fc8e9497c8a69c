"""``cotside movement``: the measures of a recording or a video; minutes made anew."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.opening import at_the_terminal
from app.commands.progress import progress
from db import audit
from db.lifecycle import open_database
from db.store import Store
from db.times import to_us
from pipeline.errors import CotsideError, SettingsError
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from pipeline.movement import Figure
    from pipeline.movement.sources import Measured

commands = typer.Typer(
    help="Compute the measures of movement of a recording or a video.",
    invoke_without_command=True,
)

_Address = Annotated[
    str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
]
_Config = Annotated[Path | None, typer.Option("--config", help="The settings file (TOML).")]
_From = Annotated[str | None, typer.Option("--from", help="A time with its zone, ISO 8601.")]
_To = Annotated[str | None, typer.Option("--to", help="A time with its zone; not included.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


@commands.callback()
def movement(
    context: typer.Context,
    recording: Annotated[int | None, typer.Option(help="The number of a recording.")] = None,
    video: Annotated[Path | None, typer.Option(help="A video file instead.")] = None,
    model: Annotated[Path | None, typer.Option(help="For a video; default: the bundled.")] = None,
    span: Annotated[
        str | None, typer.Option(help="Part of a recording: FROM/TO, ISO 8601 with zones.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page that stands by itself.")] = None,
    as_json: _Json = False,
    db: _Address = None,
) -> None:
    """Give every measure with its coverage, interval, filter and version. Research use only."""
    if context.invoked_subcommand is not None:
        return
    from pipeline.movement import measure_names

    if (recording is None) == (video is None):
        raise SettingsError("name either --recording or --video (or `recompute`)")
    if video is not None:
        measured = _of_video(video, model)
    else:
        action = "viewed" if html is None and not as_json else "exported"
        measured = _of_recording(_address(db, None), recording or 0, span, action)
    found = list(_computed(measured, measure_names()))
    if html is not None:
        from app.views.movement_report import report_html

        _write(html, report_html(measured, found))
    if as_json:
        typer.echo(json.dumps(_document(measured, found)))
    elif html is None:
        _print(found)


@commands.command("recompute")
def recompute_command(
    db: _Address = None,
    config: _Config = None,
    cot: Annotated[str | None, typer.Option(help="Only this cot, by its name.")] = None,
    from_: _From = None,
    to: _To = None,
    again: Annotated[bool, typer.Option(help="Also minutes of this version.")] = False,
    as_json: _Json = False,
) -> None:
    """Make stored minutes anew with this version's measures; go on where it was interrupted."""
    from pipeline.movement.recompute import Wanted, recompute

    logging.basicConfig(level=logging.WARNING, format="cotside: %(message)s")
    engine = open_database(_address(db, config))
    try:
        store = Store(engine)
        wanted = Wanted(_cot_id(store, cot), _time(from_), _time(to), again)
        with progress("recordings") as advance:
            done = recompute(store, wanted, lambda n, of: advance(n, of))
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(done)))
        return
    typer.echo(
        f"{done.made} minutes made anew, {done.current} were of this version, "
        f"{done.left} left as they were (their frames are not stored, or damaged)"
    )


def _of_recording(address: str, recording_id: int, span: str | None, action: str) -> Measured:
    """Read a recording, and note in the audit trail that it was viewed or exported."""
    from pipeline.movement.sources import of_recording

    from_text, _, to_text = span.partition("/") if span else ("", "", "")
    from_us, to_us_ = _time(from_text or None), _time(to_text or None)
    engine = open_database(address, create=False)
    try:
        measured = of_recording(Store(engine), recording_id, from_us, to_us_)
        subject, detail = f"recording/{recording_id}", {"what": "movement"}
        audit.note(engine, action, subject, who=at_the_terminal().name, detail=detail)
        return measured
    finally:
        engine.dispose()


def _of_video(path: Path, folder: Path | None) -> Measured:
    from pipeline.models.session import load_model
    from pipeline.movement.sources import of_video

    network = load_model(folder)
    with progress("seconds of video") as advance:
        return of_video(path, network, lambda seconds: advance(round(seconds), None))


def _computed(measured: Measured, names: list[str]) -> Iterator[Figure]:
    from pipeline.movement import figures

    with progress("measures") as advance:
        for number, name in enumerate(names):
            advance(number, len(names))
            yield from figures(measured.track, measured.window_us, [name])


def _document(measured: Measured, found: list[Figure]) -> dict[str, Any]:
    return {
        "research_use_only": True,
        "of": measured.name,
        "model": measured.model,
        "window_us": measured.window_us,
        "fps": measured.track.fps,
        "trunk_px": measured.track.trunk_px,
        "figures": [dataclasses.asdict(one) for one in found],
    }


def _print(found: list[Figure]) -> None:
    from app.views.movement_report import value_words, words

    typer.echo("Research use only. Not a medical device.")
    for one in found:
        shown = value_words(one) if one.assessable else f"not assessable: {one.reason}"
        typer.echo(f"{words(one.measure):34} {words(one.part):15} {shown}  [{one.coverage:.0%}]")


def _write(path: Path, page: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(page, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CotsideError(f"{path}: cannot be written: {error.strerror}") from None


def _address(db: str | None, config: Path | None) -> str:
    return db if db is not None else load_settings(config).database


def _cot_id(store: Store, name: str | None) -> int | None:
    if name is None:
        return None
    cots = store.cots()
    for cot in cots:
        if cot.name == name:
            return cot.id
    known = ", ".join(cot.name for cot in cots) or "none"
    raise SettingsError(f"no cot {name!r}; there are: {known}")


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return to_us(datetime.fromisoformat(text))
    except ValueError:
        raise SettingsError(
            f"{text!r} is no time with a zone; write it like 2026-03-01T08:00+01:00"
        ) from None
