"""HRNet (Sun et al. 2019): parallel branches at four resolutions, any width."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from training.zoo.entry import Network, Published

# Of W18, W30, W40, W44 and W64 only the form that classifies pictures was published; the figures
# are mmpretrain's, in multiply-adds / 10⁹.
_PUBLISHED = {
    18: Published(21.30, "4.33G", classifier=True),
    30: Published(37.71, "8.17G", classifier=True),
    32: Published(28.5, "7.1G", "74.4"),
    40: Published(57.55, "12.77G", classifier=True),
    44: Published(67.06, "14.96G", classifier=True),
    48: Published(63.6, "14.6G", "75.1"),
    64: Published(128.06, "29.00G", classifier=True),
}


def hrnet_backbone(width: int) -> dict[str, Any]:
    """Return the mmpose config of HRNet-W``width``."""
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
    return {"type": "HRNet", "in_channels": 3, "extra": extra}


def hrnet(width: int) -> Network:
    """Describe HRNet-W``width``."""
    published = _PUBLISHED[width]
    return Network(
        name=f"hrnet_w{width}",
        backbone=hrnet_backbone(width),
        out_channels=width,
        stride=4,
        flop_count="mmpose" if published.classifier else "hrnet",
        published=published,
        code_licence="MIT",
    )


def hrnet_simcc(width: int) -> Network:
    """Describe HRNet-W``width`` with a SimCC head (Li et al. 2022)."""
    return replace(
        hrnet(width),
        name=f"hrnet_w{width}_simcc",
        published=Published(),
        head_kind="simcc",
        head={"deconv_out_channels": None},
    )
