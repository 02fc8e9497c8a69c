from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.skeleton import INFANT13
from tests.support.pictures import write_stick_infants
from training.data.coco import read_pictures
from training.data.doubts import find_doubts, place_words, write_doubts_page
from training.errors import DatasetError


@pytest.fixture
def spoilt(tmp_path: Path) -> tuple[Path, Path]:
    """Stick infants, the knees of the third swapped, and honest predictions of them."""
    folder = write_stick_infants(tmp_path / "set", 8)
    pictures = read_pictures([folder], INFANT13)
    results = [
        {
            "image_id": image["id"],
            "file_name": image["file_name"],
            "keypoints": np.column_stack([points[:, :2], np.full(13, 0.9)]).ravel().tolist(),
        }
        for image, points in zip(pictures.strata, pictures.keypoints_nkc, strict=True)
    ]
    predictions = tmp_path / "results.json"
    predictions.write_text(json.dumps(results))
    path = folder / "annotations.json"
    document = json.loads(path.read_text())
    flat = np.reshape(document["annotations"][2]["keypoints"], (13, 3))
    pair = [INFANT13.index("left_knee"), INFANT13.index("right_knee")]
    flat[pair] = flat[pair[::-1]]
    document["annotations"][2]["keypoints"] = flat.ravel().tolist()
    path.write_text(json.dumps(document))
    (folder / "version.json").unlink(missing_ok=True)
    return folder, predictions


def test_a_swap_is_named_by_its_file_and_shown_beside_the_model(
    spoilt: tuple[Path, Path], tmp_path: Path
):
    pictures, labels, found = find_doubts(*spoilt)
    assert found[0].kind == "swap"
    name = pictures.paths[2].name
    assert place_words(pictures, found[0]).startswith(f"{name}: left and right knee seem swapped")
    write_doubts_page(tmp_path / "doubts.html", pictures, labels, found)
    page = (tmp_path / "doubts.html").read_text()
    assert page.count("data:image/jpeg") == 2 * len(found)
    assert "Research use only" in page


def test_predictions_of_another_kind_are_refused_by_name(spoilt: tuple[Path, Path], tmp_path: Path):
    bad = tmp_path / "bad.json"
    bad.write_text('[{"image_id": 1, "keypoints": [1, 2, 3]}]')
    with pytest.raises(DatasetError, match=r"bad\.json: result 0: does not hold 13 points"):
        find_doubts(spoilt[0], bad)
