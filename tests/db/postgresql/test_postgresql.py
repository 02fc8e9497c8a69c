"""The whole of the database on a real PostgreSQL server, started by the tests."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text, update

from db import audit
from db.audit import Actor
from db.check import info
from db.engine import writing
from db.erasure import erase
from db.errors import DatabaseBusy, DatabaseError, RowRejected, Unavailable
from db.infants import InfantAges
from db.lifecycle import open_database, open_read_only
from db.people_schema import AuditHead, Person
from db.schema import Base, Event, Heartbeat, MinuteRollup, Stay
from db.store import Store
from db.times import MINUTE_US
from pipeline.advisories import CotNow, WardNow
from pipeline.monitor.advisor import Advisor
from pipeline.movement.recompute import Wanted, recompute
from tests.support.recorder import recording
from tests.support.tracks import START_US, infant_tracks

pytestmark = pytest.mark.slow
ADA = Actor("Ada", "administrator")
HOUR_US = 60 * MINUTE_US


def minute(recording_id: int, number: int, **columns: object) -> MinuteRollup:
    columns = {"quantity_of_motion_mean": 0.25, "coverage": 0.97, **columns}
    return MinuteRollup(
        recording_id=recording_id,
        minute_us=START_US + number * MINUTE_US,
        version=1,
        frames_expected=1500,
        frames_seen=1500,
        frames_assessable=1490,
        limbs={"left_arm": 0.5, "right_arm": math.nan},
        reasons={"being handled": np.int64(3)},
        **columns,
    )


def test_alembic_makes_exactly_the_mapped_tables(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_two_programs_that_start_at_once_migrate_one_after_the_other(address: str):
    with ThreadPoolExecutor(4) as pool:
        for engine in pool.map(lambda _: open_database(address), range(4)):
            assert Store(engine).cots() == []
            engine.dispose()


def test_frames_go_in_by_the_writer_and_come_back_as_they_were(engine: Engine):
    block = infant_tracks(400)
    with recording(None, engine=engine, flush_s=0.1) as session:
        assert session.append(block) == len(block)
        session.writer.end_recording(session.recording_id)
        series = session.store.keypoints(cot_id=session.cot_id)
        np.testing.assert_array_equal(series.block.times_us, block.times_us)
        np.testing.assert_allclose(
            series.block.keypoints_tkc, block.keypoints_tkc, atol=1 / 16, equal_nan=True
        )
        assert [one.clean_end for one in session.store.recordings()] == [True]
        assert session.writer.state.kind == "ok"


def test_minutes_are_stored_replaced_read_and_made_anew(engine: Engine):
    with recording(None, engine=engine, flush_s=0.1) as session:
        session.append(infant_tracks(4000))
        for mean in (0.1, np.float32(0.25)):
            session.writer.put(minute(session.recording_id, 0, quantity_of_motion_mean=mean))
        session.writer.put(minute(session.recording_id, 1, quantity_of_motion_mean=math.nan))
        session.writer.end_recording(session.recording_id)
        trend = session.store.rollups(session.cot_id, START_US, START_US + 5 * MINUTE_US)
        assert trend.quantity_of_motion_mean[0] == pytest.approx(0.25)
        assert np.isnan(trend.quantity_of_motion_mean[1])
        assert np.isnan(trend.limbs["right_arm"]).all()
        assert trend.reasons[0] == {"being handled": 3}
        span_us = (START_US, START_US + 5 * MINUTE_US)
        bins = session.store.motion_bins(session.cot_id, *span_us, 60 * MINUTE_US)
        assert (bins.known.sum(), bins.recorded.sum()) == (1, 2)
        assert np.nanmax(bins.high) == pytest.approx(0.25)
        done = recompute(session.store, Wanted(again=True))
        assert (done.made, done.left) == (3, 0)
        again = session.store.rollups(session.cot_id)
        assert len(again) == 3
        assert again.reasons[0] != {"being handled": 3}


def test_advisories_are_raised_kept_acknowledged_and_found_after_a_restart(engine: Engine):
    with recording(None, engine=engine, flush_s=0.05) as session:
        now_us = START_US
        ward = WardNow(monitoring=True, writer="ok", disk_free=0.5, model_trouble="")
        advisor = Advisor(session.store, session.writer, now_us)
        for _ in range(60):
            now_us += 5_000_000
            advisor.look(now_us, ward, {session.cot_id: CotNow("offline", "nobody answers")})
        session.writer.end_recording(session.recording_id)
        opened = session.store.open_advisories()
        assert [one.advisory.kind for one in opened] == ["camera_offline"]
        Advisor(session.store, session.writer, now_us)  # reads memories and orders back
        assert session.store.advisory_orders(now_us).infants == {}


def test_the_trail_is_chained_append_only_and_written_by_one_at_a_time(engine: Engine):
    def write(number: int) -> None:
        audit.note(engine, "viewed", f"infant/{number}", who="Ada")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))
    verdict = audit.verify(engine)
    assert verdict.whole
    assert verdict.head.number == 20
    for statement in ("UPDATE audit SET who = 'Eve'", "DELETE FROM audit"):
        with pytest.raises(RowRejected, match="append-only"), writing(engine) as session:
            session.execute(text(statement))
    assert audit.verify(engine).whole


def test_an_infant_is_admitted_moved_and_erased_with_all_that_was_recorded(
    engine: Engine, tmp_path: Path
):
    with recording(None, engine=engine, flush_s=0.1) as session:
        store = session.store
        infant = store.admit_infant("P-1", InfantAges(210), cot_id=session.cot_id, by=ADA)
        with pytest.raises(RowRejected):
            store.admit_infant("P-1", InfantAges(), cot_id=None, by=ADA)
        session.append(infant_tracks(100))
        session.writer.put(minute(session.recording_id, 0))
        session.writer.end_recording(session.recording_id)
        store.move_infant(infant, store.add_cot("other"), by=ADA)
        assert len(store.stays(infant_id=infant)) == 2
        store.end_stay(infant, by=ADA)
        with writing(engine) as transaction:  # all of that an hour of the recording ago
            transaction.execute(update(Stay).values(from_us=START_US - 1, to_us=START_US + HOUR_US))
        report = erase(engine, infant, typed="P-1", data_folder=tmp_path, by=ADA)
        assert report.complete
        assert report.before.frames == 100
        assert len(store.keypoints(cot_id=session.cot_id).block) == 0
        assert len(store.rollups(session.cot_id)) == 0
        assert store.infants() == []
    assert audit.verify(engine).whole


def test_orphans_and_words_that_are_too_long_are_refused_in_our_words(engine: Engine):
    with pytest.raises(RowRejected), writing(engine) as session:
        session.add(minute(4711, 0))
    with pytest.raises(RowRejected, match="too long"), writing(engine) as session:
        session.add(Person(name="x" * 500, name_key="x", role="viewer"))


def test_a_refused_row_takes_no_other_with_it(engine: Engine):
    with recording(None, engine=engine, flush_s=0.05) as session:
        session.writer.put(minute(4711, 0))
        session.writer.put(minute(session.recording_id, 0))
        session.writer.end_recording(session.recording_id)
        assert len(session.store.rollups(session.cot_id)) == 1
        assert session.store.events(kinds=["row_rejected"])


def test_a_reader_sees_one_moment_and_can_change_nothing(address: str, engine: Engine):
    reader = open_read_only(address)
    with pytest.raises(Unavailable), writing(reader) as session:
        session.add(Event.moment("note", "x"))
    reader.dispose()
    assert Store(engine).events() == []


def test_who_waits_for_a_lock_longer_than_5_s_is_told_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(engine) as session:
            session.get(AuditHead, 1, with_for_update=True)
            held.set()
            go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(10)
        with pytest.raises(DatabaseBusy, match="5 s"):
            audit.note(engine, "viewed", "infant/1", who="Ada")
    finally:
        go.set()
        holder.join()


def test_how_much_there_is_is_told_of_a_server_too(address: str, engine: Engine):
    with recording(None, engine=engine, flush_s=0.1) as session:
        session.append(infant_tracks(100))
        session.writer.put(Heartbeat(instance="i", pid=1, started_us=1, beat_us=2, version="1"))
        session.writer.end_recording(session.recording_id)
    told = info(address)
    assert (told.frames, told.recordings, told.bytes) == (100, 1, None)


@pytest.mark.parametrize(
    "wrong",
    ["postgresql://cotside:s3cr%40t@127.0.0.1:1/none", "postgresql://cotside:s3cr%40t@{host}/none"],
)
def test_a_server_that_is_not_there_is_one_line_without_the_password(server: str, wrong: str):
    host = server.split("@")[1].split("/")[0]
    with pytest.raises(DatabaseError) as caught:
        open_database(wrong.format(host=host))
    assert isinstance(caught.value, Unavailable)
    assert "\n" not in str(caught.value)
    assert "s3cr" not in str(caught.value)
