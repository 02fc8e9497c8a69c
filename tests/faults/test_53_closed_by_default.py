"""FAULTS 53: this machine only, XSRF on, error details off, no live picture without its token."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from app.routes import live_url
from app.server import listen, streamlit_options
from app.state import AppState
from pipeline.settings import DashboardSettings
from tests.support.running import running


def test_the_dashboard_listens_on_this_machine_only_unless_told_otherwise():
    assert DashboardSettings().host == "127.0.0.1"


def test_the_safe_settings_are_set_whatever_the_visitor_s_own_files_say():
    options = streamlit_options("127.0.0.1", 8501)
    assert options["server.enableXsrfProtection"] is True
    assert options["server.enableCORS"] is True
    assert options["client.showErrorDetails"] == "none"
    assert options["browser.gatherUsageStats"] is False
    assert options["server.enableAgentApi"] is False
    assert options["server.allowedHosts"] == ["localhost", "127.0.0.1", "[::1]"]


def test_a_live_address_made_by_another_start_opens_nothing(state: AppState):
    token = live_url(state, 1).partition("token=")[2]
    assert state.signer.opens(token, "live/1")
    assert not type(state.signer)().opens(token, "live/1")


def test_a_taken_port_gives_another_and_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listening, line = listen("127.0.0.1", port)
        with listening:
            assert listening.getsockname()[1] != port
            assert line is not None
            assert f"port {port} is taken" in line


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_running_dashboard_shows_no_picture_and_no_metrics_to_a_stranger(tmp_path: Path):
    arguments = ["dashboard", "--db", str(tmp_path / "cotside.db"), "--port", "0", "--headless"]
    with running(tmp_path, *arguments) as made, httpx.Client(base_url=made.url) as stranger:
        assert stranger.get("/healthz").status_code == 200
        assert stranger.get("/live/1.jpg").status_code == 401
        assert stranger.get("/video/1.mp4").status_code == 401
        assert stranger.get("/metrics").status_code == 404
        assert made.url.startswith("http://127.0.0.1:")
