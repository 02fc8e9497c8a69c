"""A short retraining of the bundled model, from labels to a compared candidate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("mmpose")

from pipeline.models.comparison import CURVES_FILE, read_comparison
from pipeline.models.manifest import read_manifest
from pipeline.models.session import BUNDLED_MODEL, load_model
from tests.support.pictures import write_stick_infants
from training.errors import RunError
from training.retraining import steps
from training.retraining.order import Desk
from training.retraining.steps import Retraining

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A folder with an order: labels of three infants, drawn pictures in place of rendered ones."""

    def drawn(folder: Path, seeds: range, size_hw: tuple[int, int]) -> Path:
        write_stick_infants(folder, len(seeds), seed=seeds.start)
        _name(folder, "seed", list(seeds))
        return folder

    monkeypatch.setattr(steps, "write_shard", drawn)
    _name(
        write_stick_infants(tmp_path / "labels", 24, seed=9),
        "infant",
        ["Ada"] * 8 + ["Ben"] * 8 + ["Cleo"] * 8,
    )
    order = {
        "labels": str(tmp_path / "labels"),
        "dataset": str(tmp_path / "sets" / "v1"),
        "rendered": str(tmp_path / "sets" / "rendered"),
        "n_rendered": 40,
        "model": str(BUNDLED_MODEL),
        "version": "0.3.0+1",
        "minutes": 0.05,
    }
    (tmp_path / "order.json").write_text(json.dumps(order))
    return Desk(tmp_path)


def _name(folder: Path, key: str, values: list) -> Path:
    path = folder / "annotations.json"
    content = json.loads(path.read_text())
    for image, value in zip(content["images"], values, strict=True):
        image[key] = value
    path.write_text(json.dumps(content))
    return folder


def test_labels_become_a_candidate_that_was_compared_and_nothing_is_done_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_given, **_named):
        raise RunError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(steps, "train", broken)
        with pytest.raises(RunError):
            Retraining.at(desk).run()
    dataset = (desk.folder / "sets" / "v1" / "version.json").read_bytes()
    Retraining.at(desk).run()
    assert (desk.folder / "sets" / "v1" / "version.json").read_bytes() == dataset

    before, after = read_manifest(BUNDLED_MODEL), read_manifest(desk.out)
    assert (after.name, after.version, after.crop) == (before.name, "0.3.0+1", before.crop)
    assert after.output == before.output
    assert after.calibration.kind == "isotonic"
    assert after.figures["retrained"]["from_sha256"] == before.sha256
    load_model(desk.out, "cpu")
    found = read_comparison(desk.out)
    assert found is not None
    assert (found.candidate_sha256, found.in_use_sha256) == (after.sha256, before.sha256)
    assert found.images is not None
    assert found.images.infants_or_sources == 1
    assert found.old is not None
    assert found.old.pictures >= 8
    assert (desk.out / CURVES_FILE).read_text().startswith("step,")
    told = json.loads((desk.folder / "progress.json").read_text())
    assert [stage["share"] for stage in told["stages"]] == [1.0] * 5
    assert (told["left_s"], told["pictures"], told["infants"]) == (0.0, 24, 3)

    monkeypatch.setattr(steps, "train", broken)  # it has been done
    Retraining.at(desk).run()


def test_with_one_infant_nothing_is_said_of_infants_that_it_did_not_see(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    _name(desk.folder / "labels", "infant", ["Ada"] * 24)
    Retraining.at(desk).run()
    found = read_comparison(desk.out)
    assert found is not None
    assert found.images is None
    assert found.old is not None
