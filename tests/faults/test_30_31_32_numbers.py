"""FAULTS 30–32: numpy scalars → numbers. NaN → NULL → NaN. Aware time → UTC µs, exact."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.engine import reading, writing
from db.lifecycle import open_database
from db.schema import Event, MinuteRollup
from db.store import Store
from db.times import from_us, to_us
from tests.support.recorder import recording, wait_until
from tests.support.tracks import START_US


def _raw(path: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    "kind", [np.int8, np.uint16, np.int32, np.int64, np.uint32, np.intp, np.longlong]
)
def test_whole_numpy_numbers_are_stored_as_integers(kind: type, tmp_path: Path):
    path = tmp_path / "cotside.db"
    engine = open_database(path)
    with writing(engine) as session:
        session.add(Event(time_us=kind(1), kind="k", message="m"))
        session.flush()
        session.connection().exec_driver_sql("UPDATE events SET end_us = ?", (kind(1),))
    engine.dispose()
    assert _raw(path, "SELECT typeof(time_us), typeof(end_us), time_us + end_us FROM events") == [
        ("integer", "integer", 2)
    ]


def test_a_numpy_truth_value_is_stored_as_a_number(tmp_path: Path):
    path = tmp_path / "cotside.db"
    engine = open_database(path)
    Store(engine).add_cot("A", keep_video=np.bool_(True))
    engine.dispose()
    assert _raw(path, "SELECT typeof(keep_video), keep_video FROM cots") == [("integer", 1)]


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_numpy_fractions_are_stored_as_numbers(kind: type, tmp_path: Path):
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.05) as session:
        session.writer.put(_rollup(session.recording_id, coverage=kind(0.5)))
    assert _raw(path, "SELECT typeof(coverage), coverage FROM minute_rollups") == [("real", 0.5)]


def test_a_measure_that_is_not_assessable_is_null_in_the_file_and_nan_again_when_read(
    tmp_path: Path,
):
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.05) as session:
        row = _rollup(
            session.recording_id, coverage=np.float32("nan"), limbs={"left_arm": math.nan}
        )
        session.writer.put(row)
        wait_until(lambda: len(session.store.rollups(session.cot_id)) == 1)
        got = session.store.rollups(session.cot_id)
        with reading(session.engine) as reader:
            mapped = reader.get(MinuteRollup, (session.recording_id, START_US))
    assert np.isnan(got.coverage[0])
    assert np.isnan(got.limbs["left_arm"][0])
    assert math.isnan(mapped.coverage)
    assert _raw(path, "SELECT typeof(coverage), limbs FROM minute_rollups") == [
        ("null", '{"left_arm":null}')
    ]


def _rollup(recording_id: int, **values) -> MinuteRollup:
    wanted = {
        "version": 1,
        "frames_expected": np.int64(1500),
        "frames_seen": 1500,
        "frames_assessable": 0,
        "coverage": 0.0,
        "limbs": {},
        "reasons": {},
    }
    return MinuteRollup(recording_id=recording_id, minute_us=START_US, **{**wanted, **values})


@given(st.datetimes(timezones=st.timezones()))
def test_an_aware_time_of_any_zone_comes_back_to_the_microsecond(moment: datetime):
    # In UTC, because Python holds no two times of different zones equal in a repeated hour.
    assert from_us(to_us(moment)) == moment.astimezone(UTC)


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_microseconds_come_back_exactly(time_us: int):
    assert to_us(from_us(time_us)) == time_us


def test_an_aware_time_is_stored_as_utc_microseconds(tmp_path: Path):
    path = tmp_path / "cotside.db"
    engine = open_database(path)
    moment = datetime(2026, 3, 1, 12, 0, 0, 123_457, timezone(timedelta(hours=5, minutes=30)))
    Store(engine).add_event(Event(time_us=moment, kind="k", message="m"))
    engine.dispose()
    wanted = int(datetime(2026, 3, 1, 6, 30, tzinfo=UTC).timestamp()) * 1_000_000 + 123_457
    assert _raw(path, "SELECT time_us, typeof(time_us) FROM events") == [(wanted, "integer")]


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        to_us(datetime(2026, 3, 1))


def test_a_zone_with_an_odd_history_is_no_trouble():
    assert to_us(datetime(1900, 1, 1, tzinfo=ZoneInfo("Europe/Amsterdam"))) < 0
