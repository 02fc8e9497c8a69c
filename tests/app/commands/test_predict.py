import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli
from pipeline.errors import CotsideError


@pytest.fixture
def folder(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg"):
        cv2.imwrite(str(tmp_path / "images" / name), picture)
    boxes = {
        "images": [{"id": 7, "file_name": "b.jpg"}],
        "annotations": [{"image_id": 7, "category_id": 3, "bbox": [10, 10, 100, 90]}],
    }
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    return tmp_path


def predicted(folder, *options):
    out = folder / "results.json"
    arguments = ["predict", "--images", str(folder / "images"), "--out", str(out), *options]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(out.read_text())


def test_each_box_gets_one_coco_result_of_13_points(folder):
    (result,) = predicted(folder, "--boxes", str(folder / "boxes.json"))
    assert result["image_id"] == 7
    assert result["category_id"] == 3
    assert len(result["keypoints"]) == 39
    assert all(0 <= score <= 1 for score in result["keypoints"][2::3])


def test_without_boxes_every_picture_is_looked_at_as_a_whole(folder):
    results = predicted(folder, "--no-search")
    assert [result["file_name"] for result in results] == ["a.jpg", "b.jpg"]


def test_a_name_that_leads_out_of_the_folder_is_refused(folder):
    document = json.loads((folder / "boxes.json").read_text())
    document["images"][0]["file_name"] = "../boxes.json"
    (folder / "boxes.json").write_text(json.dumps(document))
    with pytest.raises(CotsideError, match="lies outside"):
        predicted(folder, "--boxes", str(folder / "boxes.json"))


def test_a_missing_picture_is_named(folder):
    (folder / "images" / "b.jpg").unlink()
    with pytest.raises(CotsideError, match=r"b\.jpg: is missing"):
        predicted(folder, "--boxes", str(folder / "boxes.json"))
    assert not (folder / "results.json").exists()
