"""A film as the player takes it: frames in compact parts, strips over it, how a pose is drawn.

A film is a stored recording seen as one piece, its times counted from its start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.views.marks import FLAGS, MOST_LETTERS
from app.views.recordings import ABSENT, css_colour, fractions
from app.views.thinning import Envelope, envelope
from app.views.times import day_and_clock
from db.schema import Event, Recording, Segment
from db.series import KeypointSeries
from pipeline.confidence import DOUBTFUL_SCORE, PRESENT_SCORE
from pipeline.drawing import JOINT_COLOURS, LIMBS, MIDLINE_BGR, RIM_BGR
from pipeline.review.moments import commonest_reason
from pipeline.review.survey import Moment, Survey
from pipeline.skeleton import INFANT13
from pipeline.types import FLAG_WORDS

PART_US = 30_000_000
MOST_BINS = 1200
_LEAST_BIN_US = 40_000
_ASSESSABLE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Writer:
    """Who looks, as far as notes go: name, whether notes may be written, and in which zone."""

    name: str
    may_note: bool
    zone: tzinfo


def film_data(
    recording: Recording,
    segments: Sequence[Segment],
    n_frames: int,
    urls: Mapping[str, str],
    notes: Sequence[Event],
    writer: Writer,
    *,
    open_us: int = 0,
) -> dict[str, Any]:
    """Return a film for the player; ``urls``: by kind, those of videos only where there are any.

    ``open_us``: the moment it shows first, from the film's start.
    """
    return {
        "film": recording.id,
        "frames": n_frames,
        "open_ms": open_us / 1000,
        "aspect": segments[0].width / segments[0].height if segments else None,
        "urls": {kind: urls[kind] for kind in ("times", "points", "survey")},
        "videos": [
            {"url": urls[which], "drawn": which == "overlay"}
            for which in ("original", "overlay")
            if which in urls
        ],
        "drawing": drawing_data(),
        "notes": [_note_data(note, recording.started_us, writer) for note in notes],
        "flags": list(FLAGS),
        "note_letters": MOST_LETTERS,
        "may_note": writer.may_note,
    }


def _note_data(note: Event, started_us: int, writer: Writer) -> dict[str, Any]:
    detail = note.detail or {}
    by = str(detail.get("by", "somebody"))
    written_us = detail.get("written_us", note.time_us)
    return {
        "id": note.id,
        "kind": note.kind,
        "text": note.message,
        "from_ms": (note.time_us - started_us) / 1000,
        "to_ms": ((note.end_us or note.time_us) - started_us) / 1000,
        "by": by,
        "written": day_and_clock(int(written_us), writer.zone)[:16],
        "mine": writer.may_note and by == writer.name,
    }


def drawing_data() -> dict[str, Any]:
    """Return how a pose is drawn, the same for every film: as ``pipeline/drawing.py`` does it."""
    return {
        "keypoints": [name.replace("_", " ") for name in INFANT13.keypoints],
        "limbs": [[a, b, css_colour(colour)] for a, b, colour in LIMBS],
        "joints": [css_colour(colour) for colour in JOINT_COLOURS],
        "midline": css_colour(MIDLINE_BGR),
        "rim": css_colour(RIM_BGR),
        "sure": PRESENT_SCORE,
        "doubtful": DOUBTFUL_SCORE,
        "absent": ABSENT,
        "part_ms": PART_US // 1000,
        "flag_words": {str(flag.value): word for flag, word in FLAG_WORDS.items()},
        "blocking": sum(flag.value for flag in FLAG_WORDS if flag.blocks_movement),
    }


def times_bytes(times_us: NDArray[np.int64]) -> bytes:
    """Return (T,) rising times as steps, little-endian uint32 µs, the first from 0."""
    steps_us = np.diff(times_us, prepend=0)
    return steps_us.clip(0, 2**32 - 1).astype("<u4").tobytes()


def part_bytes(series: KeypointSeries) -> bytes:
    """Return frames in the order of time, little-endian, one kind after the other.

    Points (T, K, 2) uint16 as fractions of their picture (65535 = absent), flags (T,) uint16,
    scores (T, K) uint8 of 255.
    """
    block = series.block
    order = np.argsort(block.times_us, kind="stable")
    points = fractions(series)[order].astype("<u2")
    flags = block.flags_t[order].astype("<u2")
    scores = np.round(np.nan_to_num(block.scores_tk[order]) * 255).clip(0, 255).astype(np.uint8)
    return points.tobytes() + flags.tobytes() + scores.tobytes()


def survey_data(found: Survey, most_bins: int = MOST_BINS) -> dict[str, Any]:
    """Return a survey for the strips: the least, mean and greatest of each bin, and the moments."""
    if not len(found.times_us):
        return {"bin_ms": 1000, "motion": {}, "confidence": {}, "blocked": [], "moments": {}}
    last_us = int(found.times_us[-1])
    width_us = max(_LEAST_BIN_US, math.ceil((last_us + 1) / most_bins))
    starts_b = np.arange(0, last_us + 1, width_us, dtype=np.int64)
    motion = envelope(found.times_us, found.motion_t.astype(np.float64), starts_b, width_us)
    sure = envelope(found.times_us, found.confidence_t.astype(np.float64), starts_b, width_us)
    return {
        "bin_ms": width_us / 1000,
        "motion": _envelope_data(motion),
        "confidence": _envelope_data(sure),
        "blocked": _blocked(found, starts_b),
        "moments": {
            kind: [_moment_data(moment) for moment in moments]
            for kind, moments in found.moments.items()
        },
    }


def _envelope_data(values: Envelope) -> dict[str, list[float | None]]:
    columns = {"low": values.low_b, "mean": values.mean_b, "high": values.high_b}
    return {
        name: [round(value, 3) if math.isfinite(value) else None for value in column.tolist()]
        for name, column in columns.items()
    }


def _blocked(found: Survey, starts_b: NDArray[np.int64]) -> list[list[Any]]:
    """Return [first bin, last bin, reason] where less than half of the frames is assessable."""
    known_t = np.isfinite(found.motion_t)
    edges = np.searchsorted(found.times_us, [*starts_b.tolist(), 2**62])
    spans: list[list[Any]] = []
    for b, (start, stop) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        known_here = known_t[start:stop]
        if len(known_here) and known_here.mean() >= _ASSESSABLE_SHARE:
            continue
        reason = commonest_reason(found.flags_t[start:stop], known_here)
        if spans and spans[-1][1] == b - 1 and spans[-1][2] == reason:
            spans[-1][1] = b
        else:
            spans.append([b, b, reason])
    return spans


def _moment_data(moment: Moment) -> list[Any]:
    return [moment.from_us // 1000, moment.to_us // 1000, list(moment.keypoints)]
