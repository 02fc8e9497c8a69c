"""Count parameters and multiply-adds as the papers counted them.

HRNet's authors count convolutions only and divide by 2³⁰. mmpose's tables count convolutions and
linear layers and divide by 10⁹. Lite-HRNet's count convolutions, batch
norms (two operations a value) and ReLUs (one), each module once however often it runs, and divide
by 2²⁰ (as mmcv's ``get_model_complexity_info`` did).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.zoo.entry import Network


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network costs: parameters, and multiply-adds by the ways of counting."""

    parameters: int
    convolution_macs: int
    linear_macs: int
    module_operations: int

    @property
    def macs(self) -> int:
        """Return the multiply-adds of convolutions and linear layers."""
        return self.convolution_macs + self.linear_macs

    def published_unit(self, network: Network) -> str:
        """Return the cost in the unit of the network's own paper."""
        if network.flop_count == "hrnet":
            return f"{self.convolution_macs / 2**30:.2f}G"
        if network.flop_count == "mmpose":
            return f"{self.macs / 1e9:.2f}G"
        return f"{self.module_operations / 2**20:.1f}M"


_COUNTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.BatchNorm2d, nn.ReLU)


class _Counter:
    """Hooks that add up what each module did; a module that runs twice counts once here."""

    def __init__(self, net: nn.Module) -> None:
        self.macs: dict[nn.Module, int] = {}
        self.linear: dict[nn.Module, int] = {}
        self.others: dict[nn.Module, int] = {}
        self._handles = [
            module.register_forward_hook(self._count)
            for module in net.modules()
            if isinstance(module, _COUNTED)
        ]

    def _count(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.BatchNorm2d):
            self.others[module] = 2 * output[0].numel()
        elif isinstance(module, nn.ReLU):
            self.others[module] = output[0].numel()
        elif isinstance(module, nn.Linear):
            self.linear[module] = module.in_features * output[0].numel()
        else:
            each = module.weight[0].numel() * output[0].numel()
            if isinstance(module, nn.ConvTranspose2d):
                each = module.weight[0].numel() * inputs[0][0].numel()
            bias = output[0].numel() if module.bias is not None else 0
            self.macs[module] = each
            self.others[module] = bias

    def close(self) -> None:
        """Stop counting: take the hooks off the network."""
        for handle in self._handles:
            handle.remove()


@torch.no_grad()
def count(net: nn.Module, input_wh: tuple[int, int] = (192, 256)) -> Cost:
    """Count a pose estimator's backbone and head at an input size (width, height)."""
    width, height = input_wh
    counter = _Counter(net)
    for module in net.modules():
        module.training = False
    net.head.forward(net.backbone(torch.zeros(1, 3, height, width)))
    counter.close()
    macs = sum(counter.macs.values())
    return Cost(
        parameters=sum(p.numel() for p in net.parameters()),
        convolution_macs=macs,
        linear_macs=sum(counter.linear.values()),
        module_operations=macs + sum(counter.others.values()),
    )
