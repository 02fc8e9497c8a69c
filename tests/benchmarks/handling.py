"""How well handling is told on rendered clips in which a carer reaches in, frame by frame.

    cotside synth video --carer --height 240 --fps 5 --seconds 16 --count 14 --seed 8000 --out D
    python -m tests.benchmarks.handling D [--model M]

Prints, as JSON, precision and recall over all frames (truth: at least 1 % of the picture shows
hands; frames with less are left out), the same for each light,
and the milliseconds a frame. ``--true-poses`` takes the true keypoints in place of a model's.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import av
import numpy as np

from pipeline.estimate import Estimator
from pipeline.models.session import PoseModel, load_model
from pipeline.quality import QualityWatch
from pipeline.types import Frame, FrameFlag, Pose

LEAST_SHARE = 0.01


def main() -> None:
    """Read the folder's clips and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--true-poses", action="store_true")
    options = parser.parse_args()
    model = None if options.true_poses else load_model(options.model)
    counts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(3, int))
    spent_ms: list[float] = []
    for path in sorted(options.folder.glob("*.json")):
        truth = json.loads(path.read_text())
        found_t = watched(path.with_suffix(".mp4"), truth, model, spent_ms)
        share_t = np.array(truth["hands_share_t"])
        there_t, judged_t = share_t >= LEAST_SHARE, (share_t == 0) | (share_t >= LEAST_SHARE)
        one = np.array(
            [
                (found_t & there_t).sum(),
                (found_t & ~there_t & judged_t).sum(),
                (~found_t & there_t).sum(),
            ]
        )
        counts["all"] += one
        counts[truth["light"]] += one
    print(json.dumps(report(counts, spent_ms), indent=1))


def watched(clip: Path, truth: dict, model: PoseModel | None, spent_ms: list[float]) -> np.ndarray:
    """Return which frames of a clip are flagged as handled."""
    estimator = Estimator(model) if model else None
    quality, found = QualityWatch(), []
    with av.open(str(clip)) as reader:
        for number, decoded in enumerate(reader.decode(video=0)):
            picture = decoded.to_ndarray(format="bgr24")
            time_us = round(number * 1e6 / truth["fps"]) + 1
            if estimator is not None:
                pose = estimator.estimate({0: Frame(picture, time_us, 0, 0, number, 0)})[0]
                found.append(FrameFlag.HANDLED in pose.flags)
                continue
            quality.check(picture, time_us)
            pose = true_pose(truth, number)
            start_s = time.thread_time()
            handled = quality.with_hands(pose, quality.glance).flags & FrameFlag.HANDLED
            found.append(bool(handled))
            spent_ms.append(1000 * (time.thread_time() - start_s))
    return np.array(found)


def true_pose(truth: dict, number: int) -> Pose:
    """Return the true pose: sure where a keypoint is seen, unsure where it is hidden."""
    seen_k = np.array(truth["visibility_tk"][number]) == 2
    points_kc = np.array(truth["keypoints_tkc"][number], np.float32)
    return Pose(points_kc, np.where(seen_k, 0.9, 0.1).astype(np.float32), FrameFlag.NONE)


def report(counts: dict[str, np.ndarray], spent_ms: list[float]) -> dict:
    """Turn counts of (hit, false, missed) into shares."""
    found = {
        name: {
            "precision": round(float(hit / max(hit + false, 1)), 3),
            "recall": round(float(hit / max(hit + missed, 1)), 3),
            "handled_frames": int(hit + missed),
        }
        for name, (hit, false, missed) in counts.items()
    }
    cost = {"median_ms_a_frame": round(float(np.median(spent_ms)), 3)} if spent_ms else {}
    return {**found, **cost}


if __name__ == "__main__":
    main()
