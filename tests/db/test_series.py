from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from db.engine import writing
from db.errors import CodecError, NotFound
from db.schema import MinuteRollup, Recording
from db.times import MINUTE_US
from tests.support.recorder import START_US, begin, begin_segment, make_model, recording
from tests.support.tracks import infant_tracks

MINUTE = 1500


def _record_more(session, block, *, same_recording: bool = False) -> None:
    started_us = int(block.times_us[0])
    if same_recording:
        session.segment_id = begin_segment(
            session.writer, session.recording_id, started_us=started_us
        )
    else:
        session.writer.end_recording(session.recording_id, ended_us=started_us - 1)
        session.recording_id, session.segment_id = begin(
            session.store, session.writer, session.cot_id, started_us=started_us
        )
    session.append(block)


def test_a_span_of_a_cot_reaches_over_its_recordings_and_segments(tmp_path: Path):
    parts = [infant_tracks(MINUTE, start_us=START_US + n * 90_000_000, seed=n) for n in range(3)]
    with recording(tmp_path / "cotside.db") as session:
        session.append(parts[0])
        _record_more(session, parts[1], same_recording=True)
        _record_more(session, parts[2])
        session.writer.end_recording(session.recording_id)
        store, cot_id = session.store, session.cot_id
        whole = store.keypoints(cot_id=cot_id)
        assert len(whole.block) == 3 * MINUTE
        assert len({run.recording_id for run in whole.runs}) == 2
        assert [(run.width, run.height) for run in whole.runs] == [(1280, 720)] * 3

        from_us, to_us = int(parts[0].times_us[700]), int(parts[2].times_us[10])
        part = store.keypoints(cot_id=cot_id, from_us=from_us, to_us=to_us)
        np.testing.assert_array_equal(
            part.block.times_us,
            np.concatenate([parts[0].times_us[700:], parts[1].times_us, parts[2].times_us[:10]]),
        )
        assert [run.stop - run.start for run in part.runs] == [800, 1500, 10]
        assert len(store.segments_of_cot(cot_id, from_us, to_us)) == 3
        assert len(store.segments_of_cot(cot_id, from_us, int(parts[0].times_us[-1]))) == 1


