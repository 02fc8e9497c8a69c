"""Films: their routes let in whom the page let in, and hand out nothing but what was reviewed."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from app.film_routes import film_urls
from app.notes import add_film_note
from app.permissions import Role, User
from app.routes import routes
from app.state import AppState, install
from db import audit
from db.audit import Actor
from db.engine import writing
from db.infants import InfantAges
from db.schema import ReviewedFile
from tests.support.asgi import TestClient
from tests.support.hour import STARTED_US, store_film

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def client_of(state: AppState) -> TestClient:
    return TestClient(Starlette(routes=routes(state)), client=("127.0.0.1", 1))


def test_times_parts_and_survey_come_packed_for_who_has_the_token(state: AppState):
    recording_id = store_film(state.engine, 2)
    urls, client = film_urls(state, recording_id), client_of(state)
    steps = np.frombuffer(client.get(urls["times"]).content, "<u4")
    assert (len(steps), int(steps.sum())) == (3000, 119_960_000)
    answer = client.get(urls["points"].format(1))
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.content) == 750 * 67
    assert client.get(urls["points"].format(99)).content == b""
    found = json.loads(client.get(urls["survey"]).content)
    assert len(found["moments"]["jump"]) == 2


@pytest.mark.parametrize("kind", ["times", "survey", "points"])
def test_a_token_of_another_film_opens_nothing(state: AppState, kind: str):
    one, other = store_film(state.engine), 12345
    wrong = film_urls(state, other)[kind].replace(str(other), str(one), 1).format(0)
    assert client_of(state).get(wrong).status_code == 403


def test_a_viewer_is_refused_and_a_stranger_too(state: AppState):
    urls = film_urls(state, store_film(state.engine))
    viewer = replace(state, assumed_user=User("Ben", Role.VIEWER))
    assert client_of(viewer).get(urls["times"]).status_code == 403
    nobody = replace(state, assumed_user=None)
    assert client_of(nobody).get(urls["times"]).status_code == 401


def test_the_video_is_served_in_ranges_and_only_while_it_is_the_one_reviewed(
    state: AppState, tmp_path: Path
):
    video = tmp_path / "film.mp4"
    video.write_bytes(b"\0\0\0\x18ftypisom" + bytes(5000))
    recording_id = store_film(state.engine, video=video)
    urls, client = film_urls(state, recording_id), client_of(state)
    answer = client.get(urls["original"], headers={"Range": "bytes=4-11"})
    assert (answer.status_code, answer.content) == (206, b"ftypisom")
    assert answer.headers["content-type"] == "video/mp4"
    video.write_bytes(b"another film altogether")
    assert client.get(urls["original"]).status_code == 404
    assert "original" not in film_urls(state, recording_id)


def test_an_overlay_is_found_in_the_folder_of_the_results(state: AppState, tmp_path: Path):
    recording_id = store_film(state.engine)
    (tmp_path / "overlay.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    with writing(state.engine) as session:
        session.get(ReviewedFile, recording_id).out = str(tmp_path)
    assert "overlay" in film_urls(state, recording_id)
    assert client_of(state).get(film_urls(state, recording_id)["overlay"]).status_code == 200


def test_a_survey_is_made_once_and_anew_when_the_film_has_grown(state: AppState, monkeypatch):
    from app import films

    made: list[int] = []
    real = films.survey

    def counted(*given):
        made.append(1)
        return real(*given)

    monkeypatch.setattr(films, "survey", counted)
    recording_id = store_film(state.engine)
    first = state.films.survey(recording_id)
    assert state.films.survey(recording_id) == first
    assert len(made) == 1
    with state.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE chunks SET n_frames = n_frames - 1")
    state.films.survey(recording_id)
    assert len(made) == 2
    assert gzip.decompress(first).startswith(b"{")


def film_page(recording_id: int) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.query_params["recording"] = str(recording_id)
    return at.run().switch_page("pages/review.py").run()


def player_data(at: AppTest) -> dict:
    made = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    return next(one[0] for one in made if isinstance(one, list) and "film" in one[0])


def test_the_page_opens_the_player_and_writes_the_view_down(state: AppState):
    recording_id = store_film(state.engine)
    at = film_page(recording_id)
    assert not at.exception
    assert player_data(at)["frames"] == 1500
    actions = [(entry.action, entry.subject) for entry in audit.entries(state.engine)]
    assert ("viewed", f"recording/{recording_id}") in actions


def test_a_note_is_kept_on_its_span_with_who_and_when(state: AppState, monkeypatch):
    recording_id = store_film(state.engine)
    span_us = (STARTED_US + 1_000_000, STARTED_US + 999_000_000)
    monkeypatch.setattr("app.notes.require", lambda _needed: User("Ada", Role.REVIEWER))
    monkeypatch.setattr("app.notes.note_in_trail", lambda *_given, **_named: None)
    assert add_film_note(recording_id, "note", "  kicks \n twice ", span_us)
    assert add_film_note(recording_id, "flag", "look again", span_us)
    assert not add_film_note(recording_id, "flag", "no such flag", span_us)
    assert not add_film_note(recording_id, "camera_offline", "x", span_us)
    notes = player_data(film_page(recording_id))["notes"]
    assert [(one["kind"], one["text"], one["by"]) for one in notes] == [
        ("note", "kicks twice", "Ada"),
        ("flag", "look again", "Ada"),
    ]
    assert notes[0]["from_ms"] == 1000
    assert notes[0]["to_ms"] == 59_960


def test_the_list_names_every_reviewed_video_and_a_wrong_number_is_said(state: AppState):
    store_film(state.engine)
    at = AppTest.from_file(str(MAIN), default_timeout=60).run().switch_page("pages/review.py").run()
    assert any("film.mp4" in one.proto.body for one in at.get("html"))
    assert any("no such recording" in one.value for one in film_page(999).info)


def choice_of_infant(at: AppTest):
    return [one for one in at.selectbox if one.label == "Infant"]


def test_who_may_move_infants_tells_whose_film_it_is(state: AppState):
    ada = state.store.admit_infant("P-1", InfantAges(), cot_id=None, by=Actor("Ada", "x"))
    recording_id = store_film(state.engine)
    at = film_page(recording_id)
    (choice,) = choice_of_infant(at)
    assert choice.options == ["Not told", "P-1"]
    choice.select(ada).run()
    assert not at.exception
    assert state.store.recording(recording_id).infant_id == ada
    (entry,) = audit.entries(state.engine, action="infant told")
    assert (entry.subject, entry.who) == (f"recording/{recording_id}", "Ada")


def test_a_reviewer_who_may_not_see_infants_is_not_asked(state: AppState):
    reviewer = replace(state, assumed_user=User("Ben", Role.REVIEWER))
    install(reviewer)
    at = film_page(store_film(state.engine))
    assert not at.exception
    assert not choice_of_infant(at)
