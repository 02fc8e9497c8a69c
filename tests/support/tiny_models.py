"""Tiny ONNX models whose answers are known: they see coloured dots and put out where they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pipeline.skeleton import INFANT13

WIDTH, HEIGHT, STRIDE = 96, 128, 4
# One colour (blue, green, red) a keypoint, far apart, none of them grey.
COLOURS_KC = np.array(
    [
        [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 0, 255], [0, 255, 255],
        [255, 128, 0], [0, 255, 128], [128, 0, 255], [128, 255, 0], [255, 0, 128], [0, 128, 255],
        [255, 128, 128],
    ],
    np.float32,
)  # fmt: skip
_SHARPNESS = 1 / 900.0


def dot_graph(
    n_keypoints: int = 13, opset: int = 17, output: str = "heatmap", every: int = 1
) -> onnx.ModelProto:
    """Build a graph: exp(−|pixel − colour|²·s) averaged over stride×stride, one map a colour.

    |p − c|² = Σp² − 2c·p + |c|²: a 1×1 convolution over (p, p²). ``every``: looks at every so many
    pixels each way only (1, 2 or 4), to cost less.
    """
    reach = STRIDE // every
    colours = np.resize(COLOURS_KC, (n_keypoints, 3))
    weights = np.concatenate([2 * colours, -np.ones_like(colours)], axis=1) * _SHARPNESS
    bias = -(colours**2).sum(axis=1) * _SHARPNESS
    initialisers = [
        numpy_helper.from_array(weights[:, :, None, None].astype(np.float32), "weights"),
        numpy_helper.from_array(bias.astype(np.float32), "bias"),
    ]
    nodes = [
        helper.make_node("Mul", ["input", "input"], ["squared"]),
        helper.make_node("Concat", ["input", "squared"], ["both"], axis=1),
        helper.make_node(
            "Conv", ["both", "weights", "bias"], ["minus_distance"], strides=[every] * 2
        ),
        helper.make_node("Exp", ["minus_distance"], ["likeness"]),
        helper.make_node(
            "AveragePool",
            ["likeness"],
            ["heatmap"],
            kernel_shape=[2 * reach + 1] * 2,
            strides=[reach] * 2,
            pads=[reach] * 4,
            ceil_mode=0,
        ),
    ]
    shape = ["N", n_keypoints, HEIGHT // STRIDE, WIDTH // STRIDE]
    graph = helper.make_graph(
        nodes,
        "dots",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None if output else shape)],
        initialisers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def manifest_for(content: bytes, **changes: object) -> dict[str, object]:
    """Return the manifest of ``dot_graph``, with top-level keys replaced."""
    manifest: dict[str, object] = {
        "format_version": 1,
        "name": "dots",
        "version": "1",
        "sha256": hashlib.sha256(content).hexdigest(),
        "skeleton": {"name": INFANT13.name, "keypoints": list(INFANT13.keypoints)},
        "input": {"width": WIDTH, "height": HEIGHT, "channels": "bgr"},
        "output": {"kind": "heatmap", "decoder": "dark", "stride": STRIDE, "sigma": 1.0},
        "licence": "Apache-2.0",
        "calibration": {"kind": "none", "threshold": 0.1},
    }
    return manifest | changes


def write_model(folder: Path, content: bytes | onnx.ModelProto, **changes: object) -> Path:
    """Write a model folder; ``changes`` replace top-level keys of the manifest."""
    data = content if isinstance(content, bytes) else content.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(manifest_for(data, **changes)))
    return folder


def draw_dots(
    keypoints_kc: np.ndarray, size_wh: tuple[int, int] = (640, 480), radius: float = 15.0
) -> np.ndarray:
    """Draw each present keypoint as a disc of its colour on grey, at sub-pixel places."""
    picture = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
    for (x, y), colour in zip(keypoints_kc, COLOURS_KC, strict=True):
        if np.isfinite(x):
            centre = (round(float(x) * 16), round(float(y) * 16))
            bgr = tuple(float(c) for c in colour)
            cv2.circle(picture, centre, round(radius * 16), bgr, -1, cv2.LINE_AA, 4)
    return picture


def standing_body(
    center_xy: tuple[float, float] = (320, 240), trunk: float = 80.0, angle_rad: float = 0.0
) -> np.ndarray:
    """Return the 13 keypoints of a spread body, its head up at angle 0, turned clockwise."""
    upright = {
        "nose": (0, -0.95), "left_shoulder": (0.35, -0.5), "right_shoulder": (-0.35, -0.5),
        "left_elbow": (0.75, -0.35), "right_elbow": (-0.75, -0.35), "left_wrist": (0.9, -0.8),
        "right_wrist": (-0.9, -0.8), "left_hip": (0.25, 0.5), "right_hip": (-0.25, 0.5),
        "left_knee": (0.6, 0.8), "right_knee": (-0.6, 0.8), "left_ankle": (0.4, 1.25),
        "right_ankle": (-0.4, 1.25),
    }  # fmt: skip
    points = np.array([upright[name] for name in INFANT13.keypoints]) * trunk
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return points @ np.array([[cos, sin], [-sin, cos]]) + np.array(center_xy)
