"""Labels out and in again, by every format: places, states, empty pictures, faults by place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.annotation.formats import (
    FormatError,
    LabelledPicture,
    format_names,
    read_labels,
    write_labels,
)
from pipeline.annotation.formats.base import format_named
from pipeline.skeleton import INFANT13

SIZES = {"a.png": (64, 48), "b c.png": (97, 33), "d.png": (50, 80)}


@pytest.fixture(scope="module")
def images() -> Iterator[Path]:
    with TemporaryDirectory() as made:
        folder = Path(made) / "images"
        folder.mkdir()
        for name, (width, height) in SIZES.items():
            cv2.imwrite(str(folder / name), np.zeros((height, width, 3), np.uint8))
        yield folder


@st.composite
def labelled(draw: st.DrawFn) -> list[LabelledPicture]:
    made = []
    for name, (width, height) in SIZES.items():
        points = np.zeros((13, 3))
        for k in range(13):
            state = draw(st.sampled_from([0, 1, 2]))
            if state:
                # Hundredths of a pixel: every format keeps three digits or more.
                x = draw(st.integers(0, 100 * (width - 1))) / 100
                y = draw(st.integers(0, 100 * (height - 1))) / 100
                points[k] = x, y, state
        made.append(LabelledPicture(name, (width, height), points))
    return made


@pytest.mark.parametrize("name", format_names())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(pictures=labelled())
def test_what_is_written_is_read_back(name: str, images: Path, pictures: list[LabelledPicture]):
    with TemporaryDirectory() as folder:
        path = Path(folder) / format_named(name).target
        write_labels(name, pictures, path)
        found = {one.file: one for one in read_labels(name, path, images)}
    assert set(found) == set(SIZES)
    for wanted in pictures:
        got = found[wanted.file]
        assert got.size_wh == wanted.size_wh
        np.testing.assert_allclose(got.points_k3[:, :2], wanted.points_k3[:, :2], atol=1e-3)
        states = wanted.points_k3[:, 2]
        kept = format_named(name).keeps_occluded
        np.testing.assert_array_equal(got.points_k3[:, 2], states if kept else 2 * (states > 0))


def body() -> list[LabelledPicture]:
    points = np.column_stack([np.arange(13) * 3.0, np.arange(13) * 2.0, np.full(13, 2.0)])
    points[4, 2] = 1
    points[5] = 0
    return [LabelledPicture("a.png", SIZES["a.png"], points, "P-1", {"posture": "supine"})]


@pytest.mark.parametrize("name", ["coco", "cvat", "label-studio", "csv"])
def test_the_pseudonym_comes_through(name: str, tmp_path: Path, images: Path):
    path = tmp_path / "labels"
    write_labels(name, body(), path)
    (got,) = read_labels(name, path, images)
    assert got.subject == "P-1"


def test_coco_keeps_what_else_is_known_of_a_picture(tmp_path: Path, images: Path):
    write_labels("coco", body(), tmp_path / "c.json")
    (got,) = read_labels("coco", tmp_path / "c.json", images)
    assert got.about == {"posture": "supine"}


def test_coco_with_more_points_in_another_order_is_read_by_name(tmp_path: Path, images: Path):
    write_labels("coco", body(), tmp_path / "c.json")
    document = json.loads((tmp_path / "c.json").read_text())
    names = ["left_eye", *reversed(INFANT13.keypoints)]
    triples = np.reshape(document["annotations"][0]["keypoints"], (13, 3))[::-1].ravel().tolist()
    document["categories"][0]["keypoints"] = names
    document["annotations"][0]["keypoints"] = [1, 1, 2, *triples]
    (tmp_path / "c.json").write_text(json.dumps(document))
    (got,) = read_labels("coco", tmp_path / "c.json", images)
    np.testing.assert_allclose(got.points_k3, body()[0].points_k3)


def test_deeplabcut_s_file_is_read_by_sleap_io_as_it_reads_deeplabcut_s_own(tmp_path: Path):
    sio = pytest.importorskip("sleap_io")
    path = tmp_path / "labeled-data" / "images" / "CollectedData_cotside.csv"
    path.parent.mkdir(parents=True)
    (path.parent / "a.png").write_bytes(b"")
    write_labels("deeplabcut", body(), path)
    labels = sio.load_dlc(str(path))
    (instance,) = labels.labeled_frames[0].instances
    places = dict(zip((n.name for n in labels.skeleton.nodes), instance.numpy(), strict=True))
    assert set(places) == set(INFANT13.keypoints)
    np.testing.assert_allclose(places["left_elbow"], body()[0].points_k3[3, :2])
    assert np.isnan(places["left_wrist"]).all()


def spoilt(name: str, path: Path) -> str:
    """Write a good file and return its text, to be spoilt."""
    write_labels(name, body(), path)
    return path.read_text()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("coco", '"nose"', '"snout"', "category 1: has no point nose"),
        ("coco", '"category_id": 1', '"category_id": 9', "annotation 1: no category 9"),
        ("coco", "[0.0, 0.0, 2,", "[0.0, 0.0, 7,", "a.png: nose: its state is 7"),
        ("coco", "[0.0, 0.0, 2,", "[900.0, 0.0, 2,", r"nose: \(900, 0\) lies outside the 64×48"),
        ("coco", '"a.png"', '"../a.png"', "leads out of the folder"),
        ("coco", '"images"', '"imagse"', "is not COCO"),
        ("coco", '{"images"', '{images"', "line 1: is not JSON"),
        ("cvat", 'label="nose"', 'label="snout"', "image a.png: has no point nose"),
        ("cvat", "3.000,2.000", "3.000", "left_shoulder: holds 1 numbers, not 2"),
        ("cvat", "<annotations>", "<!DOCTYPE a><annotations>", "document type"),
        ("cvat", "</annotations>", "", "is not XML"),
        ("csv", "nose_x", "snout_x", "line 1: has no column nose_x"),
        ("csv", ",visible,", ",seen,", "line 2: nose: its state is 'seen'"),
        ("csv", "a.png,64", "a.png,wide", "line 2: holds something that is no number"),
        ("label-studio", '"x": 0.0', '"x": "far"', "task 1: nose: holds something that is no"),
        ("deeplabcut", "bodyparts", "parts", "is not CollectedData"),
        ("deeplabcut", "nose", "snout", "has no point nose"),
        ("deeplabcut", "3.000", "three", "a.png: left_shoulder: is not two numbers"),
    ],
)
def test_a_bad_file_gets_one_line_that_names_the_place(
    name: str, old: str, new: str, words: str, tmp_path: Path, images: Path
):
    path = tmp_path / "labels"
    text = spoilt(name, path)
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(FormatError, match=words) as caught:
        read_labels(name, path, images)
    assert "\n" not in str(caught.value)


def test_a_file_of_something_else_is_refused_by_every_format(tmp_path: Path, images: Path):
    path = tmp_path / "other"
    path.write_bytes(bytes(range(256)))
    for name in format_names():
        with pytest.raises(FormatError):
            read_labels(name, path, images)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path):
    with pytest.raises(FormatError, match="coco, csv, cvat, deeplabcut, label-studio, sleap, yolo"):
        read_labels("nothing", tmp_path, tmp_path)
