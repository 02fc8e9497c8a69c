"""Lite-HRNet (Yu et al. 2021): conditional channel weighting, and its naive shuffle forms."""

from __future__ import annotations

from typing import Any

from training.zoo.entry import Network, Published

_MODULES = {18: (2, 4, 2), 30: (3, 8, 3)}
_PUBLISHED = {
    18: Published(1.1, "205.2M", "64.8"),
    30: Published(1.8, "319.2M", "67.2"),
}
_NAIVE_PUBLISHED = {
    False: Published(0.7, "194.8M", "62.8"),
    True: Published(1.3, "311.1M", "66.0"),
}


def _backbone(
    modules: tuple[int, ...], module_type: str, widths: tuple[int, ...], ratio: int
) -> dict[str, Any]:
    stages = {
        "num_modules": modules,
        "num_branches": (2, 3, 4),
        "num_blocks": (2, 2, 2),
        "module_type": (module_type,) * 3,
        "with_fuse": (True,) * 3,
        "reduce_ratios": (ratio,) * 3,
        "num_channels": tuple(widths[:branches] for branches in (2, 3, 4)),
    }
    extra = {
        "stem": {"stem_channels": 32, "out_channels": 32, "expand_ratio": 1},
        "num_stages": 3,
        "stages_spec": stages,
        "with_head": True,
    }
    # The published start (normal, 0.001 everywhere) makes Adam's first steps as large as the
    # weights themselves; training from nothing in little time starts from Kaiming's instead.
    init = [
        {"type": "Kaiming", "layer": ["Conv2d"]},
        {"type": "Constant", "val": 1, "layer": ["_BatchNorm"]},
    ]
    return {"type": "LeanLiteHRNet", "in_channels": 3, "extra": extra, "init_cfg": init}


def lite_hrnet(depth: int) -> Network:
    """Describe Lite-HRNet-``depth`` (18 or 30)."""
    return Network(
        name=f"lite_hrnet_{depth}",
        backbone=_backbone(_MODULES[depth], "LITE", (40, 80, 160, 320), 8),
        out_channels=40,
        stride=4,
        flop_count="lite_hrnet",
        published=_PUBLISHED[depth],
    )


def naive_lite_hrnet(*, wider: bool) -> Network:
    """Describe Naive Lite-HRNet-18, or its wider form."""
    widths = (40, 80, 160, 320) if wider else (30, 60, 120, 240)
    return Network(
        name=("wider_" if wider else "") + "naive_lite_hrnet_18",
        backbone=_backbone(_MODULES[18], "NAIVE", widths, 1),
        out_channels=widths[0],
        stride=4,
        flop_count="lite_hrnet",
        published=_NAIVE_PUBLISHED[wider],
    )
