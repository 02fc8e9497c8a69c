"""``cotside report``: an infant's shift or week as PDF or HTML."""

from __future__ import annotations

import getpass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from db import audit
from db.lifecycle import open_database
from db.store import Store
from db.times import now_us, to_us
from pipeline.errors import SettingsError
from pipeline.settings import load_settings


def report(
    cot: Annotated[str, typer.Option(help="The cot: its name or its number.")],
    since: Annotated[str, typer.Option("--from", help="From when: 2026-11-20T07:00.")],
    until: Annotated[str, typer.Option("--to", help="Until when: 2026-11-20T19:00.")],
    out: Annotated[Path, typer.Option(help="The file to write: F.pdf or F.html; must not exist.")],
    zone: Annotated[str, typer.Option(help="The zone of the times, as Europe/Berlin.")] = "UTC",
    db: Annotated[
        str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="The settings file.")] = None,
) -> None:
    """Write the movement report of who lay in a cot, on two pages."""
    # The report loads what draws it: the other commands do not wait for it.
    from app import following
    from app.report.content import gather, subject_of
    from app.report.kinds import KINDS

    ending = out.suffix.lower().removeprefix(".")
    if ending not in KINDS:
        raise SettingsError(f"{out}: name a file that ends in .{' or .'.join(KINDS)}")
    if out.exists():
        raise SettingsError(f"{out} is there already; name a new file")
    in_zone = _zone(zone)
    span_us = _span(since, until, in_zone)
    engine = open_database(db or load_settings(config).database, create=False)
    try:
        store = Store(engine)
        cot_id = _cot_id(store, cot)
        names = {one.id: one.name for one in store.cots(include_removed=True)}
        followed = following.follow(store, cot_id, span_us[1] - 1)
        content = KINDS[ending].make(gather(store, followed, names, span_us, in_zone, now_us()))
        detail = {"what": f"report {ending}", "cot": cot_id}
        who, role = getpass.getuser(), "command line"
        subject = subject_of(followed)
        audit.note(engine, "exported", subject, who=who, role=role, detail=detail)
        _write(out, content)
    finally:
        engine.dispose()
    typer.echo(f"{out}: {len(content) / 1000:.0f} kB")


def _span(since: str, until: str, zone: tzinfo) -> tuple[int, int]:
    from app.report.content import LONGEST_US

    from_us, to_us_ = _instant(since, zone, "--from"), _instant(until, zone, "--to")
    if from_us >= to_us_:
        raise SettingsError("--from must be earlier than --to")
    if to_us_ - from_us > LONGEST_US:
        raise SettingsError("a report spans 31 days at most; choose --from and --to closer")
    return from_us, to_us_


def _instant(text: str, zone: tzinfo, option: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{option} {text!r} is no time; write 2026-11-20T07:00") from None
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"--zone {name!r} is not known; write Europe/Berlin, for one") from None


def _cot_id(store: Store, cot: str) -> int:
    cots = store.cots(include_removed=True)
    named = [one.id for one in cots if one.name == cot]
    numbered = [one.id for one in cots if str(one.id) == cot]
    found = [*named[-1:], *numbered]
    if not found:
        there = ", ".join(one.name for one in cots) or "none"
        raise SettingsError(f"there is no cot {cot!r}; there are: {there}")
    return found[0]


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}") from None
