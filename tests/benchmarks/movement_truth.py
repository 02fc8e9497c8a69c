"""How far measures of rendered infants are from the truth when a detector's jitter is added.

    python -m tests.benchmarks.movement_truth [--infants 20] [--seed 20]
    python -m tests.benchmarks.movement_truth --jitter CLIP.mp4 [--model M]

The first prints, as JSON, for each jitter the relative error of the quantity of motion of infants
that move at least 0.05 trunk/s, the absolute error of the quieter ones, what each would be without
taking the jitter off, and for how many it is given at all (else the keypoints are too unsteady).
The second prints the jitter of a model's keypoints on a rendered clip, in trunks: of second
differences of the error, by the median.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from db.codec import KeypointBlock
from pipeline.models.session import load_model
from pipeline.movement import Track, quantity_of_motion
from pipeline.movement.sources import block_of_video
from tests.support.rendered_motion import Truth, moving_infant
from training.synthetic.cots import sample_law
from training.synthetic.scene import stream

JITTERS = (
    (0.001, 0.0), (0.001, 0.5), (0.002, 0.0), (0.002, 0.5), (0.002, 0.8), (0.003, 0.5),
    (0.004, 0.0), (0.004, 0.5), (0.004, 0.8),
)  # fmt: skip
LEAST_TRUNKS_S = 0.05


def main() -> None:
    """Run what the options ask for and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--infants", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--jitter", type=Path)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    if options.jitter is not None:
        found = jitter_of(options.jitter, block_of_video(options.jitter, load_model(options.model)))
    else:
        seeds = range(options.seed, options.seed + options.infants)
        laws = [sample_law(stream(seed, "law"), 30.0) for seed in seeds]
        truths = [moving_infant(s, law, 30.0) for s, law in zip(seeds, laws, strict=True)]
        found = [errors_of(truths, jitter, carried) for jitter, carried in JITTERS]
    print(json.dumps(found, indent=1))


def errors_of(truths: list[Truth], jitter: float, carried: float) -> dict[str, object]:
    """Compare the quantity of motion with that of the true keypoints."""
    rows = []
    for seed, truth in enumerate(truths):
        seen = truth.seen(seed, jitter, carried)
        rows.append((mean_of(truth.track()), mean_of(seen), plain(seen)))
    true, found, uncorrected = np.array(rows).T
    given = np.isfinite(found)
    lively = (true >= LEAST_TRUNKS_S) & given
    return {
        "jitter_trunks": jitter,
        "carried_over": carried,
        "given": f"{given.sum()} of {len(given)}",
        "lively_infants": int(lively.sum()),
        "error_median_max": spread(np.abs(found / true - 1)[lively]),
        "without_taking_jitter_off": spread(np.abs(uncorrected / true - 1)[lively]),
        "quiet_infants_error_trunks_s_median_max": spread(np.abs(found - true)[~lively & given]),
    }


def mean_of(track: Track) -> float:
    """Return the mean quantity of motion, NaN where none is given."""
    given_t = quantity_of_motion(track)
    given_t = given_t[np.isfinite(given_t)]
    return float(given_t.mean()) if given_t.size else float("nan")


def plain(track: Track) -> float:
    """Return the mean speed with the jitter in it."""
    steps = np.diff(track.keypoints_tkc, axis=0) / track.trunk_px / track.near_s[:, None, None]
    return float(np.nanmean(np.hypot(steps[..., 0], steps[..., 1])))


def spread(errors: np.ndarray) -> list[float]:
    """Return median and maximum."""
    return [round(float(v), 3) for v in (np.median(errors), errors.max())] if len(errors) else []


def jitter_of(clip: Path, block: KeypointBlock) -> dict[str, object]:
    """Return how a model's keypoints shake on a clip whose true keypoints stand beside it."""
    truth = json.loads(clip.with_suffix(".json").read_text())
    away = (block.keypoints_tkc - truth["keypoints_tkc"]) / truth["movement"]["trunk_px"]
    away[block.scores_tk < 0.5] = np.nan
    second = np.abs(np.diff(away, n=2, axis=0)) / np.sqrt(6)
    by_keypoint = 1.4826 * np.nanmedian(second, axis=(0, 2))
    return {"jitter_trunks": dict(zip(truth["keypoints"], by_keypoint.round(4), strict=True))}


if __name__ == "__main__":
    main()
