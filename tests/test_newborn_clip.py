"""A real newborn, filmed by a real (local) RTSP camera, watched for twenty seconds."""

import pytest

from tests.benchmarks.newborn import CLIP, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.rtsp,
    pytest.mark.skipif(not CLIP.exists(), reason="the newborn clip is not beside this checkout"),
]


def test_what_the_camera_sends_is_watched_stored_and_read_back(tmp_path):
    figures = run(tmp_path, seconds=20)
    assert figures["stored"] + figures["dropped"] <= figures["served"]
    assert figures["stored"] > 0.3 * figures["served"]
    assert figures["arrival_to_database_ms_p50_p95"][1] < 5000
