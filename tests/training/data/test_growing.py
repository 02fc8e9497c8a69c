"""Labels that grow: infants keep their side, every version knows the one before."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13
from tests.support.pictures import write_stick_infants
from training.data.coco import read_pictures
from training.data.growing import grow, sides_of
from training.data.version import read_version
from training.errors import DatasetError


def labels(folder: Path, infants: dict[str, int]) -> Path:
    """Write stick infants, so many pictures of each."""
    write_stick_infants(folder, sum(infants.values()))
    path = folder / "annotations.json"
    content = json.loads(path.read_text())
    names = [name for name, count in infants.items() for _ in range(count)]
    for image, name in zip(content["images"], names, strict=True):
        image["infant"] = name
    path.write_text(json.dumps(content))
    return folder


def test_the_first_infant_is_learned_from_and_the_second_is_validated_on():
    assert sides_of(Counter({"a": 10}), {}, 0.2) == {"train": ["a"]}
    both = sides_of(Counter({"a": 10, "b": 10}), {}, 0.2)
    assert {len(groups) for groups in both.values()} == {1}
    assert set(both) == {"train", "val"}


def test_infants_keep_their_side_however_the_set_grows():
    known: dict[str, str] = {}
    for count in range(1, 40):
        sizes = Counter({f"infant {number}": 3 + number % 5 for number in range(count)})
        split = sides_of(sizes, known, 0.2)
        sides = {group: side for side, groups in split.items() for group in groups}
        assert sides.keys() == sizes.keys()
        assert known.items() <= sides.items()
        known = sides
    share = sum(3 + int(g.split()[1]) % 5 for g, side in known.items() if side == "val")
    assert 0.15 < share / sizes.total() < 0.3


def test_a_version_names_its_parent_and_no_infant_stands_on_both_sides(tmp_path: Path):
    first = grow(labels(tmp_path / "l1", {"Ada": 4, "Ben": 4}), tmp_path / "v1", None)
    second = grow(
        labels(tmp_path / "l2", {"Ada": 4, "Ben": 6, "Cleo": 5}), tmp_path / "v2", tmp_path / "v1"
    )
    assert second.parents == (first.hash,)
    assert read_version(tmp_path / "v2") == second
    for group in ("infant Ada", "infant Ben"):
        assert second.side_of(group) == first.side_of(group)
    train, val = (
        set(read_pictures([tmp_path / "v2"], INFANT13, side).groups) for side in ("train", "val")
    )
    assert train | val == {"infant Ada", "infant Ben", "infant Cleo"}
    assert not train & val


def test_faulty_labels_leave_nothing_behind(tmp_path: Path):
    folder = labels(tmp_path / "l", {"Ada": 2})
    next((folder / "images").iterdir()).unlink()
    with pytest.raises(DatasetError, match="missing"):
        grow(folder, tmp_path / "v", None)
    assert not (tmp_path / "v").exists()
