"""A short reviewed film of the demonstration's infant, stored with its truth as keypoints."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
from sqlalchemy import Engine

from db.codec import KeypointBlock
from tests.support.hour import STARTED_US, store_film
from tests.support.reviewing import DEMO_CLIP, FPS, infant_clip

SIZE_WH, N_FRAMES = (480, 270), 60
_TRUTH = json.loads(DEMO_CLIP.with_suffix(".json").read_text())
_SCALE = SIZE_WH[0] / _TRUTH["width"]
TRUTH_TKC = np.array(_TRUTH["keypoints_tkc"][:N_FRAMES], np.float32) * _SCALE
TRUNK_PX = _TRUTH["movement"]["trunk_px"] * _SCALE


def truth_block() -> KeypointBlock:
    """The film's frames as a flawless model would have stored them."""
    times_us = STARTED_US + np.round(np.arange(N_FRAMES) * 1e6 / FPS).astype(np.int64)
    scores_tk = np.full(TRUTH_TKC.shape[:2], 0.95, np.float32)
    return KeypointBlock(times_us, np.zeros(N_FRAMES, np.uint16), TRUTH_TKC.copy(), scores_tk)


def film(engine: Engine, folder: Path, block: KeypointBlock | None = None) -> tuple[Path, int]:
    """Write the film and store its frames; return the file and its recording's id."""
    path = infant_clip(folder / "Anna Smith.mp4", N_FRAMES, size_wh=SIZE_WH)
    return path, store_film(engine, video=path, blocks=[block or truth_block()])


def pictures(path: Path) -> list[np.ndarray]:
    """Decode all pictures of a file."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def detail_energy(picture: np.ndarray, center_xy=None, radius: float = 0) -> float:
    """Sum up squared second derivatives over a disc, or over all of the picture."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float64)
    mask = np.ones(grey.shape, np.uint8)
    if center_xy is not None:
        mask[:] = 0
        cv2.circle(mask, tuple(round(float(v)) for v in center_xy), round(radius), 1, -1)
    return float((cv2.Laplacian(grey, cv2.CV_64F) ** 2 * mask).sum())
