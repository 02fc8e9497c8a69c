"""What the zoo knows of a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Published:
    """Figures from the papers for COCO's 17 keypoints, for comparison.

    ``flops`` and ``coco_ap`` hold at ``input_wh``. ``classifier``: the paper gives parameters and
    FLOPs of the form that classifies pictures, at 224×224.
    """

    parameters_m: float | None = None
    flops: str | None = None
    coco_ap: str | None = None
    input_wh: tuple[int, int] = (192, 256)
    classifier: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """A network: the mmpose config of its backbone, and what its head must know.

    ``flop_count`` says how its authors counted: ``hrnet`` convolution MACs / 2³⁰,
    ``lite_hrnet`` each module once, convolution + BN + ReLU, / 2²⁰, ``mmpose`` MACs of
    convolutions and linear layers / 10⁹. ``head`` holds further arguments of the head.
    """

    name: str
    backbone: dict[str, Any]
    out_channels: int
    stride: int
    flop_count: Literal["hrnet", "lite_hrnet", "mmpose"]
    published: Published
    head_kind: Literal["heatmap", "simcc", "rtmcc"] = "heatmap"
    head: dict[str, Any] = field(default_factory=dict)
    code_licence: str = "Apache-2.0"
    weights_licence: str = "Apache-2.0"

    @property
    def answer(self) -> Literal["heatmap", "simcc"]:
        """Return the kind of answer that its head learns."""
        return "heatmap" if self.head_kind == "heatmap" else "simcc"

    @property
    def fixed_size(self) -> bool:
        """Tell whether the head fits one input size only."""
        return self.answer == "simcc"
