"""The ward at a glance: one tile per cot, made from rows and the monitor's status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from app.views.movement import (
    EMPTY_SERIES,
    MOVEMENT_UNIT,
    MovementSeries,
    full_scale,
    last_minute,
    strip,
)
from app.views.words import GRADE_WORDS, standing
from pipeline.live import CotStatus, MonitorStatus

STRIP_MINUTES = 30


@dataclass(frozen=True, slots=True)
class CotOnPage:
    """What a page knows of a cot beside its live state; ``url`` carries the picture's token."""

    cot_id: int
    name: str
    url: str
    detail: str = ""


def ward_data(
    cots: Sequence[CotOnPage],
    status: MonitorStatus,
    movement: Mapping[int, MovementSeries],
    now_us: int,
    zone: tzinfo,
) -> dict[str, Any]:
    """Return what the live grid shows of a ward.

    While nothing is monitored no tile carries a figure: an old number is never shown as live.
    """
    scale = full_scale(list(movement.values()))
    tiles = []
    for cot in cots:
        series = movement.get(cot.cot_id, EMPTY_SERIES)
        live = status.cots.get(cot.cot_id) if status.monitoring else None
        tile = tile_data(cot, live, status.monitoring)
        tile["figure"] = _figure(series, now_us) if status.monitoring else None
        tile["strip"] = strip(series, now_us, STRIP_MINUTES, scale, zone)
        tiles.append(tile)
    return {"layout": "ward", "mode": "overlay", "monitoring": status.monitoring, "cots": tiles}


def single_data(cot: CotOnPage, status: MonitorStatus, mode: str) -> dict[str, Any]:
    """Return what the live grid shows of one cot, large, drawn as ``mode`` says."""
    live = status.cots.get(cot.cot_id) if status.monitoring else None
    tile = tile_data(cot, live, status.monitoring)
    return {"layout": "single", "mode": mode, "monitoring": status.monitoring, "cots": [tile]}


def tile_data(cot: CotOnPage, live: CotStatus | None, monitoring: bool) -> dict[str, Any]:
    """Return the part of a tile that every layout shows."""
    stands = standing(live, monitoring)
    return {
        "id": cot.cot_id,
        "name": cot.name,
        "url": cot.url,
        "position": cot.detail,
        "level": stands.level,
        "shape": stands.shape,
        "word": stands.word,
        "figure": None,
        "strip": None,
        "foot": _foot(live),
    }


def _figure(series: MovementSeries, now_us: int) -> dict[str, Any]:
    newest = last_minute(series, now_us)
    if newest is None:
        return {"assessable": False, "number": "–", "unit": "no full minute yet", "note": ""}
    value, coverage, reason = newest
    share = "" if math.isnan(coverage) else f"coverage {coverage:.0%}"
    if math.isnan(value):
        note = ", ".join(part for part in (reason, share) if part)
        return {"assessable": False, "number": "Not assessable", "unit": note, "note": ""}
    note = f"last minute, {share}" if share else "last minute"
    return {"assessable": True, "number": f"{value:.2f}", "unit": MOVEMENT_UNIT, "note": note}


def _foot(live: CotStatus | None) -> str:
    if live is None:
        return ""
    if live.state != "live":
        return live.line
    grade = GRADE_WORDS.get(live.grade, live.grade)
    return f"{grade}, {live.fps:.1f} frames/s"
