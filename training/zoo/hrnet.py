"""HRNet (Sun et al. 2019): parallel branches at four resolutions, any width."""

from __future__ import annotations

from training.zoo.entry import Network, Published

_PUBLISHED = {
    18: Published(flops="4.1G at 224², classification form"),
    30: Published(flops="16.2G at 224², classification form"),
    32: Published(28.5, "7.1G", "74.4"),
    40: Published(flops="25.4G at 224², classification form"),
    44: Published(flops="29.0G at 224², classification form"),
    48: Published(63.6, "14.6G", "75.1"),
    64: Published(flops="57.8G at 224², classification form"),
}


def hrnet(width: int) -> Network:
    """Describe HRNet-W``width``."""
    widths = tuple(width * 2**branch for branch in range(4))

    def stage(modules: int, branches: int) -> dict[str, object]:
        return {
            "num_modules": modules,
            "num_branches": branches,
            "block": "BASIC",
            "num_blocks": (4,) * branches,
            "num_channels": widths[:branches],
        }

    first = {
        "num_modules": 1,
        "num_branches": 1,
        "block": "BOTTLENECK",
        "num_blocks": (4,),
        "num_channels": (64,),
    }
    extra = {"stage1": first, "stage2": stage(1, 2), "stage3": stage(4, 3), "stage4": stage(3, 4)}
    return Network(
        name=f"hrnet_w{width}",
        backbone={"type": "HRNet", "in_channels": 3, "extra": extra},
        out_channels=width,
        stride=4,
        flop_count="hrnet",
        published=_PUBLISHED[width],
        code_licence="MIT",
    )
