"""Labels of a dataset that may be wrong, in words and in pictures (``cotside data errors``)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.annotation.doubts import Doubt, LabelSet, doubts
from pipeline.drawing import draw_pose
from pipeline.face import blur_face
from pipeline.skeleton import INFANT13
from training.data.coco import PictureSet, read_pictures
from training.errors import DatasetError

_SHOWN, _PICTURE_PX = 60, 340
_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;"
    "margin:2rem auto;padding:0 1rem}article{border-top:1px solid #8886;padding:1rem 0}"
    "figure{display:inline-block;margin:.5rem 1rem 0 0}img{max-width:100%;border-radius:8px}"
    "figcaption{font-size:.875rem;opacity:.8}h2{font-size:1.05rem;margin:0}"
)


def find_doubts(folder: Path, predictions: Path | None) -> tuple[PictureSet, LabelSet, list[Doubt]]:
    """Return a dataset's pictures, its labels beside the predictions, and the doubts, surest first.

    ``predictions``: COCO keypoint results (as ``cotside predict`` writes them) of models that did
    not learn from the picture they speak of. Raises ``DatasetError``.
    """
    pictures = read_pictures([folder], INFANT13)
    predicted, scores = None, None
    if predictions is not None:
        predicted, scores = _predicted(predictions, pictures)
    labels = LabelSet(pictures.keypoints_nkc.astype(np.float64), predicted, scores)
    return pictures, labels, doubts(labels)


def _predicted(path: Path, pictures: PictureSet) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return predictions (N, 13, 2) and scores (N, 13) by file name or image id; NaN without."""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        by_key: dict[Any, Any] = {}
        for number, result in enumerate(results):
            points = np.asarray(result["keypoints"], np.float64)
            if points.shape != (3 * len(INFANT13),):
                raise DatasetError(f"{path}: result {number}: does not hold 13 points")
            key = result.get("file_name") or result["image_id"]
            by_key[key] = points.reshape(-1, 3)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: is not COCO keypoint results: {error}") from error
    predicted = np.full((len(pictures), len(INFANT13), 2), np.nan)
    scores = np.zeros((len(pictures), len(INFANT13)))
    for row, image in enumerate(pictures.strata):
        found = by_key.get(image["file_name"], by_key.get(image["id"]))
        if found is not None:
            predicted[row], scores[row] = found[:, :2], found[:, 2]
    return predicted, scores


def place_words(pictures: PictureSet, doubt: Doubt) -> str:
    """Return a doubt in one line with its file."""
    return f"{pictures.paths[doubt.row].name}: {doubt.words}"


def write_doubts_page(
    path: Path, pictures: PictureSet, labels: LabelSet, found: Sequence[Doubt]
) -> None:
    """Write the surest doubts with pictures, faces blurred; raise ``DatasetError``."""
    shown = "".join(_article(pictures, labels, doubt) for doubt in found[:_SHOWN])
    more = len(found) - _SHOWN
    rest = f"<p>… and {more} more, in the list.</p>" if more > 0 else ""
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Labels in doubt</title><style>{_STYLE}</style><h1>Labels in doubt</h1>"
        f"<p>{len(found)} doubts in {len(pictures)} pictures, the surest first. A doubt is not an "
        "error: look, then correct or leave. Research use only; it is not a medical device.</p>"
        f"{shown}{rest}"
    )
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(page, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error


def _article(pictures: PictureSet, labels: LabelSet, doubt: Doubt) -> str:
    row = doubt.row
    figures = _figure(pictures, row, labels.points_nk3[row], "the label")
    if labels.predicted_nkc is not None and labels.scores_nk is not None:
        seen = np.column_stack([labels.predicted_nkc[row], labels.scores_nk[row]])
        figures += _figure(pictures, row, np.nan_to_num(seen), "the model")
    words = escape(place_words(pictures, doubt))
    return f"<article><h2>{escape(doubt.kind)}</h2><p>{words}</p>{figures}</article>"


def _figure(pictures: PictureSet, row: int, points_k3: NDArray[np.float64], name: str) -> str:
    image = cv2.imread(str(pictures.paths[row]), cv2.IMREAD_COLOR)
    if image is None:
        return ""
    states = points_k3[:, 2]
    scores = np.clip(states, 0, 1).astype(np.float32)
    places = points_k3[:, :2].astype(np.float32)
    drawn = draw_pose(blur_face(np.asarray(image, np.uint8), places, scores), places, scores)
    box = pictures.boxes_n4[row]
    margin = 0.15 * float(max(box[2:]))
    left, top = (max(0, int(side - margin)) for side in box[:2])
    cut = drawn[top : int(box[1] + box[3] + margin), left : int(box[0] + box[2] + margin)]
    scale = _PICTURE_PX / max(1, *cut.shape[:2])
    small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    data = base64.b64encode(cv2.imencode(".jpg", small)[1].tobytes()).decode()
    source = f"data:image/jpeg;base64,{data}"
    return f'<figure><img alt="{name}" src="{source}"><figcaption>{name}</figcaption></figure>'
