"""FAULTS 47–49, as far as the database goes: clock jumps, the repeated hour, a clock at 1970."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from db.schema import Event
from db.times import from_us, to_us
from tests.support.recorder import START_US, begin, begin_segment, recording, wait_until
from tests.support.tracks import infant_tracks

HOUR_US = 3_600_000_000


def test_a_clock_that_jumps_back_an_hour_loses_and_doubles_nothing(tmp_path: Path):
    """The new segment is anchored an hour before the last; both read whole, in order."""
    first = infant_tracks(3000)
    second = infant_tracks(3000, start_us=int(first.times_us[-1]) - HOUR_US, seed=1)
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        session.append(first)
        session.segment_id = begin_segment(
            session.writer, session.recording_id, started_us=int(second.times_us[0])
        )
        session.append(second)
        session.writer.mark_clock_suspect(session.recording_id)
        session.writer.end_recording(session.recording_id)
        series = session.store.keypoints(recording_id=session.recording_id)
        found = session.store.recording(session.recording_id)
    assert [run.stop - run.start for run in series.runs] == [3000, 3000]
    for run, block in zip(series.runs, (first, second), strict=True):
        np.testing.assert_array_equal(series.part(run).times_us, block.times_us)
    assert found.clock_suspect is True
    assert found.ended_us >= int(first.times_us[-1])


def test_a_time_that_does_not_rise_within_a_segment_is_dropped_and_counted(tmp_path: Path):
    block = infant_tracks(10)
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        session.append(block)
        session.append(block[4:6])
        wait_until(lambda: session.writer.state.dropped_frames == 2)
        wait_until(lambda: session.writer.state.stored_frames == 10)
        assert len(session.store.keypoints(cot_id=session.cot_id).block) == 10


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_the_repeated_hour_has_no_gap_and_no_duplicate(
    zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Store two hours around the end of summer time, a frame a second, on a clock of that zone."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        start = _end_of_summer_time(zone) - timedelta(hours=1)
        block = infant_tracks(7200, fps=1.0, start_us=to_us(start))
        with recording(tmp_path / "cotside.db", started_us=to_us(start)) as session:
            session.append(block)
            session.writer.end_recording(session.recording_id, ended_us=int(block.times_us[-1]))
            got = session.store.keypoints(cot_id=session.cot_id).block
            halves = [
                session.store.keypoints(
                    cot_id=session.cot_id,
                    from_us=to_us(start + timedelta(hours=hour)),
                    to_us=to_us(start + timedelta(hours=hour + 1)),
                ).block
                for hour in range(2)
            ]
            found = session.store.recording(session.recording_id)
    finally:
        monkeypatch.undo()
        time.tzset()
    np.testing.assert_array_equal(np.diff(got.times_us), 1_000_000)
    assert [len(half) for half in halves] == [3600, 3600]
    assert found.ended_us - found.started_us == 7199 * 1_000_000


def _end_of_summer_time(zone: str) -> datetime:
    """Return the first moment, in UTC, of 2026 at which the zone's clocks went back."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    place = ZoneInfo(zone)
    while True:
        later = moment + timedelta(minutes=30)
        if later.astimezone(place).utcoffset() < moment.astimezone(place).utcoffset():
            return later
        moment = later


def test_both_sides_of_the_repeated_hour_are_different_times():
    place = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=place)
    second = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=place)
    assert to_us(second) - to_us(first) == HOUR_US
    assert from_us(to_us(second)).utcoffset() == timedelta(0)


def test_a_recording_begun_with_an_unset_clock_is_flagged(tmp_path: Path):
    with recording(tmp_path / "cotside.db", started_us=12_345_678) as session:
        assert session.store.recording(session.recording_id).clock_suspect is True
        other, _ = begin(session.store, session.writer, session.cot_id, started_us=START_US)
        assert session.store.recording(other).clock_suspect is False


def test_an_event_before_1970_is_kept(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        session.store.add_event(Event(time_us=-5, kind="k", message="m"))
        assert session.store.events()[0].time_us == -5
