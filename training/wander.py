"""Measure how far a network's keypoints can be relied on, on rendered clips, and write it down.

    python -m training.wander [CLIPS ...] [--model M] [--out FILE]

``CLIPS``: rendered clips with their truth beside them (default: those of the demonstration; more
from ``cotside synth video``). Run it whenever another network is bundled: what it writes is what
movement takes off speeds (see pipeline/movement/wander.py). Prints, for each clip, the true mean
speed of its keypoints, the one seen, the one left by figures of all the OTHER clips, and by which
factor those were off; of the covers concluded, how many were right (of what was told and hidden).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from db.codec import KeypointBlock
from pipeline.models.session import load_model
from pipeline.movement import make_track
from pipeline.movement.base import COVERAGE_LIMIT
from pipeline.movement.hidden import PARTS, covered
from pipeline.movement.wander import FILE, Wander
from pipeline.skeleton import INFANT13
from pipeline.smoothing.butterworth import smooth
from training.errors import DatasetError
from training.seen_clip import seen_clip
from training.temporal.tracks import trunk_of

Float = NDArray[np.float64]
ROOT = Path(__file__).parents[1]
CLIPS = ROOT / "app" / "demo" / "clips"
OUT = ROOT / "pipeline" / "movement" / FILE
CENTRES = tuple(np.arange(0.25, 0.96, 0.1).round(2).tolist())
_HALF_WIDTH = 0.06
_FEWEST = 100
_TAILS = (0.05, 0.95)  # of a few clips: the least and the most, nearly
_MOST_FACTOR = 5.0
_SURE = 1.0


@dataclass(frozen=True)
class Speeds:
    """Steps (N,) of present keypoints of a clip, all in trunk/s after the filter.

    ``away``: the length of the difference of the velocity seen and the true one. ``coverage``: the
    share of all steps that these are. ``cover``: frames of body parts told rightly to be covered,
    told so, truly so.
    """

    name: str
    coverage: float
    scores: Float
    seen: Float
    true: Float
    away: Float
    cover: tuple[int, int, int] = (0, 0, 0)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="*", help="MP4 files with their JSON beside")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    model = load_model(options.model)
    measured = []
    for clip in options.clips or sorted(CLIPS.glob("*.mp4")):
        seen = seen_clip(clip, model)
        block = seen.block
        blocked_t = block.flags_t != 0
        one = speeds_of(
            clip.stem,
            block.times_us[~blocked_t],
            block.keypoints_tkc[~blocked_t].astype(np.float64),
            block.scores_tk[~blocked_t],
            seen.true_tkc[~blocked_t],
        )
        measured.append(replace(one, cover=cover_of(block, seen.visibility_tk)))
    made, rows = fitted(measured, f"{model.manifest.name} {model.manifest.version}")
    options.out.write_text(json.dumps(asdict(made), indent=1) + "\n", encoding="utf-8")
    json.dump(rows, sys.stdout, indent=1)


def speeds_of(
    name: str, times_us: NDArray[np.int64], seen_tkc: Float, scores_tk: Float, true_tkc: Float
) -> Speeds:
    """Compare a clip's keypoints (T, K, 2), scores (T, K), with the true ones, step by step."""
    trunk = trunk_of(true_tkc)
    sure_tk = np.full(scores_tk.shape, _SURE)
    seconds = np.diff(times_us)[:, None, None] / 1e6
    seen, true = (
        np.diff(smooth(times_us, points, scores), axis=0) / trunk / seconds
        for points, scores in ((seen_tkc, scores_tk), (true_tkc, sure_tk))
    )
    known = np.isfinite(seen[..., 0]) & np.isfinite(true[..., 0])
    lower = np.minimum(scores_tk[1:], scores_tk[:-1])
    return Speeds(
        name,
        float(known.mean()),
        lower[known].astype(np.float64),
        np.hypot(*seen[known].T),
        np.hypot(*true[known].T),
        np.hypot(*(seen - true)[known].T),
    )


