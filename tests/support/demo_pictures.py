"""A small dataset of frames of the demo's clips, which the bundled model has never learned from."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from pipeline.skeleton import INFANT13

CLIPS = Path(__file__).parents[2] / "app" / "demo" / "clips"


def write_demo_pictures(folder: Path, count: int, clip: str = "well_lit") -> Path:
    """Write ``count`` frames, evenly taken from a clip, with their true keypoints."""
    truth = json.loads((CLIPS / f"{clip}.json").read_text())
    keypoints, visibility = np.array(truth["keypoints_tkc"]), np.array(truth["visibility_tk"])
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    video = cv2.VideoCapture(str(CLIPS / f"{clip}.mp4"))
    for number in range(count):
        at = number * len(keypoints) // count
        video.set(cv2.CAP_PROP_POS_FRAMES, at)
        image = video.read()[1]
        name = f"{number:04d}.png"
        cv2.imwrite(str(folder / "images" / name), image)
        size = {"width": image.shape[1], "height": image.shape[0]}
        images.append({"id": number, "file_name": name, "infant": f"frame {at}", **size})
        low, high = keypoints[at].min(0), keypoints[at].max(0)
        points = np.column_stack([keypoints[at], visibility[at]])
        annotations.append(
            {
                "id": number + 1,
                "image_id": number,
                "category_id": 1,
                "keypoints": points.ravel().tolist(),
                "num_keypoints": 13,
                "bbox": [*low.tolist(), *(high - low).tolist()],
                "area": float(np.prod(high - low)),
                "iscrowd": 0,
            }
        )
    video.release()
    category = {"id": 1, "name": "infant", "keypoints": list(INFANT13.keypoints)}
    document = {"images": images, "annotations": annotations, "categories": [category]}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder
