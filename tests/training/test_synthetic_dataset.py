"""A rendered data set is valid COCO, whole or absent."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from pipeline.skeleton import INFANT13
from training.synthetic.dataset import Kind, Order, scene_of, write_dataset, write_shard
from training.synthetic.own_cot import OwnCot
from training.synthetic.pose import figure_of
from training.synthetic.view import bounds


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth") / "shard"
    return write_shard(folder, range(500, 512), (96, 96))


@pytest.fixture(scope="module")
def document(shard):
    return json.loads((shard / "annotations.json").read_text(encoding="utf-8"))


def test_every_picture_is_there_in_the_size_that_is_stated(shard, document):
    assert len(document["images"]) == 12
    assert len({picture["id"] for picture in document["images"]}) == 12
    for picture in document["images"]:
        image = cv2.imread(str(shard / "images" / picture["file_name"]))
        assert image.shape == (picture["height"], picture["width"], 3)
    assert not list(shard.parent.glob("*.partial"))


def test_the_category_names_the_thirteen_points_in_order(document):
    (category,) = document["categories"]
    assert category["keypoints"] == list(INFANT13.keypoints)


def test_keypoints_are_flagged_and_lie_in_the_picture(document):
    sizes = {p["id"]: (p["width"], p["height"]) for p in document["images"]}
    for annotation in document["annotations"]:
        width, height = sizes[annotation["image_id"]]
        points = annotation["keypoints"]
        assert len(points) == 39
        for x, y, seen in zip(points[0::3], points[1::3], points[2::3], strict=True):
            assert seen in (0, 1, 2)
            if seen:
                assert -0.5 <= x <= width
                assert -0.5 <= y <= height
            else:
                assert (x, y) == (0, 0)
        assert annotation["num_keypoints"] == sum(v > 0 for v in points[2::3])


def test_the_box_holds_the_points(document):
    for annotation in document["annotations"]:
        left, top, width, height = annotation["bbox"]
        assert width > 0
        assert height > 0
        points = annotation["keypoints"]
        for x, y, seen in zip(points[0::3], points[1::3], points[2::3], strict=True):
            if seen:
                assert left - 1 <= x <= left + width + 1
                assert top - 1 <= y <= top + height + 1


def test_a_picture_without_an_infant_has_no_annotation(document):
    empty = {p["id"] for p in document["images"] if not p["infant"]}
    assert not empty & {a["image_id"] for a in document["annotations"]}
    ids = [a["id"] for a in document["annotations"]]
    assert min(ids) >= 1
    assert len(ids) == len(set(ids))


def test_a_folder_with_anything_in_it_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(FileExistsError, match="choose another"):
        write_dataset(Order(tmp_path, 2, 0, (64, 64)))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"processes": 0}, {"size_hw": (8, 8)}])
def test_an_order_that_makes_no_sense_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="at least"):
        write_dataset(Order(**{"out": tmp_path / "x", "count": 1, "seed": 0, **wrong}))
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_the_same_order_writes_the_same_files(tmp_path, shard):
    again = write_shard(tmp_path / "again", range(500, 512), (96, 96))
    for path in sorted((shard / "images").iterdir()):
        assert path.read_bytes() == (again / "images" / path.name).read_bytes()


@pytest.mark.slow
def test_the_command_writes_shards_and_says_when_each_is_ready(tmp_path):
    ready = tmp_path / "READY"
    command = [sys.executable, "-m", "training.synthetic", "images", "--out", str(tmp_path / "set")]
    command += ["--count", "2", "--seed", "9", "--size", "64", "--ready", str(ready)]
    subprocess.run(command, check=True)
    assert ready.read_text(encoding="utf-8").splitlines() == [str(tmp_path / "set")]
    assert len(list((tmp_path / "set" / "images").glob("*.jpg"))) == 2


def test_a_wards_own_cot_lies_under_the_infants(tmp_path):
    green = np.full((120, 160, 3), (20, 200, 20), np.uint8)
    cv2.imwrite(str(tmp_path / "cot.png"), green)
    kind = Kind(own=OwnCot(tmp_path / "cot.png", 20.0), truth=True)
    folder = write_shard(tmp_path / "out", range(4, 7), (96, 128), kind)
    document = json.loads((folder / "annotations.json").read_text())
    assert {entry["tilt_deg"] for entry in document["images"]} == {20.0}
    scenes = json.loads((folder / "scenes.json").read_text())
    daylight = [name for name, scene in scenes.items() if scene["look"]["light"] == "day"]
    assert daylight
    for name in daylight:
        blue, green, red = cv2.imread(str(folder / "images" / name)).mean((0, 1))
        assert green > max(blue, red)
    silhouette = cv2.imread(str(folder / "maps" / "00000004_silhouette.png"), cv2.IMREAD_UNCHANGED)
    assert set(np.unique(silhouette)) == {0, 255}


def test_empty_cots_have_no_infant(tmp_path):
    folder = write_shard(tmp_path / "out", range(3), (64, 64), Kind(empty=True))
    document = json.loads((folder / "annotations.json").read_text())
    assert not document["annotations"]
    assert not any(entry["infant"] for entry in document["images"])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind(own=OwnCot(Path("no.png"))), "not a picture"),
        (Kind(own=OwnCot(camera_angle_deg=95)), "80"),
        (Kind(own=OwnCot(camera_angle_deg=9, rectangle=(0.5, 0, 0.5, 1))), "give --background"),
    ],
)
def test_a_wrong_cot_is_named(tmp_path, kind, message):
    with pytest.raises(ValueError, match=message):
        write_dataset(Order(tmp_path / "x", 1, 0, (64, 64), kind=kind))


def test_a_mattress_past_the_edge_of_the_picture_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "cot.png"), np.full((90, 160, 3), 128, np.uint8))
    own = OwnCot(tmp_path / "cot.png", rectangle=(0.5, 0, 0.9, 1))
    with pytest.raises(ValueError, match="all of it inside"):
        write_dataset(Order(tmp_path / "x", 1, 0, (64, 64), kind=Kind(own=own)))
    assert not (tmp_path / "x").exists()


def test_infants_lie_on_the_mattress_that_was_drawn(tmp_path):
    cv2.imwrite(str(tmp_path / "cot.png"), np.full((90, 160, 3), 128, np.uint8))
    own = OwnCot(tmp_path / "cot.png", 30.0, (0.25, 0.2, 0.5, 0.6))
    assert own.size_hw((64, 64)) == (64, 114)
    for seed in range(6):
        scene = scene_of(seed, own.size_hw((64, 64)), Kind(own=own))
        _, cones = figure_of(scene.shape, scene.pose)
        low, high = bounds(scene.view, cones)
        assert (low >= np.array([0.25 * 114, 0.2 * 64]) - 0.5).all()
        assert (high <= np.array([0.75 * 114, 0.8 * 64]) + 0.5).all()
        assert scene.look.light == "infrared"  # the picture is grey
        assert (scene.view.yaw_deg + scene.view.azimuth_deg) % 360 == pytest.approx(180)
