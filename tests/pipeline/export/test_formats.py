"""Every format is read back by its own library, and says what was stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from pipeline.export import ExportError, Take, export, format_names
from pipeline.export.base import needed
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag

N_FRAMES = 12
KNEE = INFANT13.index("left_knee")


@pytest.fixture
def take() -> Take:
    """Twelve frames at 25 a second; frame 3 without a pose, the nose of frame 5 doubtful."""
    generator = np.random.default_rng(3)
    keypoints_tkc = generator.uniform(20, 400, (N_FRAMES, 13, 2)).astype(np.float32)
    scores_tk = generator.uniform(0.6, 1, (N_FRAMES, 13)).astype(np.float32)
    keypoints_tkc[3], scores_tk[3] = np.nan, 0
    scores_tk[5, 0] = 0.15
    flags_t = np.zeros(N_FRAMES, np.uint16)
    flags_t[3] = FrameFlag.NO_INFANT
    return Take(
        times_s=np.arange(N_FRAMES) / 25,
        keypoints_tkc=keypoints_tkc,
        scores_tk=scores_tk,
        flags_t=flags_t,
        subject="preemie-7",
        started=datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC),
        size_wh=(640, 480),
        fps=25.0,
        model="lite 1",
        software="cotside",
    )


def test_tables_are_read_back(take: Take, tmp_path: Path):
    export(take, "parquet", tmp_path / "a.parquet")
    export(take, "csv", tmp_path / "a.csv")
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    again = pyarrow.csv.read_csv(tmp_path / "a.csv")
    assert table.column_names == again.column_names
    np.testing.assert_array_equal(
        table["left_knee_x"].to_numpy(), take.keypoints_tkc[:, KNEE, 0].astype(np.float32)
    )
    assert table["reason"][3].as_py() == "no infant seen"
    assert table["nose_x"][3].as_py() is None
    assert again["nose_y"].null_count == 1
    for read in (table, again):
        scores = read["nose_score"].to_numpy()
        np.testing.assert_allclose(scores, take.scores_tk[:, 0], rtol=1e-6)
    assert table.schema.metadata[b"subject"] == b"preemie-7"
    assert table.schema.metadata[b"started"].startswith(b"2019-05-04")


def test_coco_is_read_back_by_cocos_own_tools(take: Take, tmp_path: Path):
    coco = pytest.importorskip("xtcocotools.coco").COCO
    export(take, "coco", tmp_path / "a.json")
    read = coco(str(tmp_path / "a.json"))
    assert len(read.getImgIds()) == N_FRAMES
    assert read.getAnnIds(imgIds=[4]) == []
    (found,) = read.loadAnns(read.getAnnIds(imgIds=[6]))
    points = np.array(found["keypoints"]).reshape(13, 3)
    np.testing.assert_allclose(points[:, :2], take.keypoints_tkc[5], atol=1e-3)
    assert (points[0, 2], points[1, 2], found["num_keypoints"]) == (1, 2, 13)
    assert found["score"] == pytest.approx(float(take.scores_tk[5].mean()), abs=1e-4)
    assert "preemie-7" in read.dataset["info"]["description"]
    assert read.loadCats(1)[0]["keypoints"] == list(INFANT13.keypoints)


@pytest.mark.filterwarnings("ignore")
def test_dlc_is_read_back_by_movement(take: Take, tmp_path: Path):
    load_poses = pytest.importorskip("movement.io.load_poses")
    export(take, "dlc", tmp_path / "a.csv")
    read = load_poses.from_dlc_file(tmp_path / "a.csv", fps=25)
    found = read.position.sel(keypoints="left_knee")
    np.testing.assert_allclose(found.squeeze().to_numpy(), take.keypoints_tkc[:, KNEE], atol=1e-3)
    scores = read.confidence.sel(keypoints="left_knee").squeeze().to_numpy()
    np.testing.assert_allclose(scores, take.scores_tk[:, KNEE], atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_slp_is_read_back_by_sleap_io(take: Take, tmp_path: Path):
    sio = pytest.importorskip("sleap_io")
    export(take, "slp", tmp_path / "a.slp")
    labels = sio.load_slp(str(tmp_path / "a.slp"))
    assert [frame.frame_idx for frame in labels] == [n for n in range(N_FRAMES) if n != 3]
    instance = labels[5].instances[0]
    np.testing.assert_allclose(instance.numpy(), take.keypoints_tkc[6], atol=1e-3)
    np.testing.assert_allclose(instance.points["score"], take.scores_tk[6], atol=1e-6)
    assert labels.skeletons[0].node_names == list(INFANT13.keypoints)
    assert labels.tracks[0].name == "preemie-7"


@pytest.mark.filterwarnings("ignore")
def test_nwb_is_read_back_by_pynwb(take: Take, tmp_path: Path):
    pynwb = pytest.importorskip("pynwb")
    pytest.importorskip("ndx_pose")
    export(take, "nwb", tmp_path / "a.nwb")
    with pynwb.NWBHDF5IO(str(tmp_path / "a.nwb"), "r") as file:
        read = file.read()
        pose = read.processing["behavior"]["PoseEstimation"]
        knee = pose.pose_estimation_series["left_knee"]
        np.testing.assert_array_equal(knee.data[:], take.keypoints_tkc[:, KNEE])
        np.testing.assert_allclose(knee.timestamps[:], take.times_s)
        np.testing.assert_array_equal(knee.confidence[:], take.scores_tk[:, KNEE])
        assert read.subject.subject_id == "preemie-7"
        assert list(pose.skeleton.nodes[:]) == list(INFANT13.keypoints)
        assert read.session_start_time == take.started


@pytest.mark.filterwarnings("ignore")
def test_netcdf_is_opened_and_worked_on_by_movement(take: Take, tmp_path: Path):
    xarray = pytest.importorskip("xarray")
    kinematics = pytest.importorskip("movement.kinematics")
    export(take, "netcdf", tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as read:
        velocity = kinematics.compute_velocity(read.position)
        assert velocity.shape == read.position.shape
        np.testing.assert_array_equal(
            read.position.to_numpy()[..., 0], take.keypoints_tkc.transpose(0, 2, 1)
        )
        np.testing.assert_array_equal(read.confidence.to_numpy()[..., 0], take.scores_tk)
        assert read.attrs["fps"] == 25
        assert list(read.individuals.to_numpy()) == ["preemie-7"]
        assert read.attrs["started"].startswith("2019-05-04")


def test_what_is_written_holds_no_true_name_and_no_leftover(take: Take, tmp_path: Path):
    export(take, "coco", tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert json.loads((tmp_path / "a.json").read_text())["info"]["date_created"].startswith("2019")


def test_an_unknown_format_and_a_file_that_is_there_are_refused(take: Take, tmp_path: Path):
    with pytest.raises(ExportError, match="coco, csv, dlc"):
        export(take, "xls", tmp_path / "a.xls")
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        export(take, "csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert len(format_names()) == 7


def test_a_library_that_is_missing_is_named_with_what_to_do():
    with pytest.raises(ExportError, match="uv sync --group science"):
        needed("no_such_library_of_ours", "slp")
