"""FAULTS 36: ``'; DROP TABLE`` in any field → literal text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect

from db.engine import reading, writing
from db.lifecycle import open_database
from db.schema import Base, Event, Recording, Segment, Video
from db.store import Store
from tests.support.recorder import recording

ATTACK = "x'; DROP TABLE cots; --"


def test_an_attack_in_every_text_column_is_kept_as_text(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        store = session.store
        cot = store.add_cot(ATTACK)
        camera = store.add_camera(
            cot, name=ATTACK, url=ATTACK, username=ATTACK, password_env=ATTACK, transport="';--"
        )
        store.edit_cot(cot, rectangle={ATTACK: 0.5})
        infant = store.add_infant(ATTACK)
        store.place_infant(infant, cot)
        event = Event(
            time_us=1, kind=ATTACK, severity="';--", message=ATTACK, detail={ATTACK: ATTACK}
        )
        store.add_event(event)
        made = session.writer.begin_recording(
            Recording(cot_id=cot, source="live", name=ATTACK, monitor_instance=ATTACK)
        )
        segment = session.writer.begin_segment(
            Segment(recording_id=made, width=1, height=1, reason=ATTACK)
        )
        with writing(session.engine) as rows:
            rows.add(
                Video(
                    recording_id=made,
                    segment_id=segment,
                    path=ATTACK,
                    start_us=0,
                    end_us=1,
                    bytes=1,
                    codec="';--",
                )
            )

        assert store.cot(cot).name == ATTACK
        assert store.cot(cot).rectangle == {ATTACK: 0.5}
        found = store.camera(camera)
        assert {found.name, found.url, found.username, found.password_env} == {ATTACK}
        assert store.infant_in(cot).pseudonym == ATTACK
        (got,) = store.events(kinds=[ATTACK])
        assert got.detail == {ATTACK: ATTACK}
        assert store.recording(made).name == ATTACK
        assert store.segments(made)[0].reason == ATTACK
        assert store.videos(made)[0].path == ATTACK
        assert set(inspect(session.engine).get_table_names()) >= set(Base.metadata.tables)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    engine = open_database(tmp_path_factory.mktemp("text") / "cotside.db")
    yield engine
    engine.dispose()


@given(text=st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable()))
@settings(max_examples=50, deadline=None)
def test_any_text_comes_back_as_it_went_in(shared, text: str):
    event_id = Store(shared).add_event(Event(time_us=1, kind="k", message=text))
    with reading(shared) as session:
        assert session.get(Event, event_id).message == text
