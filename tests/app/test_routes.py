"""The routes, asked over a real socket of a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import unquote

import cv2
import httpx
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette

from app.routes import METRICS_TOKEN_VARIABLE, live_url, routes
from app.server import listen
from app.state import AppState
from pipeline.types import FrameFlag
from tests.support.fake_monitor import FakeMonitor


@pytest.fixture
def client(state: AppState) -> Iterator[httpx.Client]:
    listening, _ = listen("127.0.0.1", 0)
    config = uvicorn.Config(Starlette(routes=routes(state)), log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as made:
        yield made
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()


def test_health_asks_for_no_login_and_says_that_nothing_is_monitored(client: httpx.Client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "not monitoring",
        "monitoring": False,
        "cots": 0,
        "oldest_frame_age_s": None,
        "version": "0.1.0",
    }


def test_health_is_ok_only_while_every_cot_is_fresh(client: httpx.Client, monitor: FakeMonitor):
    monitor.add(1, "Cot 1")
    monitor.add(2, "Cot 2")
    monitor.beat()
    assert client.get("/healthz").json()["status"] == "ok"
    monitor.cots[2]["arrival_ns"] = time.monotonic_ns() - 8_000_000_000
    monitor.beat()
    answer = client.get("/healthz").json()
    assert answer["status"] == "degraded"
    assert answer["oldest_frame_age_s"] == pytest.approx(8, abs=0.5)
    assert answer["cots"] == 2


def test_a_live_picture_carries_age_state_and_sequence(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.add(1, "Cot 1")
    monitor.frame(1, age_s=0.4)
    monitor.beat()
    answer = client.get(live_url(state, 1) + "&w=480")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-cotside-state"] == "live"
    assert 400 <= int(answer.headers["x-cotside-age-ms"]) < 1500
    assert answer.headers["cache-control"] == "no-store"
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (360, 480, 3)


def test_a_frame_already_seen_is_not_sent_again(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.add(1, "Cot 1")
    monitor.frame(1)
    monitor.beat()
    first = client.get(live_url(state, 1))
    again = client.get(live_url(state, 1) + f"&after={first.headers['x-cotside-sequence']}")
    assert again.status_code == 204
    assert again.headers["x-cotside-state"] == "live"


def test_a_picture_older_than_3_s_is_not_sent(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.add(1, "Cot 1")
    monitor.frame(1, age_s=3.2)
    monitor.beat()
    answer = client.get(live_url(state, 1))
    assert answer.status_code == 204
    assert answer.headers["x-cotside-state"] == "stalled"


def test_no_picture_while_nothing_is_monitored(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.add(1, "Cot 1")
    monitor.frame(1)
    monitor.beat(age_s=6)
    answer = client.get(live_url(state, 1))
    assert answer.status_code == 204
    assert answer.headers["x-cotside-state"] == "not-monitoring"


def test_a_camera_that_is_off_gives_its_line_instead_of_a_picture(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.add(1, "Cot 1", state="offline", line="nobody answers; 50 % tried\n<b>")
    monitor.frame(1)
    monitor.beat()
    answer = client.get(live_url(state, 1))
    assert answer.status_code == 204
    assert answer.headers["x-cotside-state"] == "offline"
    assert "\n" not in answer.headers["x-cotside-line"]


def test_a_cot_that_the_monitor_does_not_watch_is_not_said_to_be_awaited(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.beat()
    answer = client.get(live_url(state, 1))
    assert answer.status_code == 204
    assert answer.headers["x-cotside-state"] == "unwatched"
    assert "camera is off or missing" in unquote(answer.headers["x-cotside-line"])


@pytest.mark.parametrize("query", ["", "?token=", "?token=1.x"])
def test_no_live_picture_without_its_token(client: httpx.Client, monitor: FakeMonitor, query: str):
    monitor.add(1, "Cot 1")
    monitor.frame(1)
    monitor.beat()
    assert client.get(f"/live/1.jpg{query}").status_code == 403


def test_the_token_of_one_cot_does_not_show_another(
    client: httpx.Client, monitor: FakeMonitor, state: AppState
):
    monitor.add(2, "Cot 2")
    monitor.frame(2)
    monitor.beat()
    token = live_url(state, 1).partition("token=")[2]
    assert client.get(f"/live/2.jpg?token={token}").status_code == 403


@pytest.mark.parametrize("query", ["&mode=naked", "&w=-5", "&w=1e9", "&w=²"])
def test_a_nonsense_picture_is_refused(client: httpx.Client, state: AppState, query: str):
    assert client.get(live_url(state, 1) + query).status_code == 400


def test_metrics_do_not_exist_without_a_token_set(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(METRICS_TOKEN_VARIABLE, raising=False)
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404


def test_metrics_ask_for_their_token(
    client: httpx.Client, monitor: FakeMonitor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(METRICS_TOKEN_VARIABLE, "a secret")
    monitor.add(1, 'Cot "1"\n', flags=int(FrameFlag.NO_INFANT))
    monitor.beat()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": "Bearer a secret"})
    assert answer.status_code == 200
    assert "cotside_monitoring 1.0" in answer.text
    assert 'cotside_pose_frames_per_second{cot="Cot \\"1\\"\\n"} 15.0' in answer.text
    assert 'cotside_lag_seconds{cot="Cot \\"1\\"\\n",quantile="0.95"} 0.09' in answer.text
