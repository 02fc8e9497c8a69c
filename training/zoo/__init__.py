"""The networks that can be trained, each a short declarative entry.

How to add one: write a file beside this one with a function that returns a
:class:`~training.zoo.entry.Network`, add one line to ``NETWORKS`` and one row to
``tests/training/zoo/test_zoo.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from training.errors import SpecError
from training.zoo.entry import Network
from training.zoo.hrnet import hrnet, hrnet_simcc
from training.zoo.lite0 import infant_lite0
from training.zoo.lite_hrnet import lite_hrnet, naive_lite_hrnet
from training.zoo.preemie_hrnet import preemie_hrnet
from training.zoo.rtmpose import rtmpose
from training.zoo.simple_baseline import simple_baseline
from training.zoo.unet import infant_unet

__all__ = ["NETWORKS", "Network", "network"]

NETWORKS: dict[str, Callable[[], Network]] = {
    "lite_hrnet_18": lambda: lite_hrnet(18),
    "lite_hrnet_30": lambda: lite_hrnet(30),
    "naive_lite_hrnet_18": lambda: naive_lite_hrnet(wider=False),
    "wider_naive_lite_hrnet_18": lambda: naive_lite_hrnet(wider=True),
    "infant_unet": infant_unet,
    "infant_lite0": infant_lite0,
    "hrnet_w18": lambda: hrnet(18),
    "hrnet_w30": lambda: hrnet(30),
    "hrnet_w32": lambda: hrnet(32),
    "hrnet_w40": lambda: hrnet(40),
    "hrnet_w44": lambda: hrnet(44),
    "hrnet_w48": lambda: hrnet(48),
    "hrnet_w64": lambda: hrnet(64),
    "hrnet_w32_simcc": lambda: hrnet_simcc(32),
    "preemie_hrnet": preemie_hrnet,
    "rtmpose_s": lambda: rtmpose("s"),
    "rtmpose_m": lambda: rtmpose("m"),
    "rtmpose_l": lambda: rtmpose("l"),
    "rtmpose_x": lambda: rtmpose("x"),
    "simple_baseline_r50": simple_baseline,
}


def network(name: str) -> Network:
    """Return a network of the zoo; raise ``SpecError`` naming the known ones."""
    try:
        return NETWORKS[name]()
    except KeyError:
        raise SpecError(f"unknown network {name!r}; known: {', '.join(NETWORKS)}") from None
