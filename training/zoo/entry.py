"""What the zoo knows of a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Published:
    """Figures from the papers, at 256×192 for COCO's 17 keypoints, for comparison."""

    parameters_m: float | None = None
    flops: str | None = None
    coco_ap: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A network: the mmpose config of its backbone, and what its head must know.

    ``flop_count`` says how its authors counted: ``hrnet`` convolution MACs / 2³⁰,
    ``lite_hrnet`` each module once, convolution + BN + ReLU, / 2²⁰.
    """

    name: str
    backbone: dict[str, Any]
    out_channels: int
    stride: int
    flop_count: Literal["hrnet", "lite_hrnet"]
    published: Published
    head: dict[str, Any] = field(default_factory=dict)
    code_licence: str = "Apache-2.0"
    weights_licence: str = "Apache-2.0"
