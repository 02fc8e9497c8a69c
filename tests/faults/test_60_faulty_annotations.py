"""60. Faulty annotations are named by file and id, and nothing is half-imported."""

import json
import math

import pytest
from typer.testing import CliRunner

from tests.support.pictures import write_stick_infants
from training.data.__main__ import commands, main
from training.data.version import write_version
from training.errors import DatasetError


@pytest.fixture
def folder(tmp_path):
    return write_stick_infants(tmp_path / "theirs", 6)


def _annotation(number, **changes):
    return lambda document: document["annotations"][number].update(changes)


def _point(number, place, value):
    def change(document):
        document["annotations"][number]["keypoints"][place] = value

    return change


FAULTS = {
    "outside": (_point(1, 3, 5000.0), "annotation 2", "left_shoulder: (5000"),
    "nan": (_point(0, 1, math.nan), "annotation 1", "nose: it lies at NaN"),
    "visibility": (_point(0, 2, 7), "annotation 1", "nose: its visibility is 7"),
    "short": (_annotation(2, keypoints=[1, 2]), "annotation 3", "not 39 numbers"),
    "box": (_annotation(2, bbox=[0, 0, -3, 4]), "annotation 3", "-3 wide and 4 high"),
    "no box": (_annotation(2, bbox=None), "annotation 3", "not four finite numbers"),
    "duplicate": (_annotation(1, id=1), "annotation 1", "the id is there 2 times"),
    "twice": (_annotation(1, image_id=0), "annotation 2", "image 0 has another annotation"),
    "no image": (_annotation(1, image_id=99), "annotation 2", "no image 99"),
    "no category": (_annotation(1, category_id=9), "annotation 2", "no category 9"),
    "missing": (
        lambda d: d["images"][3].update(file_name="gone.jpg"), "image 3", "gone.jpg is missing",
    ),
    "size": (lambda d: d["images"][3].update(width=7), "image 3", "is 96×96, the file says 7×96"),
    "escape": (
        lambda d: d["images"][3].update(file_name="../../x.jpg"), "image 3", "leads out of",
    ),
    "same file": (
        lambda d: d["images"][3].update(file_name="0000.jpg"), "file 0000.jpg", "in 2 images",
    ),
}  # fmt: skip


def _spoil(folder, change):
    path = folder / "annotations.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_by_file_and_id_and_nothing_is_imported(
    fault, folder, tmp_path, capsys, monkeypatch
):
    change, where, what = FAULTS[fault]
    path = _spoil(folder, change)
    images, out = str(folder / "images"), str(tmp_path / "ours")
    arguments = ["import", str(path), "--images", images, "--out", out]
    with pytest.raises(SystemExit) as left:
        main(lambda: commands(arguments, standalone_mode=False))
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert f"{path}: {where}: " in said
    assert what in said
    assert [entry.name for entry in tmp_path.iterdir()] == ["theirs"]


def test_check_says_the_same_to_machines(folder):
    _spoil(folder, FAULTS["nan"][0])
    done = CliRunner().invoke(commands, ["check", str(folder), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.output)["faults"][0]["where"] == "annotation 1"


def test_a_sound_folder_passes(folder):
    write_version(folder, {})
    done = CliRunner().invoke(commands, ["check", str(folder)])
    assert done.exit_code == 0, done.output
    assert "no fault" in done.output


def test_an_infant_on_two_sides_stops_training_and_no_key_lets_it_through(tmp_path):
    pytest.importorskip("mmpose")
    from training import build
    from training.spec import DataSpec, parse_spec

    write_stick_infants(tmp_path / "train", 6)
    write_stick_infants(tmp_path / "val", 6)
    spec = parse_spec(
        'name = "x"\n[network]\nname = "lite_hrnet_18"\n'
        '[data]\ntrain = ["train"]\nval = ["val"]\n[run]\nwork_dir = "run"\nworkers = 0\n',
        tmp_path / "spec.toml",
    )
    with pytest.raises(DatasetError, match=r"infant s0-0 stands on both sides.*\(6 such\)"):
        build.train_loader(spec)
    assert not [name for name in DataSpec.model_fields if "leak" in name or "allow" in name]


def test_a_version_with_a_split_lets_one_folder_serve_both_sides(tmp_path):
    pytest.importorskip("mmpose")
    from training import build
    from training.spec import parse_spec

    folder = write_stick_infants(tmp_path / "set", 8)
    write_version(folder, {}, (), {"val": ["infant s0-1", "infant s0-2"]})
    spec = parse_spec(
        'name = "x"\n[network]\nname = "lite_hrnet_18"\n'
        '[data]\ntrain = ["set"]\nval = ["set"]\n[run]\nwork_dir = "run"\nworkers = 0\n',
        tmp_path / "spec.toml",
    )
    assert len(build.train_loader(spec).dataset) == 6
    assert len(build.validation_loader(spec).dataset) == 2
