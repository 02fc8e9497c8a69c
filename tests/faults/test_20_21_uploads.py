"""Faults 20 and 21: what a browser sends is measured, judged, kept under an id, or gone."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette

from app.permissions import Role, User
from app.routes import routes
from app.state import AppState
from app.tidying import Tidier
from app.upload_routes import upload_url
from app.uploads import MOST_LETTERS, UploadRefused, plain_name
from db import audit
from db.job_schema import ReviewJob
from pipeline.settings import ReviewSettings
from tests.support.asgi import TestClient

VIDEO = b"\0\0\0\x18ftypisom" + bytes(4000)
STRANGE = [
    "../../etc/passwd.mp4",
    "..\\..\\x.mp4",
    "a\0b.mp4",
    "y" * 300 + ".mp4",
    "😀 <b>.mp4",
    "..",
]


@pytest.fixture
def small(state: AppState) -> AppState:
    """A dashboard that takes 10 kB and no more."""
    settings = state.settings.model_copy(update={"review": ReviewSettings(longest_upload_gb=1e-5)})
    return replace(state, settings=settings)


def client_of(state: AppState) -> TestClient:
    return TestClient(Starlette(routes=routes(state)), client=("127.0.0.1", 1))


def send(state: AppState, name: str, content, **headers: str) -> httpx.Response:
    url = upload_url(state, state.assumed_user).replace("{}", quote(name, safe=""))
    return client_of(state).put(url, content=content, headers=headers)


def left(state: AppState) -> list[str]:
    folder = state.settings.data_path / "uploads"
    return sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []


def test_20_a_file_that_says_it_is_too_large_is_refused_before_a_byte_of_it_is_kept(small):
    answer = send(small, "big.mp4", VIDEO * 5)
    assert (answer.status_code, left(small)) == (413, [])
    assert "at most 1e-05 GB" in answer.text


def test_20_a_file_that_does_not_say_its_size_is_cut_off_at_the_limit_and_removed(small):
    answer = send(small, "big.mp4", iter([VIDEO] * 5))
    assert (answer.status_code, left(small)) == (413, [])


def test_20_a_file_larger_than_the_disk_is_refused(state: AppState, monkeypatch):
    full = type("Usage", (), {"free": 1_000})
    monkeypatch.setattr("app.uploads.shutil.disk_usage", lambda _folder: full)
    assert send(state, "a.mp4", VIDEO).status_code == 507
    assert left(state) == []


def test_20_half_an_upload_is_removed_at_once(state: AppState):
    with pytest.raises(UploadRefused, match="only 3 of 9"):
        half(state, 9)
    assert left(state) == []


def half(state: AppState, announced: int) -> None:
    with state.uploads.begin("a.mp4", "Ada", announced) as receiving:
        receiving.take(VIDEO[:3])
        receiving.finish()


def test_20_what_a_killed_server_left_is_removed_a_day_later(state: AppState):
    folder = state.settings.data_path / "uploads"
    folder.mkdir()
    for name in ("old.part", "new.part"):
        (folder / name).write_bytes(b"half")
    os.utime(folder / "old.part", (time.time() - 90_000,) * 2)
    state.uploads.clear(set(), keep_s=1e9)
    assert left(state) == ["new.part"]


def sent_days_ago(state: AppState, days: float) -> str:
    """Send a file, and let it have come so long ago; return its id."""
    upload_id = send(state, "a.mp4", VIDEO).json()["id"]
    path = state.uploads.path(upload_id)
    for file in (path, path.with_suffix(".json")):
        os.utime(file, (time.time() - days * 86_400,) * 2)
    return upload_id


def test_20_what_never_became_part_of_a_review_is_removed_after_the_stated_days(state: AppState):
    keep_days = state.settings.review.keep_uploads_days
    assert keep_days == 7
    old, new = sent_days_ago(state, 7.1), sent_days_ago(state, 6.9)
    reviewed = sent_days_ago(state, 400)
    state.store.review_jobs.add(
        ReviewJob(
            by="Ada",
            out=str(state.settings.data_path / "reviews" / "1" / "out"),
            request={"videos": [{"path": str(state.uploads.path(reviewed)), "name": "a.mp4"}]},
        )
    )
    Tidier(state.engine, state.uploads, state.settings.review).look()
    assert left(state) == sorted([new, f"{new}.json", reviewed, f"{reviewed}.json"])
    (entry,) = audit.entries(state.engine, action="upload removed")
    assert entry.subject == f"upload/{old}"


@pytest.mark.parametrize("name", STRANGE)
def test_21_a_strange_name_is_kept_under_an_id_and_never_becomes_a_path(state: AppState, name: str):
    answer = send(state, name, VIDEO)
    assert answer.status_code == 200
    made = answer.json()
    assert left(state) == sorted([made["id"], f"{made['id']}.json"])
    shown = made["name"]
    assert 0 < len(shown) <= MOST_LETTERS
    assert shown.isprintable()
    assert "/" not in shown
    assert "\\" not in shown
    found = state.uploads.find(made["id"])
    assert (found.name, found.by, found.bytes) == (shown, "Ada", len(VIDEO))
    (entry,) = audit.entries(state.engine, action="uploaded")
    assert name not in entry.detail


def test_21_a_long_name_keeps_its_ending():
    assert plain_name("y" * 300 + ".mp4").endswith("….mp4")


@pytest.mark.parametrize("upload_id", ["../cotside.db", "a" * 32, "", "x\0"])
def test_21_an_id_that_is_none_of_ours_finds_nothing(state: AppState, upload_id: str):
    assert state.uploads.find(upload_id) is None


@pytest.mark.parametrize(
    "content", [b"", b"just words\n" * 500, b"#EXTM3U\nhttp://x/\n", VIDEO[:3]]
)
def test_22_what_is_no_video_is_refused_whatever_it_is_called(state: AppState, content: bytes):
    answer = send(state, "film.mp4", content)
    assert (answer.status_code, left(state)) == (415, [])
    assert "is not a video" in answer.text


def test_only_who_may_have_videos_reviewed_may_send_one(state: AppState):
    for role, status in ((Role.REVIEWER, 200), (Role.VIEWER, 403), (Role.CLINICIAN, 403)):
        asked = replace(state, assumed_user=User("Ben", role))
        assert send(asked, "a.mp4", VIDEO).status_code == status
    nobody = replace(state, assumed_user=None)
    url = upload_url(state, User("Ada", Role.ADMINISTRATOR)).format("a.mp4")
    assert client_of(nobody).put(url, content=VIDEO).status_code == 401


def test_a_token_of_somebody_else_sends_nothing(state: AppState):
    url = upload_url(state, User("Ben", Role.REVIEWER)).format("a.mp4")
    assert client_of(state).put(url, content=VIDEO).status_code == 403
    assert left(state) == []
