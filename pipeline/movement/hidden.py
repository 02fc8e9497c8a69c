"""What could not be watched: the infant in other people's hands, body parts under a cover.

Cover is concluded from keypoints that stay away for seconds while others of the body are seen; it
cannot tell a blanket from a limb that lies under the body, and says "covered" for both.
"""

from __future__ import annotations

import numpy as np

from pipeline.movement.base import Measure, register
from pipeline.movement.samples import Mask, Samples, frames
from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag

PARTS = {
    "head": ("nose",),
    "trunk": ("left_hip", "right_hip"),
    "left_arm": ("left_elbow", "left_wrist"),
    "right_arm": ("right_elbow", "right_wrist"),
    "left_leg": ("left_knee", "left_ankle"),
    "right_leg": ("right_knee", "right_ankle"),
}
# A part that is away for less than this may be a moment's doubt.
LEAST_S = 3.0
# So many other keypoints must be seen before those of a part are missed.
LEAST_SEEN = 5


def covered(track: Track, part: str) -> Mask:
    """Tell at which frames (T,) a part is covered: all its keypoints away for 3 s or more.

    Frames count that show at least five other keypoints and carry no flag against movement; one
    that does not ends the spell.
    """
    known_tk = np.isfinite(track.keypoints_tkc[..., 0])
    away_t = ~known_tk[:, [INFANT13.index(name) for name in PARTS[part]]].any(axis=1)
    away_t &= track.usable_t & (known_tk.sum(axis=1) >= LEAST_SEEN)
    out = np.zeros(len(away_t), np.bool_)
    broken = ~np.isfinite(track.near_s) if len(away_t) else np.zeros(0, np.bool_)
    edges = np.flatnonzero((away_t[1:] != away_t[:-1]) | broken) + 1
    for run in np.split(np.arange(len(away_t)), edges):
        if len(run) and away_t[run[0]] and track.weights_s_t[run].sum() >= LEAST_S:
            out[run] = True
    return out


def sample_covered(track: Track, part: str) -> Samples:
    """Take of each frame with a pose: is the part covered, 1 or 0.

    Nothing where the network's missing keypoints were found to tell nothing (see wander.py).
    """
    shown_t = (
        track.tells_cover
        & track.usable_t
        & (np.isfinite(track.keypoints_tkc[..., 0]).sum(1) >= LEAST_SEEN)
    )
    return frames(track, np.where(shown_t, covered(track, part).astype(np.float64), np.nan))


def sample_handled(track: Track, _part: str) -> Samples:
    """Take of each frame: is the infant being handled, 1 or 0."""
    flags_t = np.asarray(track.flags_t, np.int64)
    return frames(track, (flags_t & FrameFlag.HANDLED.value != 0).astype(np.float64))


def seconds(samples: Samples) -> float:
    """Return for how many seconds it was so."""
    return float(samples.values_nc[:, 0] @ samples.seconds_n)


register(
    Measure("covered_time", "s", tuple(PARTS), sample_covered, seconds, limit=0.0),
    Measure("handled_time", "s", ("body",), sample_handled, seconds, limit=0.0),
)
