"""PreemieHRNet: HRNet-W32 without its fourth stage. Ours.

An infant fills its crop, so the coarsest branch has little to add; leaving stage 4 out takes two
thirds of the parameters. Weights of HRNet-W32 load by name. It is meant to be trained with the
morphology loss (``[loss.morphology]`` in the spec). It looks at single pictures; over time its
points are refined, as any network's can be, by the smoother ``transformer``
(pipeline/smoothing/transformer.py, trained by training/temporal).
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from mmpose.models.backbones import HRNet
from mmpose.registry import MODELS
from torch import Tensor

from training.zoo.entry import Network, Published
from training.zoo.hrnet import hrnet_backbone

_WIDTH = 32


@MODELS.register_module()
class ThreeStageHRNet(HRNet):
    """HRNet that ends with stage 3 and gives its finest branch; weights keep HRNet's names."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        del self.stage4, self.transition3
        last = self.stage3[-1]
        last.multiscale_output = False
        # What only the coarser branches of the last exchange would be made by.
        last.fuse_layers = last.fuse_layers[:1]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the finest branch (N, C, H/4, W/4) of pictures (N, 3, H, W)."""
        x = self.relu(self.norm1(self.conv1(x)))
        x = self.layer1(self.relu(self.norm2(self.conv2(x))))
        branches = [x]
        for number in (1, 2):
            entries = getattr(self, f"transition{number}")
            branches = [
                branches[min(place, len(branches) - 1)] if entry is None else entry(branches[-1])
                for place, entry in enumerate(entries)
            ]
            branches = getattr(self, f"stage{number + 1}")(branches)
        return (branches[0],)


def preemie_hrnet() -> Network:
    """Describe PreemieHRNet."""
    return Network(
        name="preemie_hrnet",
        backbone={**hrnet_backbone(_WIDTH), "type": "ThreeStageHRNet"},
        out_channels=_WIDTH,
        stride=4,
        flop_count="hrnet",
        published=Published(),
        code_licence="MIT",
    )
