"""Hands at the infant are flagged in a review as they are live, so that no movement is counted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from pipeline.estimate import Estimator
from pipeline.models.manifest import CropSpec
from pipeline.movement import make_track, quantity_of_motion
from pipeline.review.drawer import DrawOptions
from pipeline.review.part import work_part
from pipeline.review.plan import look_into
from pipeline.types import Frame, FrameFlag
from tests.support.scenes import HEIGHT, WIDTH, cot, shot, with_arm, with_infant
from tests.support.tiny_models import standing_body

FPS = 6
BODY_KC = standing_body((320, 185), 100, 0.2).astype(np.float32)
REST, WORK = 5 * FPS, 5 * FPS
WAY = np.concatenate([np.linspace(0.2, 1, 4), np.ones(WORK), np.linspace(1, 0.2, 4)])
WORKING = slice(REST + 4, REST + 4 + WORK)
N_FRAMES = REST + len(WAY) + 4 * FPS


class Knowing:
    """A model that always finds the infant where it lies."""

    aspect = 0.75
    manifest = SimpleNamespace(crop=CropSpec())

    def estimate(self, images, crops):
        count = len(crops)
        return np.repeat(BODY_KC[None], count, axis=0), np.full((count, 13), 0.9, np.float32)


def visited() -> list[np.ndarray]:
    """Rest, a hand that reaches in and works, rest."""
    pictures = [with_infant(cot(), n / FPS) for n in range(N_FRAMES)]
    for n, reach in enumerate(WAY):
        pictures[REST + n] = with_arm(pictures[REST + n], reach, np.sin(2 * np.pi * n / FPS))
    return [shot(picture, n) for n, picture in enumerate(pictures)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "visit.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "18", "g": str(FPS)}
        stream.codec_context.time_base = Fraction(1, FPS)
        for number, picture in enumerate(visited()):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def block(clip: Path):
    """The frames of the clip as a review stores them."""
    plan = look_into(clip)
    (part,) = plan.parts
    return work_part(Knowing(), plan, part, DrawOptions(None), lambda _: None).block


def flagged(block) -> np.ndarray:
    return (block.flags_t & FrameFlag.HANDLED) != 0


def test_hands_are_flagged_while_they_work_and_a_second_later_no_more(block):
    found = flagged(block)
    assert found[WORKING].all()
    assert not found[: REST - 1].any()
    assert not found[WORKING.stop + 4 + FPS :].any()


def test_a_review_flags_the_frames_that_live_flags(clip: Path, block):
    estimator, found = Estimator(Knowing()), []
    with av.open(str(clip)) as container:
        for number, decoded in enumerate(container.decode(video=0)):
            picture = decoded.to_ndarray(format="bgr24")
            time_us = round(number * 1e6 / FPS)
            frame = Frame(picture, time_us, 0, 0, number, 0)
            found.append(FrameFlag.HANDLED in estimator.estimate({1: frame})[1].flags)
    np.testing.assert_array_equal(flagged(block), found)


def test_no_movement_is_counted_over_handling(block):
    track = make_track(block)
    motion_t = quantity_of_motion(track)
    assert np.isnan(motion_t[WORKING]).all()
    assert np.isfinite(motion_t[2 : REST - 1]).all()
