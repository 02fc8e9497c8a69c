"""The survey of a film, and the moments it finds, on a minute whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from db.lifecycle import open_database
from db.store import Store
from pipeline.review.survey import (
    Moment,
    hidden_moments,
    jump_moments,
    stretches,
    survey,
    uncertain_moments,
)
from tests.support.hour import (
    DOUBTFUL_S,
    FPS,
    HIDDEN_S,
    LEAP_S,
    LEFT_WRIST,
    LOST_S,
    RIGHT_KNEE,
    store_film,
)

TIMES_US = np.arange(100, dtype=np.int64) * 40_000


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    engine = open_database(Path(tmp_path_factory.mktemp("survey")) / "cotside.db")
    recording_id = store_film(engine, 2)
    yield survey(Store(engine), recording_id)
    engine.dispose()


def starts_s(moments) -> list[float]:
    return [moment.from_us / 1e6 for moment in moments]


def test_every_frame_is_there_once_in_the_order_of_time(found):
    assert len(found.times_us) == 2 * 60 * FPS
    assert (np.diff(found.times_us) > 0).all()
    assert found.times_us[0] == 0


def test_a_leap_is_found_where_it_is_and_names_its_keypoint(found):
    assert starts_s(found.moments["jump"]) == [LEAP_S, LEAP_S + 60]
    assert found.moments["jump"][0].keypoints == (LEFT_WRIST,)


def test_a_hidden_knee_is_found_and_a_lost_infant_is_no_hidden_keypoint(found):
    assert starts_s(found.moments["hidden"]) == [HIDDEN_S[0], HIDDEN_S[0] + 60]
    assert {moment.keypoints for moment in found.moments["hidden"]} == {(RIGHT_KNEE,)}


def test_a_doubtful_body_is_uncertain(found):
    assert starts_s(found.moments["uncertain"]) == [DOUBTFUL_S[0], DOUBTFUL_S[0] + 60]
    assert found.moments["uncertain"][0].keypoints == (5, 6, 7, 8)


def test_where_nobody_is_seen_there_is_no_movement_and_no_confidence(found):
    lost_t = (found.times_us >= LOST_S[0] * 1e6) & (found.times_us < LOST_S[1] * 1e6)
    assert np.isnan(found.motion_t[lost_t]).all()
    assert (found.confidence_t[lost_t] == 0).all()
    assert np.isfinite(found.motion_t[200:400]).all()


def test_an_empty_recording_has_an_empty_survey(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    recording_id = store_film(engine, 1)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM chunks")
    found = survey(Store(engine), recording_id)
    engine.dispose()
    assert (len(found.times_us), found.moments["jump"]) == (0, ())


def test_stretches_bridge_short_holes_and_drop_what_is_too_short():
    wanted_t = np.zeros(100, np.bool_)
    wanted_t[[10, 11, 12, 20, 21, 60]] = True
    assert stretches(TIMES_US, wanted_t, 200_000, bridged_us=400_000) == [(10, 21)]
    assert stretches(TIMES_US, wanted_t, 0, bridged_us=400_000) == [(10, 21), (60, 60)]
    assert stretches(TIMES_US, np.zeros(100, np.bool_), 0) == []


def test_two_doubtful_keypoints_are_nothing_rare():
    doubtful_tk = np.zeros((100, 13), np.bool_)
    doubtful_tk[20:60, :2] = True
    assert uncertain_moments(TIMES_US, doubtful_tk) == ()


def test_leaps_within_half_a_second_are_one_moment():
    leapt_tk = np.zeros((100, 13), np.bool_)
    leapt_tk[30, 5] = leapt_tk[38, 6] = leapt_tk[80, 5] = True
    assert jump_moments(TIMES_US, leapt_tk) == (
        Moment(30 * 40_000, 38 * 40_000, (5, 6)),
        Moment(80 * 40_000, 80 * 40_000, (5,)),
    )


def test_a_keypoint_never_seen_before_is_not_hidden():
    present_tk = np.ones((100, 13), np.bool_)
    present_tk[:50, 3] = False
    none_tk, posed_t = np.zeros((100, 13), np.bool_), np.ones(100, np.bool_)
    assert hidden_moments(TIMES_US, present_tk, none_tk, posed_t) == ()
    present_tk[70:, 3] = False
    (moment,) = hidden_moments(TIMES_US, present_tk, none_tk, posed_t)
    assert (moment.from_us, moment.keypoints) == (70 * 40_000, (3,))
