"""How far from the truth: errors in trunk lengths, and shares within a limit."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13, Skeleton

# Below this share of the box's side a trunk is seen end-on and no measure of size; the side then
# stands in for it.
END_ON_TRUNK = 0.25


def trunk_lengths(
    points_nkc: NDArray[np.floating], boxes_n4: NDArray[np.floating], skeleton: Skeleton = INFANT13
) -> NDArray[np.float64]:
    """Measure mid-shoulder to mid-hip, at least a quarter of the box's side, in pixels (N,)."""
    ends = []
    for joint in ("shoulder", "hip"):
        pair = [skeleton.index(f"{side}_{joint}") for side in ("left", "right")]
        ends.append(points_nkc[:, pair, :2].mean(1))
    seen = np.linalg.norm(ends[0] - ends[1], axis=-1)
    side = np.sqrt(boxes_n4[:, 2] * boxes_n4[:, 3])
    return np.maximum(seen, END_ON_TRUNK * side)


def trunk_errors(
    found_nkc: NDArray[np.floating],
    truth_nkc: NDArray[np.floating],
    boxes_n4: NDArray[np.floating],
    skeleton: Skeleton = INFANT13,
) -> NDArray[np.float64]:
    """Return distances in trunk lengths (N, K); inf where nothing was found (NaN)."""
    distance = np.linalg.norm(found_nkc[..., :2] - truth_nkc[..., :2], axis=-1)
    errors = distance / trunk_lengths(truth_nkc, boxes_n4, skeleton)[:, None]
    return np.where(np.isfinite(errors), errors, np.inf)


def limb_joints(skeleton: Skeleton = INFANT13) -> list[int]:
    """Return the positions of all points but the nose."""
    return [k for k, name in enumerate(skeleton.keypoints) if name != "nose"]


def share_within(
    errors_nk: NDArray[np.floating],
    visibility_nk: NDArray[np.floating],
    limit: float,
    skeleton: Skeleton = INFANT13,
) -> dict[str, float]:
    """Return the share of visible (2) points within ``limit`` trunks, all limbs and by joint.

    NaN where no such point was visible.
    """
    seen = visibility_nk == 2
    limbs = limb_joints(skeleton)
    shares = {"limbs": _share(errors_nk[:, limbs], seen[:, limbs], limit)}
    for k, name in enumerate(skeleton.keypoints):
        shares[name] = _share(errors_nk[:, k], seen[:, k], limit)
    return shares


def _share(errors: NDArray[np.floating], counted: NDArray[np.bool_], limit: float) -> float:
    return float((errors[counted] <= limit).mean()) if counted.any() else float("nan")


class TrunkPCK(BaseMetric):
    """PCK of visible limb joints at 0.1 and 0.2 trunk lengths, and the score of empty pictures."""

    default_prefix = "trunk"

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep what was found beside the truth, in crop pixels."""
        for sample in data_samples:
            truth, found = sample["gt_instances"], sample["pred_instances"]
            self.results.append(
                (
                    found["keypoints"][0],
                    truth["keypoints"][0],
                    truth["visibility"][0],
                    found["keypoint_scores"][0],
                )
            )

    def compute_metrics(self, results: list[tuple[NDArray[np.floating], ...]]) -> dict[str, float]:
        """Return PCK@0.1, PCK@0.2, and mean scores with and without an infant."""
        found, truth, visibility, scores = (
            np.stack(column) for column in zip(*results, strict=True)
        )
        full = visibility.any(1)
        if not full.any():
            return {"PCK@0.2": 0.0, "PCK@0.1": 0.0}
        shown = np.where(visibility > 0, 1.0, np.nan)[..., None] * truth
        extent = np.nanmax(shown[full], 1) - np.nanmin(shown[full], 1)
        boxes = np.concatenate([np.zeros_like(extent), extent], axis=1)
        errors = trunk_errors(found[full], truth[full], boxes)
        return {
            "PCK@0.2": share_within(errors, visibility[full], 0.2)["limbs"],
            "PCK@0.1": share_within(errors, visibility[full], 0.1)["limbs"],
            "score": float(scores[full].mean()),
            "empty_score": float(scores[~full].mean()) if (~full).any() else 0.0,
        }
