"""Stored rows for pages: a recording with keypoints, minutes, a segment and an event."""

from __future__ import annotations

import numpy as np

from app.state import AppState
from db.codec import KeypointBlock, encode
from db.engine import writing
from db.schema import Chunk, Event, MinuteRollup, Model, Recording, Segment
from tests.support.fake_monitor import SUPINE_KC

MINUTE_US = 60_000_000
FPS = 15
SIZE_WH = (640, 480)


def wave(from_us: int, seconds: float, *, hz: float = 1.0, amplitude_px: float = 12.0):
    """Keypoints (T, 13, 2) of an infant whose every point swings to and fro along x."""
    times_us = from_us + (np.arange(round(seconds * FPS)) * 1e6 / FPS).astype(np.int64)
    phase = 2 * np.pi * hz * (times_us - from_us) / 1e6
    keypoints_tkc = np.repeat((SUPINE_KC * SIZE_WH)[None], len(times_us), axis=0)
    keypoints_tkc[:, :, 0] += (amplitude_px * np.sin(phase))[:, None]
    return times_us, keypoints_tkc.astype(np.float32)


def record(state: AppState, cot_id: int, end_us: int, minutes: int = 3, label: str = "") -> int:
    """Store whole minutes that end at ``end_us``; the middle one is not assessable."""
    end_us = end_us // MINUTE_US * MINUTE_US
    start_us = end_us - minutes * MINUTE_US
    with writing(state.engine) as session:
        recording = Recording(
            cot_id=cot_id,
            source="live",
            name=label,
            started_us=start_us,
            ended_us=end_us,
            clean_end=True,
            clock_suspect=False,
        )
        model = Model(
            name="test",
            version="1",
            sha256=f"{start_us:064d}",
            skeleton="infant13",
            manifest={},
            first_used_us=start_us,
        )
        session.add_all([recording, model])
        session.flush()
        segment = Segment(
            recording_id=recording.id,
            number=0,
            started_us=start_us,
            ended_us=end_us,
            width=SIZE_WH[0],
            height=SIZE_WH[1],
            fps=FPS,
            reason="start",
        )
        session.add(segment)
        session.flush()
        for number in range(minutes):
            minute_us = start_us + number * MINUTE_US
            session.add(_chunk(segment.id, model.id, minute_us))
            session.add(_minute(recording.id, minute_us, is_blocked=number == minutes // 2))
        session.add(
            Event(
                cot_id=cot_id,
                recording_id=recording.id,
                time_us=start_us,
                kind="camera_offline",
                severity="high",
                message=f"nobody answers {label}",
            )
        )
        return recording.id


def _chunk(segment_id: int, model_id: int, minute_us: int) -> Chunk:
    times_us, keypoints_tkc = wave(minute_us, 60)
    scores_tk = np.full(keypoints_tkc.shape[:2], 0.9, np.float32)
    flags_t = np.zeros(len(times_us), np.uint16)
    block = KeypointBlock(times_us, flags_t, keypoints_tkc, scores_tk)
    return Chunk(
        segment_id=segment_id,
        model_id=model_id,
        start_us=int(times_us[0]),
        end_us=int(times_us[-1]),
        n_frames=len(times_us),
        payload=encode(block),
    )


def _minute(recording_id: int, minute_us: int, *, is_blocked: bool) -> MinuteRollup:
    value = float("nan") if is_blocked else 0.42
    return MinuteRollup(
        recording_id=recording_id,
        minute_us=minute_us,
        version=1,
        frames_expected=900,
        frames_seen=900,
        frames_assessable=90 if is_blocked else 880,
        coverage=0.1 if is_blocked else 0.98,
        quantity_of_motion_mean=value,
        quantity_of_motion_sd=value,
        quantity_of_motion_max=value,
        limbs={},
        reasons={"being handled": 810} if is_blocked else {},
    )
