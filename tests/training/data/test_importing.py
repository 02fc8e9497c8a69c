import json

import numpy as np
import pytest

from pipeline.skeleton import COCO17, INFANT13
from tests.support.pictures import write_stick_infants
from training.data.check import read_document
from training.data.coco import read_pictures
from training.data.importing import import_document
from training.data.version import read_version
from training.errors import DatasetError


@pytest.fixture
def adult(tmp_path):
    """The stick infants as a COCO file of 17 points in another order of categories."""
    folder = write_stick_infants(tmp_path / "theirs", 6)
    path = folder / "annotations.json"
    document = json.loads(path.read_text())
    document["categories"][0]["keypoints"] = list(COCO17.keypoints)
    for annotation in document["annotations"]:
        ours = np.reshape(annotation["keypoints"], (13, 3))
        theirs = np.full((17, 3), 0.0)
        for name, point in zip(INFANT13.keypoints, ours, strict=True):
            theirs[COCO17.index(name)] = point
        theirs[COCO17.index("right_ankle")] = (5, 5, 0)
        annotation["keypoints"] = theirs.ravel().tolist()
    path.write_text(json.dumps(document))
    return folder


def test_points_are_taken_by_name_and_what_is_not_placed_has_no_place(adult, tmp_path):
    out = tmp_path / "ours"
    import_document(read_document(adult / "annotations.json"), out, INFANT13)
    ours = read_pictures([out], INFANT13)
    theirs = read_pictures([adult], INFANT13)
    assert ours.keypoints_nkc[:, :-1] == pytest.approx(theirs.keypoints_nkc[:, :-1])
    assert not ours.keypoints_nkc[:, -1].any()
    assert (ours.paths[0]).is_file()
    category = json.loads((out / "annotations.json").read_text())["categories"][0]
    assert tuple(category["keypoints"]) == INFANT13.keypoints
    assert read_version(out).made["by"] == "import"


def test_other_names_are_mapped_where_the_person_says_how(adult, tmp_path):
    path = adult / "annotations.json"
    path.write_text(path.read_text().replace("left_wrist", "l_hand"))
    with pytest.raises(DatasetError, match="has no left_wrist; map names"):
        import_document(read_document(path), tmp_path / "ours", INFANT13)
    document = read_document(path, None, {"l_hand": "left_wrist"})
    import_document(document, tmp_path / "ours", INFANT13)
    assert read_pictures([tmp_path / "ours"], INFANT13).keypoints_nkc[0, 5, 2] == 2


def test_a_folder_that_is_there_is_not_touched(adult, tmp_path):
    (tmp_path / "ours").mkdir()
    with pytest.raises(DatasetError, match="is there already"):
        import_document(read_document(adult / "annotations.json"), tmp_path / "ours", INFANT13)
    assert not list((tmp_path / "ours").iterdir())


def test_a_full_disk_leaves_nothing_behind(adult, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.data.importing.shutil.copyfile", full)
    with pytest.raises(DatasetError, match="cannot be written: No space left"):
        import_document(read_document(adult / "annotations.json"), tmp_path / "ours", INFANT13)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["theirs"]