def test_an_empty_span_is_an_empty_series(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        session.append(infant_tracks(100))
        session.writer.end_recording(session.recording_id)
        series = session.store.keypoints(cot_id=session.cot_id, from_us=0, to_us=1000)
        assert len(series.block) == 0
        assert series.runs == ()


def test_another_cots_frames_stay_out(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        session.append(infant_tracks(10))
        other = session.store.add_cot("other")
        session.recording_id, session.segment_id = begin(
            session.store, session.writer, other, started_us=START_US
        )
        session.append(infant_tracks(20))
        session.writer.end_recording(session.recording_id)
        assert len(session.store.keypoints(cot_id=session.cot_id).block) == 10
        assert len(session.store.keypoints(cot_id=other).block) == 20


def test_models_of_different_keypoint_counts_are_not_mixed(tmp_path: Path):
    block = infant_tracks(20)
    with recording(tmp_path / "cotside.db") as session:
        session.append(block[:10])
        seventeen = session.writer.register_model(make_model("7" * 64))
        for t in range(10, 20):
            session.writer.append(
                session.segment_id, seventeen, block.times_us[t], 0, np.zeros((17, 2)), np.zeros(17)
            )
        session.writer.end_recording(session.recording_id)
        with pytest.raises(CodecError, match="different keypoint counts"):
            session.store.keypoints(recording_id=session.recording_id)
        to_us = int(block.times_us[10])
        assert len(session.store.keypoints(cot_id=session.cot_id, to_us=to_us).block) == 10


def test_a_recording_or_a_cot_has_to_be_named(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session, pytest.raises(TypeError, match="name a"):
        session.store.keypoints()


def test_recordings_are_found_by_the_time_they_touch(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        session.writer.end_recording(session.recording_id, ended_us=START_US + 100)
        store, cot_id = session.store, session.cot_id
        assert len(store.recordings(cot_id)) == 1
        assert len(store.recordings(cot_id, START_US + 100, START_US + 200)) == 1
        assert store.recordings(cot_id, START_US + 101, START_US + 200) == []
        assert store.recordings(cot_id, START_US - 100, START_US) == []
        assert store.recordings(cot_id + 1) == []
        with pytest.raises(NotFound):
            store.recording(99)


def test_a_reviewed_file_is_a_recording_without_a_cot(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        made = session.writer.begin_recording(Recording(source="file", name="clip.mp4"))
        session.segment_id = begin_segment(session.writer, made, started_us=START_US)
        session.append(infant_tracks(5))
        session.writer.end_recording(made)
        assert len(session.store.keypoints(recording_id=made).block) == 5


def test_an_infant_that_moves_keeps_its_recordings(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        store = session.store
        infant = store.add_infant("ada")
        for name in ("B", "C"):
            session.writer.begin_recording(
                Recording(cot_id=store.add_cot(name), source="live", name=name, infant_id=infant)
            )
        assert {r.name for r in store.recordings(infant_id=infant)} == {"B", "C"}


def _rollup(recording_id: int, minute: int, **values) -> MinuteRollup:
    wanted = {
        "version": 1,
        "frames_expected": 1500,
        "frames_seen": 1500,
        "frames_assessable": 1500,
        "coverage": 1.0,
        "quantity_of_motion_mean": 0.1 * minute,
        "limbs": {"left_arm": 0.5},
        "reasons": {},
    }
    return MinuteRollup(
        recording_id=recording_id, minute_us=START_US + minute * MINUTE_US, **{**wanted, **values}
    )


def test_a_trend_is_columns_over_all_recordings_of_the_cot(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        other = session.writer.begin_recording(
            Recording(cot_id=session.cot_id, source="live", name="b", started_us=START_US)
        )
        with writing(session.engine) as rows:
            rows.add_all([_rollup(session.recording_id, minute) for minute in range(5)])
            rows.add_all([_rollup(other, 5, limbs={}, reasons={"frozen": 7}, coverage=None)])
            rows.add(_rollup(other, 6, posture="prone", bouts=3, covered={"legs": 12.5}))
        store = session.store
        trend = store.rollups(session.cot_id, START_US + MINUTE_US, START_US + 6 * MINUTE_US)
        np.testing.assert_array_equal(np.diff(trend.minute_us), MINUTE_US)
        np.testing.assert_allclose(trend.quantity_of_motion_mean, [0.1, 0.2, 0.3, 0.4, 0.5])
        assert np.isnan(trend.quantity_of_motion_sd).all()
        assert np.isnan(trend.coverage).tolist() == [False] * 4 + [True]
        assert np.isnan(trend.limbs["left_arm"]).tolist() == [False] * 4 + [True]
        assert trend.reasons[-1] == {"frozen": 7}
        assert trend.frames_seen.dtype == np.int64
        whole = store.rollups_of_recording(other)
        assert whole.posture == (None, "prone")
        np.testing.assert_array_equal(whole.bouts, [np.nan, 3])
        assert whole.covered == ({}, {"legs": 12.5})


def test_a_trend_of_nothing_has_no_rows(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        trend = session.store.rollups(session.cot_id)
        assert len(trend) == 0
        assert trend.limbs == {}


def test_the_quantity_of_motion_alone_is_that_of_the_whole_rows(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        other = session.writer.begin_recording(
            Recording(cot_id=session.cot_id, source="live", name="b", started_us=START_US)
        )
        with writing(session.engine) as rows:
            rows.add_all([_rollup(session.recording_id, minute) for minute in range(3)])
            rows.add(_rollup(session.recording_id, 3, quantity_of_motion_mean=None))
            # The other recording covers minute 1 better, and minute 2 less well.
            rows.add(_rollup(other, 1, quantity_of_motion_mean=7.0, frames_assessable=1501))
            rows.add(_rollup(other, 2, quantity_of_motion_mean=8.0, frames_assessable=1))
        alone = session.store.motion(session.cot_id, START_US, START_US + 4 * MINUTE_US)
        np.testing.assert_array_equal(np.diff(alone.starts_us), MINUTE_US)
        np.testing.assert_allclose(alone.quantity_t, [0, 7.0, 0.2, np.nan])
        assert len(session.store.motion(session.cot_id, START_US, START_US).starts_us) == 0


def test_bins_of_the_database_are_those_of_the_minutes(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        with writing(session.engine) as rows:
            rows.add_all([_rollup(session.recording_id, minute) for minute in range(7)])
            rows.add(_rollup(session.recording_id, 7, quantity_of_motion_mean=None))
            rows.add(_rollup(session.recording_id, 12, quantity_of_motion_mean=None))
        width_us = 4 * MINUTE_US
        start_us = START_US - START_US % width_us
        bins = session.store.motion_bins(
            session.cot_id, START_US, START_US + 20 * MINUTE_US, width_us
        )
        series = session.store.motion(session.cot_id, START_US, START_US + 20 * MINUTE_US)
        place = (series.starts_us - start_us) // width_us
        for at, bin_us in enumerate(bins.starts_us.tolist()):
            held = series.quantity_t[place == (bin_us - start_us) // width_us]
            known = held[np.isfinite(held)]
            assert (bins.recorded[at], bins.known[at]) == (len(held), len(known))
            wanted = [known.min(), known.mean(), known.max()] if len(known) else [np.nan] * 3
            got = [bins.low[at], bins.mean[at], bins.high[at]]
            np.testing.assert_allclose(got, wanted)
        assert bins.recorded.sum() == 9
        nothing = session.store.motion_bins(session.cot_id, 0, 1, width_us)
        assert nothing.starts_us.size == 0
