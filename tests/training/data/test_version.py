import json

import pytest

from pipeline.skeleton import INFANT13
from tests.support.pictures import write_stick_infants
from training.data.coco import read_pictures
from training.data.exporting import export_side
from training.data.identity import group_of
from training.data.stats import stats_of
from training.data.version import read_version, split_by_group, split_by_hash, write_version
from training.errors import DatasetError


@pytest.fixture
def folder(tmp_path):
    """Twenty pictures of ten infants, two each."""
    folder = write_stick_infants(tmp_path / "set", 20)
    change(folder, lambda d: [i.update(infant=f"p{i['id'] // 2}") for i in d["images"]])
    return folder


def change(folder, how):
    path = folder / "annotations.json"
    document = json.loads(path.read_text())
    how(document)
    path.write_text(json.dumps(document))


def test_a_split_puts_each_infant_on_one_side_and_stays_in_the_version(folder):
    first = write_version(folder, {"by": "import"})
    sides = split_by_group(folder, val=0.3, test=0.1, seed=1)
    version = write_version(folder, {"by": "split"}, (first.hash,), sides)
    assert read_version(folder) == version
    assert version.hash != first.hash
    assert version.parents == (first.hash,)
    read = {s: read_pictures([folder], INFANT13, s) for s in ("train", "val", "test")}
    assert [len(pictures) for pictures in read.values()] == [12, 6, 2]
    groups = [set(pictures.groups) for pictures in read.values()]
    assert not groups[0] & groups[1]
    assert not groups[2] & (groups[0] | groups[1])


