"""mmpose's own inferencer on a video, with the network that Cotside ships, drawing nothing.

The network is the shipped one's (training/zoo/unet.py) between mmpose's own pipeline, head and
decoder, with weights that say nothing: they cost the same. The whole picture is the box.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import training.build  # noqa: F401 - registers the network, and stands in for what mmpose lacks
from training.build import MEAN_RGB, STD_RGB
from training.zoo import network

N_KEYPOINTS = 13


class Inference:
    """The inferencer, made once."""

    def __init__(self, name: str = "infant_lite0", input_wh: tuple[int, int] = (160, 160)) -> None:
        from mmengine.config import Config
        from mmpose.apis.inferencers import Pose2DInferencer

        config = Config(_config(name, input_wh))
        self._inferencer = Pose2DInferencer(config, device="cpu", det_model="whole_image")
        self._inferencer.model.dataset_meta = {}  # which it takes from a checkpoint

    def run(self, clip: Path, batch_size: int = 8) -> int:
        """Find poses in all pictures of a video; return how many there were."""
        return sum(1 for _ in self._inferencer(str(clip), batch_size=batch_size))


def _config(name: str, input_wh: tuple[int, int]) -> dict[str, Any]:
    entry = network(name)
    heatmap_wh = tuple(side // entry.stride for side in input_wh)
    codec = {
        "type": "MSRAHeatmap",
        "input_size": input_wh,
        "heatmap_size": heatmap_wh,
        "sigma": 2,
    }
    pipeline = [
        {"type": "LoadImage"},
        {"type": "GetBBoxCenterScale"},
        {"type": "TopdownAffine", "input_size": input_wh},
        {"type": "PackPoseInputs"},
    ]
    dataset = {"type": "CocoDataset", "data_mode": "topdown", "pipeline": pipeline}
    return {
        "default_scope": "mmpose",
        "data_mode": "topdown",
        "dataset_type": "CocoDataset",
        "codec": codec,
        "test_dataloader": {"dataset": dataset},
        "test_cfg": {},
        "visualizer": {"type": "PoseLocalVisualizer"},
        "model": {
            "type": "TopdownPoseEstimator",
            "data_preprocessor": {
                "type": "PoseDataPreprocessor",
                "mean": MEAN_RGB,
                "std": STD_RGB,
                "bgr_to_rgb": True,
            },
            "backbone": entry.backbone,
            "head": {
                "type": "HeatmapHead",
                "in_channels": entry.out_channels,
                "out_channels": N_KEYPOINTS,
                "deconv_out_channels": None,
                "loss": {"type": "KeypointMSELoss"},
                "decoder": codec,
            },
            "test_cfg": {"flip_test": False},
        },
    }
