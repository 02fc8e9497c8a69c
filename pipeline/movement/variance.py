"""How much the pose varies within a minute."""

from __future__ import annotations

import numpy as np

from pipeline.movement.base import COVERAGE_LIMIT, Measure, register
from pipeline.movement.body import on_trunk
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.epochs import clock_minutes
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Samples, spells
from pipeline.movement.track import Track

_MINUTE_US = 60_000_000
_NEEDED_SHARE = 0.8


def sample(track: Track, _part: str) -> Samples:
    """Take the pose variance of each minute of the clock that is seen for 80 % of it.

    Mean over keypoints of var(x) + var(y) in trunk², the pose moved to mid-trunk, turned upright
    and divided by the trunk; of the keypoints known in 80 % of the minute's seen frames, of which
    there must be 80 %. Source: Gleason et al., eClinicalMedicine 2024.
    """
    points = on_trunk(track)
    known = np.isfinite(points[..., 0])
    seen_t = known.mean(axis=1) >= _NEEDED_SHARE
    rows = []
    for start_us, inside in clock_minutes(track.times_us, _MINUTE_US):
        seen = seen_t[inside]
        seconds = float(track.weights_s_t[inside][seen].sum())
        kept_k = known[inside][seen].mean(axis=0) >= _NEEDED_SHARE if seen.any() else np.zeros(1)
        if seconds < COVERAGE_LIMIT * 60 or kept_k.mean() < _NEEDED_SHARE:
            continue
        variances = np.nanvar(points[inside][seen][:, kept_k], axis=0).sum(axis=1)
        rows.append((start_us, 60.0, (float(variances.mean()),)))
    return spells(track, rows, seen_t, 1)


register(
    Measure(
        "minute_pose_variance",
        "trunk²",
        ("body",),
        sample,
        mean,
        of_mean,
        undefined="no whole minute of the clock was seen well enough",
    )
)
