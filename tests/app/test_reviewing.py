"""Asking for a review: only what lies below the allowed folder, only by who may, all noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from app.jobs.queue import Queue
from app.jobs.review import request_of
from app.permissions import Role, User
from app.reviewing import chosen_path, videos_on_server
from app.routes import routes
from app.state import AppState, install
from app.views.review_jobs import job_html, time_left_s
from db import audit
from db.audit import Actor
from db.infants import InfantAges
from db.job_schema import ReviewJob
from db.times import now_us
from pipeline.models.registry import ModelRegistry
from pipeline.review.ledger import Whose
from tests.support.asgi import TestClient
from tests.support.tiny_models import dot_graph, write_model

MAIN = Path(__file__).parents[2] / "app" / "main.py"
VIDEO = b"\0\0\0\x18ftypisom" + bytes(2000)


def put_in_folder(state: AppState, *names: str) -> None:
    for name in names:
        path = state.review_folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(VIDEO)


def page() -> AppTest:
    return (
        AppTest.from_file(str(MAIN), default_timeout=60).run().switch_page("pages/review.py").run()
    )


def job(**values) -> ReviewJob:
    request = {"videos": [{"path": "/x", "name": "<b>x</b>"}], "overlay": True}
    given = {"id": 4, "by": "Ada", "created_us": 0, "state": "waiting", "line": "", **values}
    return ReviewJob(request=request, out="/o", cancel_asked=False, **given)


def test_only_videos_below_the_allowed_folder_are_listed_and_chosen(
    state: AppState, tmp_path: Path
):
    put_in_folder(state, "a.mp4", "ward/b.mkv")
    (state.review_folder / "notes.txt").write_text("words")
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(VIDEO)
    (state.review_folder / "link.mp4").symlink_to(secret)
    assert videos_on_server(state)[0] == "a.mp4"
    assert "ward/b.mkv" in videos_on_server(state)
    assert chosen_path(state, "ward/b.mkv") is not None
    for name in ("../secret.mp4", "link.mp4", str(secret), "notthere.mp4", "a\0.mp4"):
        assert chosen_path(state, name) is None


def test_a_review_is_asked_for_on_the_page_and_noted(state: AppState, tmp_path: Path):
    put_in_folder(state, "a.mp4")
    infant_id = state.store.admit_infant(
        "P-1", InfantAges(), cot_id=None, by=Actor("eva", "administrator")
    )
    registry = ModelRegistry.under(state.settings.data_path)
    registry.promote(registry.add(write_model(tmp_path / "candidate", dot_graph())), "Ada")
    at = page()
    assert not at.exception
    at.multiselect(key="review_names").select("a.mp4").run()
    at.selectbox(key="review_smoother").select("transformer").run()
    at.selectbox(key="review_infant").select(infant_id).run()
    (ask,) = [one for one in at.button if one.label == "Review 1 video"]
    ask.click().run()
    assert not at.exception
    (made,) = state.store.review_jobs.all()
    assert (made.state, made.by) == ("waiting", "Ada")
    assert made.request["videos"][0]["name"] == "a.mp4"
    assert made.request["model"] == str(registry.in_use_folder())
    request = request_of(made, state.settings.database)
    assert request.smoother == "transformer"
    assert request.whose == Whose(infant_id, Actor("Ada", made.request["role"]))
    assert [entry.subject for entry in audit.entries(state.engine, action="began")] == ["review/1"]
    queue = Queue(state.settings.data_path)
    assert queue.reviews.pending_count() == 1
    queue.close()
    (cancel,) = [one for one in at.button if one.label == "Cancel"]
    cancel.click().run()
    assert state.store.review_jobs.get(made.id).state == "cancelled"
    (again,) = [one for one in at.button if one.label == "Go on"]
    again.click().run()
    assert state.store.review_jobs.get(made.id).state == "waiting"
    assert {"cancelled", "went on"} <= {entry.action for entry in audit.entries(state.engine)}


@pytest.mark.parametrize("role", [Role.CLINICIAN])
def test_who_may_only_look_sees_the_jobs_and_no_button(state: AppState, role: Role):
    state.store.review_jobs.add(job(id=None))
    install(replace(state, assumed_user=User("Ben", role)))
    at = page()
    assert not at.exception
    assert [one.label for one in at.button if one.label in ("Cancel", "Review")] == []
    assert any("&lt;b&gt;x" in one.proto.body for one in at.get("html"))


def test_results_are_handed_out_to_who_may_export_and_nothing_outside_the_folder(
    state: AppState, tmp_path: Path
):
    out = tmp_path / "out"
    (out / "videos").mkdir(parents=True)
    (out / "index.html").write_text("report")
    (out / "review.db").write_text("no")
    (tmp_path / "secret.html").write_text("no")
    number = state.store.review_jobs.add(job(id=None, state="finished"))
    with state.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE review_jobs SET out = '{out}'")
    client = TestClient(Starlette(routes=routes(state)), client=("127.0.0.1", 1))
    answer = client.get(f"/reviewed/{number}/index.html")
    assert (answer.status_code, answer.text) == (200, "report")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(audit.entries(state.engine, action="exported")) == 1
    for path in ("review.db", "..%2Fsecret.html", "videos", "none.html"):
        assert client.get(f"/reviewed/{number}/{path}").status_code == 404
    assert client.get("/reviewed/99/index.html").status_code == 404


def test_the_time_left_counts_only_what_was_done_since_it_was_last_begun():
    begun_us = now_us()
    files = [{"name": "x", "n_frames": 1000, "n_done": 600}]
    running = job(
        state="running", started_us=begun_us, progress={"files": files, "done_before": 500}
    )
    assert time_left_s(running, begun_us + 10_000_000) == pytest.approx(40)
    assert time_left_s(running, begun_us + 1_000_000) is None
    assert time_left_s(job(state="running", started_us=begun_us), begun_us) is None


@pytest.mark.parametrize(
    "state_word", ["waiting", "running", "finished", "failed", "cancelled", "interrupted"]
)
def test_each_state_is_told_by_a_sign_and_a_word_and_names_are_escaped(state_word: str):
    files = [
        {"name": "<i>x</i>", "n_frames": 10, "n_done": 5, "verdict": "", "recording": None},
        {"name": "y", "n_frames": 9, "n_done": 9, "verdict": "done", "recording": 7, "folder": "f"},
        {"name": "z", "verdict": "failed", "line": "is <empty>", "recording": None},
    ]
    shown = job_html(
        job(state=state_word, started_us=0, ended_us=9_000_000, progress={"files": files}),
        20_000_000,
        UTC,
    )
    assert state_word.capitalize() in shown
    assert "<i>x" not in shown
    assert "Is &lt;empty&gt;" in shown
    assert 'href="/review?recording=7"' in shown
    assert "/reviewed/4/videos/f/overlay.mp4" in shown
