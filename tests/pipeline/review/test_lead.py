"""A whole review: what it stores, what it writes, and that it is the same however it is worked."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from db.folders import RUN_FILE
from db.lifecycle import open_read_only
from db.store import Store
from pipeline.errors import ModelLoadError, ReviewError
from pipeline.review.tables import columns
from pipeline.review.tools import Setup
from tests.support.reviewing import infant_clip, request_for, review, stored


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """One clip of 4 s, reviewed with two workers in parts of 2 s."""
    folder = tmp_path_factory.mktemp("review")
    clip = infant_clip(folder / "Bay 3, morning.mp4")
    (outcome,) = review([clip], folder, workers=2, part_us=2_000_000)
    return folder, clip, outcome


@pytest.mark.slow
def test_every_frame_is_stored_once_and_the_verdict_says_so(reviewed):
    folder, _, outcome = reviewed
    assert (outcome.verdict, outcome.line, outcome.name) == ("done", "", "Bay 3, morning.mp4")
    series = stored(folder, outcome.summary["recording"])
    assert len(series.block) == 60
    steps_us = np.diff(series.block.times_us)
    assert (np.abs(steps_us - 66_667) < 100).all()
    assert [(run.width, run.height) for run in series.runs] == [(480, 270)]
    assert np.isfinite(series.block.keypoints_tkc).mean() > 0.8


@pytest.mark.slow
def test_the_recording_is_closed_and_its_minutes_are_rolled_up(reviewed):
    folder, _, outcome = reviewed
    engine = open_read_only(folder / "review.db")
    store = Store(engine)
    recording = store.recording(outcome.summary["recording"])
    assert (recording.source, recording.clean_end) == ("file", True)
    assert len(store.segments(recording.id)) == 1
    rollups = store.rollups_of_recording(recording.id)
    assert int(rollups.frames_seen.sum()) == 60
    assert store.review_of(recording.id).verdict == "done"
    engine.dispose()


@pytest.mark.slow
def test_the_overlay_is_what_browsers_play_and_holds_every_frame(reviewed):
    folder, _, outcome = reviewed
    path = folder / "out" / "videos" / outcome.folder / "overlay.mp4"
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        times = [frame.time for frame in container.decode(stream)]
    assert times == pytest.approx([n / 15 for n in range(60)], abs=1e-3)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # starts before it is all there


@pytest.mark.slow
def test_both_tables_say_the_same_and_their_raw_points_are_the_stored_ones(reviewed):
    folder, _, outcome = reviewed
    results = folder / "out" / "videos" / outcome.folder
    table = pyarrow.parquet.read_table(results / "keypoints.parquet")
    assert table.column_names == columns()
    frame = table.to_pandas()
    again = pyarrow.csv.read_csv(results / "keypoints.csv").to_pandas()
    np.testing.assert_allclose(frame["nose_x"], again["nose_x"], rtol=1e-5)
    raw = stored(folder, outcome.summary["recording"]).block.keypoints_tkc
    np.testing.assert_array_equal(frame["left_knee_raw_y"].to_numpy(), raw[:, 9, 1])
    assert frame["time_s"].iloc[-1] == pytest.approx(59 / 15, abs=1e-3)
    about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert "Research use only" in about["note"]


@pytest.mark.slow
def test_the_summary_holds_the_measures_with_their_coverage(reviewed):
    folder, _, outcome = reviewed
    results = folder / "out" / "videos" / outcome.folder
    summary = json.loads((results / "summary.json").read_text())
    assert summary == outcome.summary
    assert (summary["frames"], summary["frames_expected"]) == (60, 60)
    assert 0.8 <= summary["coverage"] <= 1
    assert 0.01 < summary["quantity_of_motion"]["mean"] < 2
    assert len(summary["strip"]["motion"]) == 4
    assert "Research use only" in summary["note"]
    assert not (results / "parts").exists()


@pytest.mark.slow
def test_one_worker_and_no_overlay_give_the_same_keypoints(reviewed, tmp_path: Path):
    folder, clip, outcome = reviewed
    (alone,) = review([clip], tmp_path, workers=1, part_us=2_000_000, overlay=False)
    there = stored(folder, outcome.summary["recording"]).block
    here = stored(tmp_path, alone.summary["recording"]).block
    np.testing.assert_array_equal(there.keypoints_tkc, here.keypoints_tkc)
    np.testing.assert_array_equal(there.times_us, here.times_us)
    assert "overlay.mp4" not in alone.summary["files"]


@pytest.mark.slow
def test_the_tables_hold_what_the_chosen_smoother_gives_and_measures_stay_the_same(
    reviewed, tmp_path: Path
):
    folder, clip, outcome = reviewed
    changes = {"part_us": 2_000_000, "overlay": False, "smoother": "transformer"}
    (refined,) = review([clip], tmp_path, **changes)
    tables = [
        pyarrow.parquet.read_table(at / "out" / "videos" / one.folder / "keypoints.parquet")
        for at, one in ((folder, outcome), (tmp_path, refined))
    ]
    one, other = (table.to_pandas() for table in tables)
    differences = np.abs(one["left_wrist_x"] - other["left_wrist_x"])
    assert 0 < differences.max() < 20
    np.testing.assert_array_equal(one["left_wrist_raw_x"], other["left_wrist_raw_x"])
    assert refined.summary["quantity_of_motion"] == outcome.summary["quantity_of_motion"]
    assert "transformer in tables" in refined.summary["smoothing"]
    assert b"transformer in tables" in tables[1].schema.metadata[b"smoothing"]


@pytest.mark.slow
def test_a_settled_review_is_taken_over_by_resume_and_by_nothing_else(reviewed):
    folder, clip, outcome = reviewed
    with pytest.raises(ReviewError, match="--resume"):
        review([clip], folder)
    (again,) = review([clip], folder, resume=True)
    assert again == outcome
    engine = open_read_only(folder / "review.db")
    assert len(Store(engine).recordings()) == 1
    engine.dispose()


def test_a_folder_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(ReviewError, match="not empty"):
        review([tmp_path / "a.mp4"], tmp_path)


def test_a_run_of_another_model_is_not_gone_on_with(tmp_path: Path):
    (tmp_path / "out").mkdir()
    begun = {"run": "1", "model_sha256": "0" * 64, "state": "running"}
    (tmp_path / "out" / RUN_FILE).write_text(json.dumps(begun))
    with pytest.raises(ReviewError, match="another model"):
        review([tmp_path / "a.mp4"], tmp_path, resume=True)


def test_a_model_that_cannot_be_used_is_told_before_anything_is_made(tmp_path: Path):
    with pytest.raises(ModelLoadError):
        review([tmp_path / "a.mp4"], tmp_path, setup=Setup(tmp_path / "none", "cpu"))
    assert not request_for([], tmp_path).out.exists()
