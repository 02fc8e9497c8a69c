from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.demo.fill import Plan, fill, main
from app.demo.story import tell
from db.check import check
from db.lifecycle import open_database
from db.store import Store
from pipeline.errors import SettingsError

END_US = 1_795_176_000_000_000
MINUTE_US = 60_000_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("ward") / "ward.db"
    engine = open_database(path)
    plan = Plan(cots=5, minutes=300, end_us=END_US, keypoint_minutes=1)
    yield plan, fill(engine, plan), Store(engine), path
    engine.dispose()


def test_a_made_up_ward_is_whole_and_has_minutes_keypoints_and_gaps(filled):
    plan, cots, store, path = filled
    assert check(str(path)).whole
    minutes = store.rollups(cots[0])
    gap_from, gap_to = plan.gap
    assert len(minutes) == plan.minutes - (gap_to - gap_from)
    assert np.diff(minutes.minute_us).max() == (gap_to - gap_from + 1) * MINUTE_US
    assert len(store.keypoints(cot_id=cots[0]).block) == 60 * 15


def test_what_cannot_be_assessed_is_nan_and_says_why(filled):
    _, cots, store, _ = filled
    minutes = store.rollups(cots[1])
    blocked = np.isnan(minutes.quantity_of_motion_mean)
    assert 0 < blocked.sum() < len(minutes)
    assert [bool(reason) for reason in minutes.reasons] == blocked.tolist()
    assert (np.isnan(minutes.still_s) == blocked).all()


def test_two_infants_change_places_halfway(filled):
    plan, cots, store, _ = filled
    at_us = plan.start_us + plan.swap * MINUTE_US
    before = [store.infant_in(cot_id, at_us - 1).id for cot_id in cots[2:4]]
    after = [store.infant_in(cot_id, at_us).id for cot_id in cots[2:4]]
    assert after == before[::-1]
    assert store.infant_in(cots[-1], at_us) is None


def test_the_same_seed_tells_the_same_story():
    one, again, other = tell(200, 7), tell(200, 7), tell(200, 8)
    assert one.reasons == again.reasons
    np.testing.assert_array_equal(one.quantity, again.quantity)
    assert not np.array_equal(one.quantity, other.quantity)


def test_a_database_that_is_there_is_left_alone(tmp_path: Path):
    path = tmp_path / "mine.db"
    path.write_text("precious")
    with pytest.raises(SettingsError, match="is there already"):
        main(path)
    assert path.read_text() == "precious"
