"""The bundled model on rendered clips: in every picture the true head lies under the blur."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from db.lifecycle import open_read_only
from db.store import Store
from pipeline.review.heads import Heads
from pipeline.review.series import session_trunk_px
from tests.support.reviewing import DEMO_CLIP, review

HEAD_TRUNKS = 0.38


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["well_lit", "infrared", "blanket", "dropout"])
def test_the_true_head_is_held_in_every_picture(name: str, tmp_path: Path):
    clip = DEMO_CLIP.with_name(f"{name}.mp4")
    truth = json.loads(clip.with_suffix(".json").read_text())
    review([clip], tmp_path, overlay=False)
    engine = open_read_only(tmp_path / "review.db")
    store = Store(engine)
    heads = Heads(store, 1, session_trunk_px(store, 1))
    times_us = store.keypoints(recording_id=1).block.times_us.tolist()
    noses = np.array(truth["keypoints_tkc"])[:, 0]
    assert len(times_us) == len(noses)
    n_whole = 0
    for time_us, nose in zip(times_us, noses, strict=True):
        circles = heads.at(time_us).circles
        n_whole += not circles
        head = disc(truth, [(*nose, HEAD_TRUNKS * truth["movement"]["trunk_px"])])
        held = disc(truth, circles) if circles else np.ones_like(head)
        assert (held & head).sum() >= 0.99 * head.sum()
    engine.dispose()
    assert n_whole < 0.2 * len(times_us)


def disc(truth: dict, circles) -> np.ndarray:
    mask = np.zeros((truth["height"], truth["width"]), np.uint8)
    for x, y, radius in circles:
        cv2.circle(mask, (round(x), round(y)), round(radius), 1, -1)
    return mask
