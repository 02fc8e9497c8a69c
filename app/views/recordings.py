"""A stored span as the scrubber takes it: compact arrays instead of lists of numbers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.views.times import zone_name
from app.views.words import flag_words
from db.series import KeypointSeries
from pipeline.confidence import DOUBTFUL_SCORE, PRESENT_SCORE
from pipeline.drawing import MIDLINE_BGR, Colour, side_colour
from pipeline.skeleton import INFANT13, Skeleton
from pipeline.types import FrameFlag

MAX_FRAMES = 30_000
ABSENT = 65535
_NO_BLOCK = FrameFlag.CROP_FALLBACK | FrameFlag.BLURRED


@dataclass(frozen=True, slots=True)
class VideoPiece:
    """A kept video file: its address with a token, and its span in UTC µs."""

    url: str
    from_us: int
    to_us: int


def scrub_data(
    series: KeypointSeries,
    videos: Sequence[VideoPiece],
    zone: tzinfo,
    skeleton: Skeleton = INFANT13,
    *,
    open_at_us: int | None = None,
) -> dict[str, Any]:
    """Return a span for the scrubber; frames in the order of time, at most ``MAX_FRAMES``.

    ``open_at_us``: the moment it shows first (default the first frame).

    Points travel as fractions of their picture (uint16, 65535 = absent), scores as 1/255, times as
    ms from the first frame.
    """
    order = np.argsort(series.block.times_us, kind="stable")[:MAX_FRAMES]
    times_us = series.block.times_us[order]
    start_us = int(times_us[0]) if len(times_us) else 0
    offsets_ms = ((times_us - start_us) // 1000).astype("<i4")
    points = fractions(series)[order].astype("<u2")
    scores = np.nan_to_num(series.block.scores_tk[order] * 255).clip(0, 255).astype(np.uint8)
    words, codes, blocked = _reasons(series.block.flags_t[order])
    parts = (offsets_ms.tobytes(), points.tobytes(), scores.tobytes(), codes.tobytes())
    mark = hashlib.sha256(b"".join(parts) + repr([v.from_us for v in videos]).encode())
    return {
        "mark": mark.hexdigest()[:16],
        "zone": zone_name(zone),
        "start_ms": start_us / 1000,
        "open_ms": (start_us if open_at_us is None else open_at_us) / 1000,
        "times_ms": _text(parts[0]),
        "points": _text(parts[1]),
        "scores": _text(parts[2]),
        "reasons": _text(parts[3]),
        "reason_words": words,
        "blocked": blocked,
        "aspects": _aspects(series, order),
        "limbs": [list(limb) for limb in skeleton.limb_indices],
        "colours": [css_colour(side_colour(name)) for name in skeleton.keypoints],
        "midline": css_colour(MIDLINE_BGR),
        "sure": PRESENT_SCORE,
        "doubtful": DOUBTFUL_SCORE,
        "videos": [
            {"url": one.url, "from_ms": one.from_us / 1000, "to_ms": one.to_us / 1000}
            for one in videos
        ],
    }


def fractions(series: KeypointSeries) -> NDArray[np.float64]:
    """Return keypoints (T, K, 2) as 0..65534 of their picture's width, height; ABSENT for NaN."""
    keypoints_tkc = series.block.keypoints_tkc.astype(np.float64)
    fractions = np.full(keypoints_tkc.shape, float(ABSENT))
    for run in series.runs:
        # Pixel centres: the first pixel's centre is (0, 0), the picture begins half a pixel before.
        part = (keypoints_tkc[run.start : run.stop] + 0.5) / (run.width, run.height)
        inside = np.nan_to_num(part, nan=0.0).clip(0, 1) * (ABSENT - 1)
        fractions[run.start : run.stop] = np.where(np.isnan(part), ABSENT, inside)
    return np.round(fractions)


def _reasons(flags_t: NDArray[np.uint16]) -> tuple[list[str], NDArray[np.uint8], list[bool]]:
    """Return the distinct reasons (the first is "none"), each frame's, and which block a pose."""
    known: dict[int, int] = {0: 0}
    codes = np.zeros(len(flags_t), np.uint8)
    for value in np.unique(flags_t):
        told = int(value) & ~int(_NO_BLOCK)
        codes[flags_t == value] = known.setdefault(told, min(len(known), 255))
    words = [flag_words(FrameFlag(value)) for value in known]
    blocked = [FrameFlag(value).blocks_movement for value in known]
    return words, codes, blocked


def _aspects(series: KeypointSeries, order: NDArray[np.int64]) -> list[list[float]]:
    """Return [first frame, width / height] wherever the shape of the picture changes."""
    aspect_t = np.empty(len(series.block.times_us))
    for run in series.runs:
        aspect_t[run.start : run.stop] = run.width / run.height
    ordered = aspect_t[order]
    if not len(ordered):
        return []
    changes = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist()]
    return [[at, float(ordered[at])] for at in changes]


def css_colour(colour: Colour) -> str:
    """Return a colour of the drawing as a style takes it."""
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
