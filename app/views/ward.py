"""The ward at a glance: one tile per cot, made from rows and the monitor's status."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from app.views.activity import activity
from app.views.advisories import AdvisoryRow, badge, by_cot, counts
from app.views.movement import (
    EMPTY_SERIES,
    MOVEMENT_UNIT,
    MovementSeries,
    full_scale,
    last_minute,
    strip,
)
from app.views.need import need_of
from app.views.trends import Trends
from app.views.words import GRADE_WORDS, SEEN, Standing, standing
from pipeline.live import CotStatus, MonitorStatus
from pipeline.movement.minute import NOT_MONITORED

STRIP_MINUTES = 30
# As far back as a tile counts how long an infant has been still.
LOOKED_AT_MIN = 180


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
    trends: Mapping[int, Trends],
    advisories: Sequence[AdvisoryRow],
    now_us: int,
    zone: tzinfo,
) -> dict[str, Any]:
    """Return what the live grid shows of a ward, in the ward's own order.

    While nothing is monitored no tile carries a figure: an old number is never shown as live.
    """
    movement = {cot_id: one.movement for cot_id, one in trends.items()}
    scale = full_scale(list(movement.values()))
    open_of = by_cot(advisories)
    tiles = []
    for cot in cots:
        live = status.cots.get(cot.cot_id) if status.monitoring else None
        stands = shown_standing(live, status.monitoring, trends.get(cot.cot_id), now_us)
        tile = tile_data(cot, live, stands, open_of.get(cot.cot_id, ()))
        series = movement.get(cot.cot_id, EMPTY_SERIES)
        tile["figure"] = _figure(series, now_us) if status.monitoring else None
        tile["strip"] = strip(series, now_us, STRIP_MINUTES, scale, zone)
        tiles.append(tile)
    return {
        "layout": "ward",
        "mode": "overlay",
        "monitoring": status.monitoring,
        "cots": tiles,
        "summary": advisory_counts(advisories) + summary(tiles),
    }


def shown_standing(
    live: CotStatus | None, monitoring: bool, trends: Trends | None, now_us: int
) -> Standing:
    """Return the word of a tile: what is wrong now, else what the infant is doing."""
    stands = standing(live, monitoring)
    if stands != SEEN or trends is None:
        return stands
    return activity(trends, now_us) or stands


def summary(tiles: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how many cots stand how, the gravest first, for the line above the tiles."""
    found = Counter(_group(tile) for tile in tiles)
    return [
        {"level": level, "shape": shape, "count": found[word], "word": word}
        for word, (level, shape) in _GROUPS.items()
        if found[word]
    ]


_GROUPS = {
    "without a picture": ("trouble", "square"),
    "cannot be assessed": ("attention", "hatch"),
    "moving": ("good", "wave"),
    "still": ("calm", "rest"),
    "seen": ("good", "circle"),
    "not watched": ("idle", "dots"),
}
_GROUP_OF_SHAPE = {"wave": "moving", "ripple": "moving", "rest": "still", "circle": "seen"}


def _group(tile: Mapping[str, Any]) -> str:
    if tile["level"] == "trouble":
        return "without a picture"
    if tile["shape"] == "hatch":
        return "cannot be assessed"
    return _GROUP_OF_SHAPE.get(tile["shape"], "not watched")


def advisory_counts(advisories: Sequence[AdvisoryRow]) -> list[dict[str, Any]]:
    """Return how many advisories nobody has seen to yet, as part of the line above the tiles."""
    shapes = {"high": "triangle", "medium": "diamond", "low": "ring"}
    return [
        {
            "level": priority,
            "shape": shapes[priority],
            "count": count,
            "word": f"{priority} {'advisory' if count == 1 else 'advisories'}",
        }
        for priority, count in counts(advisories).items()
        if count
    ]


def ordered(data: dict[str, Any], ranks: Mapping[int, int]) -> dict[str, Any]:
    """Return a ward's data with each tile's place by need; the browser puts them there."""
    tiles = [{**tile, "rank": ranks.get(tile["id"], len(ranks))} for tile in data["cots"]]
    return {**data, "cots": tiles}


def single_data(
    cot: CotOnPage, status: MonitorStatus, mode: str, trends: Trends | None, now_us: int
) -> dict[str, Any]:
    """Return what the live grid shows of one cot, large, drawn as ``mode`` says."""
    live = status.cots.get(cot.cot_id) if status.monitoring else None
    tile = tile_data(cot, live, shown_standing(live, status.monitoring, trends, now_us))
    return {"layout": "single", "mode": mode, "monitoring": status.monitoring, "cots": [tile]}


def tile_data(
    cot: CotOnPage,
    live: CotStatus | None,
    stands: Standing,
    advisories: Sequence[AdvisoryRow] = (),
) -> dict[str, Any]:
    """Return the part of a tile that every layout shows."""
    urgent = [row.priority for row in advisories if not row.is_calm]
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
        "grade": live.grade if live is not None and live.state == "live" else "",
        "badge": badge(advisories),
        "need": int(need_of(stands.level, urgent)),
    }


def _figure(series: MovementSeries, now_us: int) -> dict[str, Any]:
    newest = last_minute(series, now_us)
    if newest is None:
        return {"assessable": False, "number": "–", "unit": "no full minute yet", "note": ""}
    value, coverage, reason = newest
    share = "" if math.isnan(coverage) else f"coverage {coverage:.0%}"
    if math.isnan(value):
        why = "watched in part only" if reason.startswith(NOT_MONITORED) else reason
        note = ", ".join(part for part in (why, share) if part)
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
