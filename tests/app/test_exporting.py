"""A film without faces, asked for on its page: a job, a file for who may export, each noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from app.jobs.export import exported_file, run_export
from app.jobs.queue import Queue
from app.permissions import Role, User
from app.routes import routes
from app.state import AppState, install
from app.tidying import Tidier
from app.views.export_jobs import export_job_html
from db import audit
from db.engine import writing
from db.job_schema import ExportJob
from db.times import DAY_US, now_us
from pipeline.export import VideoExport
from tests.support.asgi import TestClient
from tests.support.filmed import N_FRAMES, film, pictures

MAIN = Path(__file__).parents[2] / "app" / "main.py"
ASK = "Make a video with blurred faces"


def page(recording_id: int) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.query_params["recording"] = str(recording_id)
    return at.run().switch_page("pages/review.py").run()


def button(at: AppTest, label: str):
    (found,) = [one for one in at.button if one.label == label]
    return found


def client_of(state: AppState) -> TestClient:
    return TestClient(Starlette(routes=routes(state)), client=("127.0.0.1", 1))


def test_it_is_asked_for_worked_on_and_fetched_with_the_audit_row_of_exports(
    state: AppState, tmp_path: Path
):
    _, recording = film(state.engine, tmp_path)
    at = page(recording)
    button(at, ASK).click().run()
    assert not at.exception
    (job,) = state.store.export_jobs.all()
    assert (job.state, job.by, job.recording_id) == ("waiting", "Ada", recording)
    queue = Queue(state.settings.data_path)
    assert queue.exports.pending_count() == 1
    queue.close()
    assert client_of(state).get(f"/exported/{job.id}.mp4").status_code == 404

    run_export(state.settings.database, job.id)
    job = state.store.export_jobs.get(job.id)
    assert (job.state, job.line) == (
        "finished",
        f"{N_FRAMES} pictures, 0 of them blurred all over.",
    )
    answer = client_of(state).get(f"/exported/{job.id}.mp4")
    assert "attachment" in answer.headers["content-disposition"]
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(answer.content)
    assert len(pictures(copy)) == N_FRAMES
    (entry,) = audit.entries(state.engine, action="exported")
    assert (entry.subject, entry.who) == (f"recording/{recording}", "Ada")
    assert audit.detail_of(entry) == {"format": "video", "skeleton": False, "faces": "blurred"}
    shown = "".join(one.proto.body for one in page(recording).get("html"))
    assert f'href="/exported/{job.id}.mp4"' in shown


def test_it_is_cancelled_while_it_works_and_begun_anew(
    state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    _, recording = film(state.engine, tmp_path)
    job_id = exporting_job(state, recording)
    real = VideoExport.write

    def cancelled(self, **given):
        state.store.export_jobs.cancel(job_id)
        return real(self, **given)

    monkeypatch.setattr(VideoExport, "write", cancelled)
    run_export(state.settings.database, job_id)
    job = state.store.export_jobs.get(job_id)
    assert job.state == "cancelled"
    assert list(Path(job.out).iterdir()) == []
    monkeypatch.undo()
    at = page(recording)
    button(at, "Begin anew").click().run()
    run_export(state.settings.database, job_id)
    assert exported_file(state.store.export_jobs.get(job_id)).is_file()


def exporting_job(state: AppState, recording: int) -> int:
    at = page(recording)
    button(at, ASK).click().run()
    (job,) = state.store.exports_of(recording, 1)
    return job.id


def test_a_film_whose_file_is_gone_cannot_be_asked_for(state: AppState, tmp_path: Path):
    path, recording = film(state.engine, tmp_path)
    path.unlink()
    at = page(recording)
    assert button(at, ASK).disabled
    assert any("file is gone" in one.value for one in at.caption)


def test_who_may_not_export_sees_no_button_and_gets_no_file(state: AppState, tmp_path: Path):
    _, recording = film(state.engine, tmp_path)
    job_id = exporting_job(state, recording)
    run_export(state.settings.database, job_id)
    viewer = replace(state, assumed_user=User("Ben", Role.VIEWER))
    install(viewer)
    assert [one for one in page(recording).button if one.label == ASK] == []
    assert client_of(viewer).get(f"/exported/{job_id}.mp4").status_code == 403


@pytest.mark.parametrize("word", ["waiting", "running", "finished", "failed", "cancelled"])
def test_each_state_is_told_and_only_a_file_that_is_there_is_offered(word: str):
    job = ExportJob(
        id=3, by="<b>Ada</b>", created_us=0, started_us=0, ended_us=9_000_000, state=word, line="",
        out="/o", request={"skeleton": True}, progress={"done_s": 5, "all_s": 10},
    )  # fmt: skip
    there, gone = (
        export_job_html(job, 20_000_000, UTC, is_there=is_there, keep_days=7)
        for is_there in (True, False)
    )
    assert word.capitalize() in there
    assert "<b>Ada" not in there
    assert ("/exported/3.mp4" in there) == (word == "finished")
    assert "/exported/3.mp4" not in gone
    assert ("about 20 s left" in there) == (word == "running")


def test_an_exported_video_is_removed_after_the_stated_days_and_it_is_noted(
    state: AppState, tmp_path: Path
):
    _, recording = film(state.engine, tmp_path)
    old, new = exporting_job(state, recording), exporting_job(state, recording)
    for job_id, days in ((old, 7.1), (new, 6.9)):
        run_export(state.settings.database, job_id)
        with writing(state.engine) as session:
            session.get_one(ExportJob, job_id).ended_us = now_us() - round(days * DAY_US)
    assert state.settings.review.keep_exports_days == 7
    Tidier(state.engine, state.uploads, state.settings.review).look()
    files = {job_id: exported_file(state.store.export_jobs.get(job_id)) for job_id in (old, new)}
    assert [files[old].exists(), files[new].exists()] == [False, True]
    (entry,) = audit.entries(state.engine, action="export removed")
    assert (entry.subject, entry.role) == (f"export/{old}", "program")
    assert client_of(state).get(f"/exported/{old}.mp4").status_code == 404
    shown = "".join(one.proto.body for one in page(recording).get("html"))
    assert "Its file is gone; it is kept for 7 days." in shown