def test_the_same_seed_draws_the_same_split_and_another_another(folder):
    draws = [split_by_group(folder, val=0.3, test=0.0, seed=seed) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_the_hash_stands_for_annotations_pictures_and_split(folder):
    hashes = {write_version(folder, {}).hash}
    assert write_version(folder, {"by": "again"}).hash in hashes
    hashes.add(write_version(folder, {}, (), {"val": ["infant p1"]}).hash)
    (folder / "images" / "0000.jpg").write_bytes((folder / "images" / "0001.jpg").read_bytes())
    hashes.add(write_version(folder, {}).hash)
    change(folder, lambda d: d["annotations"][0]["keypoints"].__setitem__(0, 3.0))
    hashes.add(write_version(folder, {}).hash)
    assert len(hashes) == 4


def test_annotations_changed_behind_the_versions_back_are_refused(folder):
    write_version(folder, {})
    change(folder, lambda d: d["annotations"].pop())
    with pytest.raises(DatasetError, match=r"annotations\.json was changed since its version"):
        read_pictures([folder], INFANT13)


def test_too_few_infants_for_a_split_are_told(folder):
    change(folder, lambda d: [i.update(infant="only") for i in d["images"]])
    with pytest.raises(DatasetError, match="1 infants or sources are too few"):
        split_by_group(folder, val=0.2, test=0.0, seed=0)


@pytest.mark.parametrize(
    ("image", "group"),
    [
        ({"infant": "a7", "source": "s"}, "infant a7"),
        ({"infant": 7}, "infant 7"),
        ({"infant": True, "seed": 12}, "rendered seed 12"),
        ({"image_source": "clip 3"}, "source clip 3"),
        ({"image_source": "", "source": "b"}, "source b"),
    ],
)
def test_pictures_go_by_infant_then_by_source_then_by_seed(image, group, tmp_path):
    assert group_of(image, tmp_path) == group


def test_a_picture_of_which_nothing_is_known_stands_alone_by_its_content(tmp_path):
    for folder, contents in (("a", (b"1", b"2")), ("b", (b"3", b"1"))):
        (tmp_path / folder / "images").mkdir(parents=True)
        for number, content in enumerate(contents):
            (tmp_path / folder / "images" / f"{number}.jpg").write_bytes(content)
    one, two, three, again = (
        group_of({"file_name": f"{number}.jpg"}, tmp_path / folder)
        for folder in ("a", "b")
        for number in (0, 1)
    )
    assert len({one, two, three}) == 3
    assert again == one


@pytest.fixture
def strangers(folder):
    """Return a split dataset of whose pictures nothing is known."""

    def forget(document):
        document["images"] = [
            {key: value for key, value in image.items() if key not in ("infant", "seed")}
            for image in document["images"]
        ]

    change(folder, forget)
    write_version(folder, {}, (), split_by_group(folder, val=0.3, test=0.0, seed=0))
    return folder


def names_of(folder, side):
    return {path.name for path in read_pictures([folder], INFANT13, side).paths}


def test_a_split_holds_where_the_folder_is_moved_or_linked_to(strangers, tmp_path):
    before = names_of(strangers, "val")
    assert 0 < len(before) < 20
    (tmp_path / "link").symlink_to(strangers)
    assert names_of(tmp_path / "link", "val") == before
    moved = strangers.rename(tmp_path / "moved")
    assert names_of(moved, "val") == before
    assert not names_of(moved, "train") & before


def test_a_split_by_paths_of_an_older_release_holds_too(strangers):
    before = names_of(strangers, "val")
    path = strangers / "version.json"
    content = json.loads(path.read_text())
    content["split"] = {"val": [f"picture /gone/set/images/{name}" for name in sorted(before)]}
    path.write_text(json.dumps(content))
    assert names_of(strangers, "val") == before


def test_a_lone_picture_that_was_exported_to_both_sides_is_noticed(strangers, tmp_path):
    export_side(strangers, tmp_path / "val", "val")
    whole = read_pictures([strangers], INFANT13)
    kept = read_pictures([tmp_path / "val"], INFANT13)
    assert set(kept.groups) < set(whole.groups)


def test_an_exported_side_is_a_dataset_of_its_own_with_its_parent(folder, tmp_path):
    split = write_version(folder, {}, (), {"val": ["infant p1", "infant p4"]})
    version = export_side(folder, tmp_path / "val", "val")
    assert version.parents == (split.hash,)
    stats = stats_of(tmp_path / "val", INFANT13)
    assert (stats["pictures"], stats["infants_or_sources"]) == (4, 2)
    with pytest.raises(DatasetError, match="is there already"):
        export_side(folder, tmp_path / "val", "val")
    with pytest.raises(DatasetError, match="no picture on the side test"):
        export_side(folder, tmp_path / "test", "test")


def test_stats_count_pictures_sides_strata_and_points(folder):
    change(folder, lambda d: [i.update(posture="supine") for i in d["images"][:15]])
    write_version(folder, {}, (), {"val": ["infant p0"]})
    stats = stats_of(folder, INFANT13)
    assert stats["pictures"] == 20
    assert stats["without_infant"] == 4
    assert stats["sides"] == {"val": 2, "train": 18}
    assert stats["strata"]["posture"] == {"supine": 15}
    assert stats["points"]["nose"] == {"visible": 16, "occluded": 0, "absent": 0}


def test_an_infant_keeps_its_side_as_data_grows(tmp_path):
    small = write_stick_infants(tmp_path / "small", 12)
    large = write_stick_infants(tmp_path / "large", 40)
    for folder, count in ((small, 12), (large, 40)):
        path = folder / "annotations.json"
        document = json.loads(path.read_text())
        for number, image in enumerate(document["images"]):
            image["infant"] = f"P-{number}"
        path.write_text(json.dumps(document))
        assert len(document["images"]) == count
    before = split_by_hash(small, 0.3, 0.2, 1)
    after = split_by_hash(large, 0.3, 0.2, 1)
    known = {f"infant P-{number}" for number in range(12)}
    for side in ("val", "test"):
        assert set(before.get(side, [])) == set(after[side]) & known
    assert 4 <= len(after["val"]) <= 20
