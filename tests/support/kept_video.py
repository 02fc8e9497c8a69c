"""A recording with kept video, made as the monitor does: the keeper's files, the codec's rows."""

from __future__ import annotations

import time
from pathlib import Path

import av
import cv2
import numpy as np
from sqlalchemy import Engine

from db.codec import KeypointBlock, encode
from db.engine import writing
from db.schema import Chunk, Model, Recording, Segment, Video
from pipeline.video import KeptVideo, VideoKeeper
from tests.support.running import CLIP

FPS = 15
SIZE_WH = (640, 360)
STEP_US = 1_000_000 // FPS
MINUTE_US = 60_000_000


def clip_pictures(count: int) -> list[np.ndarray]:
    """Pictures of the demonstration clip; a corner's brightness tells the last digit of each."""
    made: list[np.ndarray] = []
    while len(made) < count:
        with av.open(str(CLIP)) as container:
            for frame in container.decode(video=0):
                picture = cv2.resize(frame.to_ndarray(format="bgr24"), SIZE_WH)
                picture[:60, :60] = 30 + 20 * (len(made) % 10)
                made.append(picture)
                if len(made) == count:
                    break
    return made


def keep_video(
    engine: Engine, folder: Path, cot_id: int, start_us: int, seconds: int
) -> list[KeptVideo]:
    """Store a recording of a cot and keep its video under ``folder``; return the files."""
    start_us -= start_us % MINUTE_US
    times_us = start_us + np.arange(seconds * FPS, dtype=np.int64) * STEP_US
    with writing(engine) as session:
        ids = _rows(session, cot_id, times_us)
    files: list[KeptVideo] = []
    keeper = VideoKeeper(folder, files.append)
    keeper.start()
    for time_us, picture in zip(times_us.tolist(), clip_pictures(len(times_us)), strict=True):
        while keeper._queue.full():
            time.sleep(0.005)
        keeper.keep(cot_id, ids, time_us, picture)
    keeper.close()
    with writing(engine) as session:
        for file in files:
            session.add(
                Video(
                    recording_id=file.recording_id,
                    segment_id=file.segment_id,
                    path=str(file.path.relative_to(folder)),
                    start_us=file.start_us,
                    end_us=file.end_us,
                    bytes=file.bytes,
                    codec="h264",
                )
            )
    return files


def _rows(session, cot_id: int, times_us: np.ndarray) -> tuple[int, int]:
    span = {"started_us": int(times_us[0]), "ended_us": int(times_us[-1])}
    recording = Recording(cot_id=cot_id, source="live", name="kept", clean_end=True, **span)
    model = Model(name="m", version="1", sha256="1" * 64, skeleton="infant13", manifest={})
    session.add_all([recording, model])
    session.flush()
    width, height = SIZE_WH
    segment = Segment(
        recording_id=recording.id, number=1, width=width, height=height, fps=FPS, reason="start",
        **span,
    )  # fmt: skip
    session.add(segment)
    session.flush()
    for minute_us in np.unique(times_us // MINUTE_US) * MINUTE_US:
        inside = times_us[(times_us >= minute_us) & (times_us < minute_us + MINUTE_US)]
        block = _still_infant(inside)
        session.add(
            Chunk(
                segment_id=segment.id, model_id=model.id, start_us=int(inside[0]),
                end_us=int(inside[-1]), n_frames=len(inside), payload=encode(block),
            )
        )  # fmt: skip
    return recording.id, segment.id


def _still_infant(times_us: np.ndarray) -> KeypointBlock:
    places = np.linspace([200, 80], [420, 300], 13)
    keypoints_tkc = np.repeat(places[None], len(times_us), axis=0).astype(np.float32)
    scores_tk = np.full(keypoints_tkc.shape[:2], 0.9, np.float32)
    return KeypointBlock(times_us, np.zeros(len(times_us), np.uint16), keypoints_tkc, scores_tk)
