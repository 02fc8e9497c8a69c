import json

import pytest

from pipeline.errors import ModelLoadError
from pipeline.models.manifest import read_manifest
from tests.support.tiny_models import manifest_for


def written(tmp_path, text=None, **changes):
    manifest = manifest_for(b"", **changes)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest) if text is None else text)
    return tmp_path


def test_a_manifest_is_read(tmp_path):
    manifest = read_manifest(written(tmp_path))
    assert manifest.name == "dots"
    assert manifest.input.size_wh == (96, 128)
    assert len(manifest.positions_of()) == 13


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format_version": 2}, "format_version"),
        ({"sha256": "abc"}, "sha256"),
        ({"licenze": "MIT"}, "'licenze'; did you mean 'licence'"),
        ({"input": {"width": 96, "height": 128, "std": [1, 0, 1]}}, "above 0"),
        ({"input": {"width": 1, "height": 128}}, "input.width"),
        ({"input": {"width": 96, "height": 128, "layout": "NHWC"}}, "layout"),
        ({"output": {"kind": "box", "decoder": "dark"}}, "output.kind"),
        ({"skeleton": {"name": "infant13", "keypoints": ["nose"]}}, "not those of infant13"),
        ({"skeleton": {"name": "x", "keypoints": ["nose", "nose"]}}, "named twice"),
        ({"calibration": {"kind": "isotonic", "x": [0.1], "y": [0.1]}}, "2 or more"),
        ({"calibration": {"kind": "isotonic", "x": [0, 1], "y": [1, 0]}}, "must not fall"),
        ({"calibration": {"kind": "isotonic", "x": [0, 1], "y": [0, 2]}}, "0 and 1"),
        ({"calibration": {"threshold": 0}}, "threshold"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_line_that_names_the_place(tmp_path, changes, words):
    with pytest.raises(ModelLoadError) as caught:
        read_manifest(written(tmp_path, **changes))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "manifest.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", "[" * 100_000])
def test_what_is_not_a_manifest_is_refused(tmp_path, text):
    with pytest.raises(ModelLoadError, match=r"manifest\.json"):
        read_manifest(written(tmp_path, text))


def test_a_folder_without_a_manifest_is_named(tmp_path):
    with pytest.raises(ModelLoadError, match="not a model folder"):
        read_manifest(tmp_path)


def test_an_oversized_manifest_is_not_parsed(tmp_path):
    with pytest.raises(ModelLoadError, match="larger than"):
        read_manifest(written(tmp_path, " " * 1_000_002))


def test_a_network_of_more_points_gives_the_needed_ones_by_name(tmp_path):
    names = ["crown", *reversed(read_manifest(written(tmp_path)).skeleton.keypoints)]
    manifest = read_manifest(written(tmp_path, skeleton={"name": "other", "keypoints": names}))
    assert manifest.positions_of() == tuple(range(13, 0, -1))
