"""An hour of 25 frames a second: a browser gets it in parts, none of which grows with the film."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from starlette.applications import Starlette

from app.film_routes import film_urls
from app.routes import routes
from app.state import AppState
from app.views.player import MOST_BINS
from tests.support.asgi import TestClient
from tests.support.hour import FPS, store_film

pytestmark = pytest.mark.slow
MINUTES, PARTS = 60, 120
N_FRAMES = MINUTES * 60 * FPS
BYTES_A_FRAME = 67
# What crosses the line at once, packed.
MOST_TIMES, MOST_SURVEY, MOST_PART = 20_000, 60_000, 30 * FPS * BYTES_A_FRAME


@pytest.fixture
def hour(state: AppState):
    """The addresses of a film of an hour, and a client that may read it."""
    recording_id = store_film(state.engine, MINUTES)
    client = TestClient(Starlette(routes=routes(state)), client=("127.0.0.1", 1))
    return state, recording_id, film_urls(state, recording_id), client


def test_all_frames_come_in_parts_of_which_none_is_large(hour):
    state, recording_id, urls, client = hour
    n_frames = 0
    for part in range(PARTS):
        content = client.get(urls["points"].format(part)).content
        assert len(content) <= MOST_PART
        assert len(state.films.part(recording_id, part)) <= MOST_PART
        n_frames += len(content) // BYTES_A_FRAME
    assert n_frames == N_FRAMES
    assert client.get(urls["points"].format(PARTS)).content == b""


def test_a_part_reads_no_more_of_the_database_than_its_own_minute(hour, monkeypatch):
    from db import series

    state, recording_id, _, _ = hour
    decoded: list[int] = []
    decode = series.decode

    def counted(payload):
        decoded.append(1)
        return decode(payload)

    monkeypatch.setattr(series, "decode", counted)
    for part in (0, 61, PARTS - 1):
        decoded.clear()
        state.films.part(recording_id, part)
        assert 1 <= len(decoded) <= 2


def test_the_times_of_all_frames_and_the_survey_of_the_hour_stay_small(hour):
    state, recording_id, urls, client = hour
    steps = np.frombuffer(client.get(urls["times"]).content, "<u4")
    assert len(steps) == N_FRAMES
    assert len(state.films.times(recording_id)) <= MOST_TIMES
    packed = state.films.survey(recording_id)
    assert len(packed) <= MOST_SURVEY
    found = json.loads(gzip.decompress(packed))
    assert len(found["moments"]["jump"]) == MINUTES
    for strip in (found["motion"], found["confidence"]):
        assert 0 < len(strip["mean"]) <= MOST_BINS


def test_the_survey_reads_the_hour_a_minute_at_a_time(hour, monkeypatch):
    state, recording_id, _, _ = hour
    largest: list[int] = []
    real = state.store.keypoints

    def watched(**asked):
        series = real(**asked)
        largest.append(len(series.block))
        return series

    monkeypatch.setattr(state.store, "keypoints", watched)
    state.films.survey(recording_id)
    assert max(largest) <= 64 * FPS
