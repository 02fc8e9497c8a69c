"""What ships works the moment it is installed: each bundled model finds rendered infants."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.models.session import BUNDLED_MODEL, BUNDLED_RIVALS, load_model
from pipeline.models.single import find
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle

CLIPS = Path(__file__).parents[3] / "app" / "demo" / "clips"
_LIMBS = [k for k, name in enumerate(INFANT13.keypoints) if name != "nose"]
_EVERY = 30


@pytest.mark.parametrize("folder", [BUNDLED_MODEL, *BUNDLED_RIVALS], ids=lambda path: path.name)
def test_a_bundled_model_places_60_percent_of_visible_limb_joints_within_0_2_trunk(folder: Path):
    model = load_model(folder, "cpu")
    near = []
    for clip in sorted(CLIPS.glob("*.mp4")):
        truth = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))
        true_tkc = np.array(truth["keypoints_tkc"])
        visible_tk = np.array(truth["visibility_tk"]) == 2
        with av.open(str(clip)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number % _EVERY:
                    continue
                low, high = true_tkc[number].min(axis=0), true_tkc[number].max(axis=0)
                box = Rectangle(*(low - 40), *(high - low + 80))
                found, _ = find(model, frame.to_ndarray(format="bgr24"), box)
                away = np.linalg.norm(found - true_tkc[number], axis=1)
                within = away <= 0.2 * truth["movement"]["trunk_px"]
                near += within[_LIMBS][visible_tk[number][_LIMBS]].tolist()
    assert len(near) > 300
    assert np.mean(near) >= 0.6
