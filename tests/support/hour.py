"""A reviewed video's rows without a review: keypoints of any length, their answer known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from db.codec import KeypointBlock, encode
from db.engine import writing
from db.schema import Chunk, Model, Recording, ReviewedFile, Segment
from pipeline.review.plan import fingerprint
from pipeline.types import FrameFlag
from tests.support.fake_monitor import SUPINE_KC

MINUTE_US = 60_000_000
STARTED_US = 1_700_000_000_000_000 // MINUTE_US * MINUTE_US
SIZE_WH = (640, 360)
FPS = 25
LEFT_WRIST, RIGHT_KNEE = 5, 10
LEAP_S, HIDDEN_S, DOUBTFUL_S, LOST_S = 31, (40, 43), (50, 52), (55, 57)


def minute_of(number: int, n_frames: int = 60 * FPS) -> KeypointBlock:
    """One minute: every point swings; once in it a wrist leaps, a knee hides, a body is doubtful,
    and for two seconds nobody is seen."""
    offsets_us = (np.arange(n_frames) * 1e6 / FPS).astype(np.int64)
    times_us = STARTED_US + number * MINUTE_US + offsets_us
    seconds = offsets_us / 1e6
    places_tkc = np.repeat((SUPINE_KC * SIZE_WH)[None], n_frames, axis=0)
    places_tkc[:, :, 0] += (8 * np.sin(2 * np.pi * (seconds + number / 60)))[:, None]
    places_tkc[seconds == LEAP_S, LEFT_WRIST] += 150
    scores_tk = np.full(places_tkc.shape[:2], 0.9)
    scores_tk[_between(seconds, HIDDEN_S), RIGHT_KNEE] = 0.02
    scores_tk[_between(seconds, DOUBTFUL_S), 5:9] = 0.15
    lost_t = _between(seconds, LOST_S)
    places_tkc[lost_t], scores_tk[lost_t] = np.nan, 0
    flags_t = np.where(lost_t, FrameFlag.NO_INFANT.value, 0).astype(np.uint16)
    return KeypointBlock(
        times_us, flags_t, places_tkc.astype(np.float32), scores_tk.astype(np.float32)
    )


def _between(seconds: np.ndarray, span: tuple[int, int]) -> np.ndarray:
    return (seconds >= span[0]) & (seconds < span[1])


def store_film(
    engine: Engine,
    minutes: int = 1,
    *,
    video: Path | None = None,
    blocks: list[KeypointBlock] | None = None,
) -> int:
    """Store a reviewed video of whole minutes (or of ``blocks``); return its recording's id."""
    made = blocks or [minute_of(number) for number in range(minutes)]
    span = {"started_us": STARTED_US, "ended_us": int(made[-1].times_us[-1])}
    with writing(engine) as session:
        recording = Recording(source="file", name="film.mp4", clean_end=True, **span)
        model = Model(name="m", version="1", sha256="2" * 64, skeleton="infant13", manifest={})
        session.add_all([recording, model])
        session.flush()
        segment = Segment(
            recording_id=recording.id, number=1, width=SIZE_WH[0], height=SIZE_WH[1], fps=FPS,
            reason="start", **span,
        )  # fmt: skip
        file = ReviewedFile(
            recording_id=recording.id, run="r", path=str(video or "/gone/film.mp4"),
            fingerprint=fingerprint(video) if video else "0", out="", n_expected=0, verdict="done",
        )  # fmt: skip
        session.add_all([segment, file])
        session.flush()
        for block in made:
            session.add(
                Chunk(
                    segment_id=segment.id, model_id=model.id, start_us=int(block.times_us[0]),
                    end_us=int(block.times_us[-1]), n_frames=len(block), payload=encode(block),
                )
            )  # fmt: skip
        return recording.id
