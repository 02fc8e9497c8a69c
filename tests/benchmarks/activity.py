"""How well the activity state is told on rendered clips, frame by frame.

    python -m tests.benchmarks.activity [CLIP.mp4 ...] [--model M] [--jitter 0.002]

The truth is the state that a clip's true keypoints give (its JSON lies beside it). Prints, as JSON,
precision, recall and frames of each state and the share of frames told at all: by a model's
keypoints, and by the true ones with a detector's jitter. Without clips: those of the demonstration,
on which the shipped network's wander was fitted.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from db.codec import KeypointBlock
from pipeline.models.session import load_model
from pipeline.movement import make_track
from pipeline.movement.state import STATES, activity
from pipeline.movement.wander import of_bundled_model
from training.seen_clip import seen_clip
from training.temporal.tracks import trunk_of
from training.wander import CLIPS


def main() -> None:
    """Compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="*", help="MP4 files with their JSON beside")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--jitter", type=float, default=0.002, help="trunks")
    options = parser.parse_args()
    model = load_model(options.model)
    true, by_model, by_jitter = [], [], []
    for clip in options.clips or sorted(CLIPS.glob("*.mp4")):
        found = seen_clip(clip, model)
        seen, points_tkc = found.block, found.true_tkc
        true.append(activity(make_track(told(seen, points_tkc))))
        by_model.append(activity(make_track(seen, wander=of_bundled_model())))
        shake = np.random.default_rng(0).normal(0, options.jitter, points_tkc.shape)
        shaken_tkc = points_tkc + shake * trunk_of(points_tkc)
        by_jitter.append(activity(make_track(told(seen, shaken_tkc))))
    print(json.dumps({"model": compared(true, by_model), "jitter": compared(true, by_jitter)}))


def told(seen: KeypointBlock, points_tkc: np.ndarray) -> KeypointBlock:
    """Return the frames of a block with other points, all of them sure."""
    flags_t = np.zeros(len(seen), np.uint16)
    return KeypointBlock(seen.times_us, flags_t, points_tkc, np.ones(points_tkc.shape[:2]))


def compared(true: list[np.ndarray], found: list[np.ndarray]) -> dict[str, object]:
    """Return precision and recall of each state among the frames of which both tell one."""
    true_t, found_t = np.concatenate(true), np.concatenate(found)
    known_t = np.isfinite(true_t) & np.isfinite(found_t)
    out: dict[str, object] = {"told": round(float(known_t.mean()), 3)}
    for number, state in enumerate(STATES):
        is_t, said_t = (known_t & (one_t == number) for one_t in (true_t, found_t))
        hits = int((is_t & said_t).sum())
        out[state] = {
            "precision": round(hits / said_t.sum(), 2) if said_t.any() else None,
            "recall": round(hits / is_t.sum(), 2) if is_t.any() else None,
            "frames": int(is_t.sum()),
        }
    return out


if __name__ == "__main__":
    main()
