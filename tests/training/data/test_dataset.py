import dataclasses
import json
import shutil

import numpy as np
import pytest

pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13
from tests.support.pictures import write_stick_infants
from training.data.coco import read_pictures
from training.data.dataset import EpochSampler, TrainPictures
from training.errors import DatasetError
from training.spec import AugmentSpec


@pytest.fixture
def dataset(tmp_path):
    write_stick_infants(tmp_path / "train" / "s0", 10)
    return TrainPictures((tmp_path / "train",), INFANT13, AugmentSpec(), (64, 64), seed=5)


def test_an_item_depends_on_seed_epoch_and_position_only(dataset):
    first, again = dataset[3], dataset[3]
    assert np.array_equal(first["image"], again["image"])
    dataset.epoch = 1
    assert not np.array_equal(first["image"], dataset[3]["image"])


def test_an_empty_cot_is_taught_as_nothing_there(dataset):
    item = dataset[4]
    assert item["weights"].tolist() == [1.0] * 13
    assert not item["present"].any()


def test_folders_finished_later_are_taken_in(dataset, tmp_path):
    assert not dataset.refresh()
    write_stick_infants(tmp_path / "train" / "s1", 5, seed=9)
    assert dataset.refresh()
    assert len(dataset) == 15


def test_fewer_pictures_are_taken_evenly_over_all(tmp_path):
    write_stick_infants(tmp_path / "train" / "s0", 10)
    few = TrainPictures((tmp_path / "train",), INFANT13, AugmentSpec(), (64, 64), count=3)
    names = [path.name for path in few.pictures.paths]
    whole = read_pictures([tmp_path / "train" / "s0"], INFANT13)
    assert names == [whole.paths[position].name for position in (0, 3, 6)]


def test_halves_share_no_infant_unless_there_is_only_one(tmp_path):
    write_stick_infants(tmp_path / "s0", 10)
    whole = read_pictures([tmp_path / "s0"], INFANT13)
    groups = ("a", "a", "b", "c", "c", "c", "d", "a", "b", "d")
    first, second = dataclasses.replace(whole, groups=groups).halves()
    assert (set(first.groups), set(second.groups)) == ({"a", "c"}, {"b", "d"})
    assert len(first) + len(second) == 10
    alone = dataclasses.replace(whole, groups=("a",) * 10).halves()
    assert [len(half) for half in alone] == [5, 5]


def test_an_epoch_repeats_no_picture_while_they_last(dataset):
    sampler = EpochSampler(dataset, 10, seed=1)
    assert sorted(sampler) == list(range(10))
    assert len(list(EpochSampler(dataset, 25, seed=1))) == 25


def _spoil(tmp_path, change):
    folder = write_stick_infants(tmp_path / "set", 3)
    path = folder / "annotations.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return folder


def test_a_keypoint_that_is_nan_is_named_by_file_and_id(tmp_path):
    def change(document):
        document["annotations"][1]["keypoints"][0] = float("nan")

    with pytest.raises(DatasetError, match=r"annotations\.json: annotation 2 .* NaN"):
        read_pictures([_spoil(tmp_path, change)], INFANT13)


def test_two_annotations_of_one_image_are_named(tmp_path):
    def change(document):
        document["annotations"][1]["image_id"] = 0

    with pytest.raises(DatasetError, match="image 0 has two annotations"):
        read_pictures([_spoil(tmp_path, change)], INFANT13)


def test_a_category_without_a_wanted_point_is_refused(tmp_path):
    def change(document):
        document["categories"][0]["keypoints"][3] = "left_flipper"

    with pytest.raises(DatasetError, match="has no left_elbow"):
        read_pictures([_spoil(tmp_path, change)], INFANT13)


def test_a_missing_picture_is_named(dataset, tmp_path):
    shutil.rmtree(tmp_path / "train" / "s0" / "images")
    with pytest.raises(DatasetError, match=r"0002\.jpg: missing"):
        dataset[2]
