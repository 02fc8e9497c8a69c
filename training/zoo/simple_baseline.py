"""SimpleBaseline (Xiao et al. 2018): ResNet-50 and three deconvolutions."""

from __future__ import annotations

from training.zoo.entry import Network, Published


def simple_baseline() -> Network:
    """Describe SimpleBaseline with ResNet-50."""
    return Network(
        name="simple_baseline_r50",
        backbone={"type": "ResNet", "depth": 50},
        out_channels=2048,
        stride=4,
        flop_count="mmpose",
        published=Published(34.0, "5.4G", "71.7"),
        head={"deconv_out_channels": (256, 256, 256), "deconv_kernel_sizes": (4, 4, 4)},
        code_licence="MIT",
    )
