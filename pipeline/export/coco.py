"""COCO keypoints: an image a frame, named by its number, and an annotation where there is a pose.

Visibility is 2 where a point is present, 1 where it is doubtful, 0 where it is absent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.confidence import DOUBTFUL_SCORE, PRESENT_SCORE
from pipeline.export.base import NOTE, Take, exporter


@exporter("coco", ".json")
def write_coco(take: Take, path: Path) -> None:
    """Write one COCO file; ids begin at 1."""
    width, height = take.size_wh
    document = {
        "info": {
            "description": f"{take.subject}; {NOTE}",
            "contributor": f"{take.software}, {take.model}",
            "date_created": take.started.isoformat(),
        },
        "images": [
            {
                "id": number,
                "file_name": f"frame_{number:08d}.png",
                "width": width,
                "height": height,
                "time_s": round(time_s, 6),
            }
            for number, time_s in enumerate(take.times_s.tolist(), start=1)
        ],
        "annotations": [one for one in map(_annotator(take), range(len(take.times_s))) if one],
        "categories": [
            {
                "id": 1,
                "name": "infant",
                "supercategory": "person",
                "keypoints": list(take.skeleton.keypoints),
                "skeleton": [[a + 1, b + 1] for a, b in take.skeleton.limb_indices],
            }
        ],
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def _annotator(take: Take) -> Any:
    visible_tk = np.where(
        take.scores_tk >= PRESENT_SCORE, 2, np.where(take.scores_tk >= DOUBTFUL_SCORE, 1, 0)
    )
    visible_tk[np.isnan(take.keypoints_tkc[..., 0])] = 0

    def annotation(t: int) -> dict[str, Any] | None:
        visible_k, points_kc = visible_tk[t], take.keypoints_tkc[t].astype(np.float64)
        seen = visible_k > 0
        if not seen.any():
            return None
        low, high = points_kc[seen].min(axis=0), points_kc[seen].max(axis=0)
        size = high - low
        points = np.column_stack([np.where(seen[:, None], points_kc, 0), visible_k])
        return {
            "id": t + 1,
            "image_id": t + 1,
            "category_id": 1,
            "iscrowd": 0,
            "keypoints": [round(float(value), 3) for value in points.ravel()],
            "num_keypoints": int(seen.sum()),
            "bbox": [round(float(value), 3) for value in (*low, *size)],
            "area": round(float(size.prod()), 3),
            "score": round(float(take.scores_tk[t].mean()), 5),
        }

    return annotation
