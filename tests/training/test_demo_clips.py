"""The demo's clips are small, play anywhere, and carry their truth."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from training.synthetic.motion import movement_figures

CLIPS = Path(__file__).parents[2] / "app" / "demo" / "clips"
NAMES = ("well_lit", "blanket", "infrared", "dropout")


def recomputed(truth):
    times = np.arange(len(truth["keypoints_tkc"])) / truth["fps"]
    return movement_figures(times, np.array(truth["keypoints_tkc"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_clip_is_small_and_plays_with_its_truth(name):
    path = CLIPS / f"{name}.mp4"
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert path.stat().st_size <= 1_200_000
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == truth["fps"] == 15
        assert (stream.width, stream.height) == (truth["width"], truth["height"])
        assert stream.frames == len(truth["keypoints_tkc"]) >= 20 * 15
    assert recomputed(truth) == truth["movement"]
