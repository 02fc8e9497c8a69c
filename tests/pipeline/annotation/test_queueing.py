"""From stored keypoints and kept video to pictures in the queue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from app.queueing import add_to_queue
from db import audit
from db.audit import Actor
from db.codec import KeypointBlock, encode
from db.engine import writing
from db.infants import InfantAges
from db.lifecycle import open_database
from db.schema import Chunk, Recording, ReviewedFile
from db.store import Store
from pipeline.annotation.pictures import PictureFolder
from pipeline.review.plan import fingerprint
from tests.support.kept_video import FPS, SIZE_WH, keep_video
from tests.support.running import CLIP
from tests.support.tiny_models import standing_body

BY = Actor("Ada", "reviewer")
START_US = 29_400_000 * 60_000_000
SECONDS = 12


@pytest.fixture
def engine(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    yield engine
    engine.dispose()


def moving(times_us: np.ndarray) -> KeypointBlock:
    """A body that turns slowly, so that no two seconds are alike; an ankle leaps at frame 100."""
    places = [
        standing_body((SIZE_WH[0] / 2, SIZE_WH[1] / 2), 70, angle_rad=t / 25)
        for t in range(len(times_us))
    ]
    keypoints = np.array(places, np.float32)
    keypoints[100, 11] += 150
    scores = np.full(keypoints.shape[:2], 0.97, np.float32)
    return KeypointBlock(times_us, np.zeros(len(times_us), np.uint16), keypoints, scores)


def put_moving(engine: Engine) -> np.ndarray:
    """Replace the stored keypoints by a moving body's; return their times."""
    with writing(engine) as session:
        (chunk,) = session.query(Chunk).all()
        times_us = chunk.start_us + np.arange(chunk.n_frames, dtype=np.int64) * (10**6 // FPS)
        chunk.payload = encode(moving(times_us))
        return times_us


@pytest.fixture
def recorded(tmp_path: Path, engine: Engine) -> np.ndarray:
    cot_id = Store(engine).add_cot("A")
    keep_video(engine, tmp_path / "videos", cot_id, START_US, SECONDS)
    return put_moving(engine)


def test_the_frames_that_tell_most_are_queued_with_their_own_pictures(
    engine: Engine, tmp_path: Path, recorded: np.ndarray
):
    line = add_to_queue(engine, tmp_path, 1, 5, BY)
    assert line == "recording 1: 5 pictures added"
    frames = Store(engine).annotation_frames("Ada", "queued")
    assert len(frames) == 5
    assert "ankle" in frames[0].reasons["jump"]
    assert frames[0].time_us in (recorded[100], recorded[101])
    # The corner's brightness tells which picture of the video it is (see ``clip_pictures``).
    for frame in frames:
        image = PictureFolder.under(tmp_path).image(frame.file)
        number = int(np.flatnonzero(recorded == frame.time_us)[0])
        assert abs(float(image[25, 25].mean()) - 30 - 20 * (number % 10)) < 9
    (entry,) = audit.entries(engine, action="pictures queued")
    assert (entry.who, entry.subject) == ("Ada", "recording/1")


def test_asking_again_adds_other_pictures_and_never_the_same_moment(
    engine: Engine, tmp_path: Path, recorded: np.ndarray
):
    for _ in range(4):
        add_to_queue(engine, tmp_path, 1, 4, BY)
    times = sorted(Store(engine).queued_times(1))
    assert 4 < len(times) <= SECONDS
    assert min(np.diff(times)) >= 1_000_000


def test_a_recording_without_pictures_says_so(engine: Engine, tmp_path: Path, recorded: np.ndarray):
    for file in (tmp_path / "videos").glob("*/*.mp4"):
        file.unlink()
    assert add_to_queue(engine, tmp_path, 1, 4, BY) == "recording 1: no picture of it is kept"


def test_a_reviewed_file_gives_its_own_pictures(
    engine: Engine, tmp_path: Path, recorded: np.ndarray
):
    with writing(engine) as session:
        recording = session.get_one(Recording, 1)
        recording.source = "file"
        started_us = recording.started_us = int(recorded[0])
        file = ReviewedFile(recording_id=1, run="r", path=str(CLIP), out="", n_expected=1)
        file.fingerprint = fingerprint(CLIP)
        session.add(file)
    infant_id = Store(engine).admit_infant("P-1", InfantAges(), cot_id=None, by=BY)
    with writing(engine) as session:
        session.get_one(Recording, 1).infant_id = infant_id
    assert add_to_queue(engine, tmp_path, 1, 2, BY) == "recording 1: 2 pictures added"
    frames = Store(engine).annotation_frames("Ada", "queued")
    assert {frame.infant_id for frame in frames} == {infant_id}
    assert {frame.source for frame in frames} == {CLIP.name}
    assert all((frame.time_us or 0) >= started_us for frame in frames)
    with writing(engine) as session:
        session.get_one(ReviewedFile, 1).fingerprint = "that of another file"
    assert add_to_queue(engine, tmp_path, 1, 2, BY) == "recording 1: no picture of it is kept"