def cover_of(block: KeypointBlock, visibility_tk: NDArray[np.int64]) -> tuple[int, int, int]:
    """Count frames of body parts: told rightly to be covered, told so, truly so.

    A part is truly covered when none of its keypoints is in sight.
    """
    found = make_track(block)
    counts = np.zeros(3, np.int64)
    for part, names in PARTS.items():
        columns = [INFANT13.index(name) for name in names]
        hidden_t = (visibility_tk[: len(block), columns] != 2).all(axis=1) & found.usable_t
        told_t = covered(found, part)
        counts += [(hidden_t & told_t).sum(), told_t.sum(), hidden_t.sum()]
    right, told, hidden = counts.tolist()
    return right, told, hidden


def fitted(clips: list[Speeds], model: str) -> tuple[Wander, list[dict[str, object]]]:
    """Return the wander over all clips, and a row for each clip by the figures of the others.

    The factors are those of clips that are covered well enough for a figure to be given. Raises
    ``DatasetError`` for fewer than three such clips.
    """
    clips = [one for one in clips if len(one.scores) >= _FEWEST]
    if sum(one.coverage >= COVERAGE_LIMIT for one in clips) < 3:
        raise DatasetError(
            f"it takes at least three clips in which {COVERAGE_LIMIT:.0%} of keypoints are present"
        )
    rows: list[dict[str, object]] = []
    factors = []
    for one in clips:
        others = table([other for other in clips if other is not one])
        false = np.interp(one.scores, *others)
        off = factor(one, false)
        if one.coverage >= COVERAGE_LIMIT:
            factors.append(off)
        rows.append(
            {
                "clip": one.name,
                "true": round(float(one.true.mean()), 4),
                "seen": round(float(one.seen.mean()), 4),
                "left": round(left(one, false, 1.0), 4),
                "factor": round(off, 2),
                "coverage": round(one.coverage, 2),
                "cover_right_told_hidden": one.cover,
            }
        )
    scores, speeds = table(clips)
    least, most = np.quantile(factors, _TAILS)
    limits = (round(float(min(1.0, least)), 2), round(float(max(1.0, most)), 2))
    right, told, hidden = np.sum([one.cover for one in clips], axis=0).tolist()
    cover = (round(right / max(told, 1), 3), round(right / max(hidden, 1), 3))
    made = Wander(tuple(scores.tolist()), tuple(speeds.round(3).tolist()), *limits, model, *cover)
    return made, rows


def table(clips: list[Speeds]) -> tuple[Float, Float]:
    """Return scores and the root mean square of the false speed there, never rising with them."""
    scores = np.concatenate([one.scores for one in clips])
    away = np.concatenate([one.away for one in clips])
    near = [np.abs(scores - centre) <= _HALF_WIDTH for centre in CENTRES]
    kept = [
        (c, np.sqrt((away[n] ** 2).mean()))
        for c, n in zip(CENTRES, near, strict=True)
        if n.sum() >= _FEWEST
    ]
    if not kept:
        raise DatasetError("too few keypoints are present in these clips")
    centres, speeds = np.array(kept).T
    return centres, np.minimum.accumulate(speeds)


def left(clip: Speeds, false: Float, by: float) -> float:
    """Return the mean speed that is left when the false one, times a factor, is taken off."""
    return float(np.sqrt(np.clip(clip.seen**2 - (by * false) ** 2, 0, None)).mean())


def factor(clip: Speeds, false: Float) -> float:
    """Return by which factor the false speed would have left the true mean; 0 to 5."""

    def over(by: float) -> float:
        return left(clip, false, by) - float(clip.true.mean())

    if over(0.0) <= 0:
        return 0.0
    return _MOST_FACTOR if over(_MOST_FACTOR) >= 0 else float(brentq(over, 0.0, _MOST_FACTOR))


if __name__ == "__main__":
    main()
