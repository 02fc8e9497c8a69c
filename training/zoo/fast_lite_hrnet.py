"""Lite-HRNet rewritten for inference: the same function, in a graph that a CPU runs faster.

What it does to a trained :class:`~training.zoo.lean.LeanLiteHRNet`:

- batch norms are folded into the convolutions before them;
- no channel is ever split, concatenated or shuffled: each tensor keeps its channels where they
  are, this module remembers which is which (``order``), and every weight is permuted to suit. The
  half that a block leaves alone is weighed with 1 and convolved with the identity;
- channel counts are padded with zeros to whole vector registers, which lets ONNX Runtime stay in
  its blocked layout from the stem to the heatmaps;
- a block's last weighting (one number a channel) is multiplied into the next block's first
  (at its small size), which saves a pass over the picture.

Only for fixed input sizes that are multiples of 32, and stages of the LITE kind.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from training.zoo.lean import LeanLiteHRModule, LeanLiteHRNet

# ONNX Runtime's blocked layout has 16 channels with AVX-512 and 8 with AVX2.
LANES = 16
# A logit whose sigmoid is 1 in single precision.
ALWAYS = 30.0

Order = list[int]


def padded(channels: int) -> int:
    """Round a channel count up to whole registers."""
    return -(-channels // LANES) * LANES


def natural(channels: int) -> Order:
    """Return the order in which logical channel c stands at c, padding (-1) behind."""
    return list(range(channels)) + [-1] * (padded(channels) - channels)


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution with the batch norm behind it folded in."""
    weight = conv.weight.detach().double()
    bias = (
        torch.zeros(weight.shape[0]).double() if conv.bias is None else conv.bias.detach().double()
    )
    if norm is not None:
        scale = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = weight * scale[:, None, None, None]
        bias = (bias - norm.running_mean.double()) * scale + norm.bias.detach().double()
    return weight.float(), bias.float()


def _rows(values: Tensor, order: Order, fill: float = 0.0) -> Tensor:
    """Take rows of ``values`` in an order; -1 gives rows of ``fill``."""
    out = torch.full((len(order), *values.shape[1:]), fill)
    for place, row in enumerate(order):
        if row >= 0:
            out[place] = values[row]
    return out


def _columns(weight: Tensor, order: Order) -> Tensor:
    return _rows(weight.transpose(0, 1), order).transpose(0, 1).contiguous()


def pointwise(weight: Tensor, bias: Tensor, before: Order, after: Order) -> nn.Conv2d:
    """Make a convolution from channels in one order to channels in another."""
    conv = nn.Conv2d(len(before), len(after), weight.shape[-1])
    conv.weight.data = _rows(_columns(weight, before), after)
    conv.bias.data = _rows(bias, after)
    return conv


def depthwise(weight: Tensor, bias: Tensor, order: Order, stride: int) -> nn.Conv2d:
    """Make a 3×3 depthwise convolution over channels in an order."""
    n = len(order)
    conv = nn.Conv2d(n, n, 3, stride=stride, padding=1, groups=n)
    conv.weight.data = _rows(weight, order)
    conv.bias.data = _rows(bias, order)
    return conv


def _module_parts(module: ConvModule) -> tuple[Tensor, Tensor]:
    return folded(module.conv, module.norm if module.with_norm else None)


class _Block(nn.Module):
    """Conditional channel weighting over whole branches; the last weighting is left to others."""

    def __init__(self, block: nn.Module, orders: list[Order], factors: list[int]) -> None:
        super().__init__()
        halves = [sum(row >= 0 for row in order) // 2 for order in orders]
        # Where a physical channel stands among the changed ones; -1: kept, or padding.
        changed = [
            [row - half if row >= half else -1 for row in order]
            for order, half in zip(orders, halves, strict=True)
        ]
        self.factors = factors
        cross = block.cross_resolution_weighting
        starts = [sum(halves[:branch]) for branch in range(len(halves))]
        joint = [
            row + start if row >= 0 else -1
            for order, start in zip(changed, starts, strict=True)
            for row in order
        ]
        squeeze = _module_parts(cross.conv1)
        hidden = natural(len(squeeze[1]))
        self.squeeze = pointwise(*squeeze, joint, hidden)
        self.excite = nn.ModuleList()
        self.convs = nn.ModuleList()
        self.squeeze_one = nn.ModuleList()
        self.excite_one = nn.ModuleList()
        for branch, (places, start) in enumerate(zip(changed, starts, strict=True)):
            weight, bias = _module_parts(cross.conv2)
            rows = slice(start, start + halves[branch])
            self.excite.append(_gate(weight[rows], bias[rows], hidden, places))
            self.convs.append(_partial_depthwise(block.depthwise_convs[branch], places))
            own = block.spatial_weighting[branch]
            inner = natural(len(own.conv1.conv.bias))
            self.squeeze_one.append(pointwise(*_module_parts(own.conv1), places, inner))
            self.excite_one.append(_gate(*_module_parts(own.conv2), inner, places))
        self.orders = [
            [_shuffled(row, half) for row in order]
            for order, half in zip(orders, halves, strict=True)
        ]

    def forward(
        self, x: list[Tensor], pending: list[Tensor] | None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return branches and the weights (N, C, 1, 1) that they still have to be given."""
        pooled = [
            F.avg_pool2d(b, f, f) if f > 1 else b for b, f in zip(x, self.factors, strict=True)
        ]
        if pending is not None:
            pooled = [_weighed(b, w) for b, w in zip(pooled, pending, strict=True)]
        hidden = F.relu(self.squeeze(torch.cat(pooled, dim=1)))
        out, weights = [], []
        for branch, factor in enumerate(self.factors):
            gate = torch.sigmoid(self.excite[branch](hidden))
            if pending is not None:
                gate = _weighed(gate, pending[branch])
            if factor > 1:
                gate = F.interpolate(gate, scale_factor=float(factor), mode="nearest")
            y = self.convs[branch](x[branch] * gate)
            mean = F.adaptive_avg_pool2d(y, 1)
            weights.append(
                torch.sigmoid(self.excite_one[branch](F.relu(self.squeeze_one[branch](mean))))
            )
            out.append(y)
        return out, weights


def _shuffled(row: int, half: int) -> int:
    """Return a channel's place after mmpose's shuffle of two halves."""
    if row < 0:
        return row
    return 2 * row if row < half else 2 * (row - half) + 1


def _gate(weight: Tensor, bias: Tensor, before: Order, places: Order) -> nn.Conv2d:
    """Make the convolution before a sigmoid; channels that are kept get 1."""
    conv = pointwise(weight, bias, before, places)
    conv.bias.data = _rows(bias, places, fill=ALWAYS)
    return conv


def _partial_depthwise(module: ConvModule, places: Order) -> nn.Conv2d:
    """Make a depthwise convolution that leaves the kept channels as they are."""
    conv = depthwise(*_module_parts(module), places, 1)
    kept = torch.tensor([row < 0 for row in places])
    conv.weight.data[kept, :, 1, 1] = 1.0
    return conv


class _Stage(nn.Module):
    """One LiteHRModule: its blocks, the pending weighting, and the exchange between branches."""

    def __init__(self, module: LeanLiteHRModule, orders: list[Order]) -> None:
        super().__init__()
        last = len(orders) - 1
        factors = [2 ** (last - branch) for branch in range(len(orders))]
        self.blocks = nn.ModuleList()
        for layer in module.layers:
            self.blocks.append(_Block(layer, orders, factors))
            orders = self.blocks[-1].orders
        self.orders = orders
        self.fuse = nn.ModuleList(
            nn.ModuleList(
                _fuse_path(path, orders[j], orders[i], times=2.0 if i and not j else 1.0)
                for j, path in enumerate(paths)
            )
            for i, paths in enumerate(module.fuse_layers)
        )

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        """Run the module."""
        pending: list[Tensor] | None = None
        for block in self.blocks:
            x, pending = block(x, pending)
        # mmpose counts the first branch twice wherever it goes, and shows the others the first
        # one already fused (see LeanLiteHRModule).
        # Added to itself: a product with a constant would leave the blocked layout.
        pending = [weight + weight if b == 0 else weight for b, weight in enumerate(pending)]
        x = [_weighed(branch, weight) for branch, weight in zip(x, pending, strict=True)]
        first = x[0]
        for j in range(1, len(x)):
            first = first + self.fuse[0][j](x[j])
        out = [F.relu(first)]
        for i in range(1, len(self.fuse)):
            total = x[i]
            for j in range(len(x)):
                if j != i:
                    total = total + self.fuse[i][j](first if j == 0 else x[j])
            out.append(F.relu(total))
        return out


def _weighed(branch: Tensor, weight: Tensor) -> Tensor:
    # Stretched rather than broadcast: the blocked layout multiplies only equal shapes.
    stretched = F.interpolate(
        weight, scale_factor=(float(branch.shape[2]), float(branch.shape[3])), mode="nearest"
    )
    return branch * stretched


def _fuse_path(path: nn.Module | None, before: Order, after: Order, times: float) -> nn.Module:
    if path is None:
        return nn.Identity()
    if isinstance(path[0], nn.Conv2d):
        return nn.Sequential(pointwise(*folded(path[0], path[1]), before, after), path[2])
    layers: list[nn.Module] = []
    for step, down in enumerate(path):
        ends = step == len(path) - 1
        goal = after if ends else natural(down[2].out_channels)
        weight, bias = folded(down[2], down[3])
        layers.append(depthwise(*folded(down[0], down[1]), before, 2))
        scale = times if ends else 1.0
        layers.append(pointwise(weight * scale, bias * scale, before, goal))
        if not ends:
            layers.append(nn.ReLU())
            before = goal
    return nn.Sequential(*layers)


class _Stem(nn.Module):
    """The stem; its split is two convolutions of the picture, its shuffle an order."""

    def __init__(self, stem: nn.Module) -> None:
        super().__init__()
        weight, bias = _module_parts(stem.conv1)
        half = weight.shape[0] // 2
        self.first = _plain(weight[:half], bias[:half], 2)
        self.second = _plain(weight[half:], bias[half:], 2)
        one, other = natural(half), natural(stem.expand_conv.conv.out_channels)
        self.first_down = depthwise(*_module_parts(stem.branch1[0]), one, 2)
        first_out = _module_parts(stem.branch1[1])
        self.first_out = pointwise(*first_out, one, natural(len(first_out[1])))
        self.expand = pointwise(*_module_parts(stem.expand_conv), one, other)
        self.second_down = depthwise(*_module_parts(stem.depthwise_conv), other, 2)
        second_out = _module_parts(stem.linear_conv)
        self.second_out = pointwise(*second_out, other, natural(len(second_out[1])))
        n = len(first_out[1])
        self.order = [_shuffled(row, n) for row in range(2 * n)]

    def forward(self, x: Tensor) -> Tensor:
        """Shrink the picture by four."""
        first = F.relu(self.first_out(self.first_down(F.relu(self.first(x)))))
        second = F.relu(self.expand(F.relu(self.second(x))))
        second = F.relu(self.second_out(self.second_down(second)))
        return torch.cat([first, second], dim=1)


def _plain(weight: Tensor, bias: Tensor, stride: int) -> nn.Conv2d:
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3, stride=stride, padding=1)
    conv.weight.data, conv.bias.data = weight.clone(), bias.clone()
    return conv


def _transition(steps: nn.Sequential, before: Order) -> tuple[nn.Module, Order]:
    """Rebuild a transition: (depthwise, norm, pointwise, norm, ReLU), once or in a row."""
    chains = [steps] if isinstance(steps[0], nn.Conv2d) else list(steps)
    layers: list[nn.Module] = []
    for chain in chains:
        after = natural(chain[2].out_channels)
        layers.append(depthwise(*folded(chain[0], chain[1]), before, chain[0].stride[0]))
        layers.append(pointwise(*folded(chain[2], chain[3]), before, after))
        layers.append(nn.ReLU())
        before = after
    return nn.Sequential(*layers), before


class FastLiteHRNet(nn.Module):
    """The backbone; gives the finest branch (N, C, H/4, W/4) with its channels in ``order``."""

    def __init__(self, net: LeanLiteHRNet) -> None:
        super().__init__()
        self.stem = _Stem(net.stem)
        orders = [self.stem.order]
        self.transitions = nn.ModuleList()
        self.stages = nn.ModuleList()
        for number in range(net.num_stages):
            entries, orders = self._enter(getattr(net, f"transition{number}"), orders)
            self.transitions.append(entries)
            stage = []
            for module in getattr(net, f"stage{number}"):
                stage.append(_Stage(module, orders))
                orders = stage[-1].orders
            self.stages.append(nn.Sequential(*stage))
        self.head = nn.ModuleList()
        for branch, project in zip(reversed(orders), net.head_layer.projects, strict=True):
            weight, bias = _module_parts(project.pointwise_conv)
            # Each result is added to the next finer branch, so it takes that one's order.
            position = len(orders) - 1 - len(self.head)
            after = orders[position - 1] if position else natural(len(bias))
            self.head.append(
                nn.Sequential(
                    depthwise(*_module_parts(project.depthwise_conv), branch, 1),
                    pointwise(weight, bias, branch, after),
                    nn.ReLU(),
                )
            )
        self.order = after

    def _enter(
        self, transition: Sequence[nn.Module | None], orders: list[Order]
    ) -> tuple[nn.ModuleList, list[Order]]:
        entries, after = nn.ModuleList(), []
        for branch, steps in enumerate(transition):
            before = orders[min(branch, len(orders) - 1)]
            if steps is None:
                entries.append(nn.Identity())
                after.append(before)
                continue
            entry, order = _transition(steps, before)
            entries.append(entry)
            after.append(order)
        return entries, after

    def forward(self, x: Tensor) -> Tensor:
        """Run the network on pictures (N, 3, H, W)."""
        branches = [self.stem(x)]
        for entries, stage in zip(self.transitions, self.stages, strict=True):
            last = len(branches) - 1
            branches = [entry(branches[min(b, last)]) for b, entry in enumerate(entries)]
            branches = stage(branches)
        finer: Tensor | None = None
        for branch, project in zip(reversed(branches), self.head, strict=True):
            if finer is not None:
                branch = branch + F.interpolate(
                    finer, scale_factor=2.0, mode="bilinear", align_corners=True
                )
            finer = project(branch)
        return finer


def can_be_fast(net: LeanLiteHRNet) -> bool:
    """Tell whether a network is of the kind that this file rewrites."""
    return net.with_head and all(
        module.module_type.upper() == "LITE" and module.with_fuse and module.multiscale_output
        for number in range(net.num_stages)
        for module in getattr(net, f"stage{number}")
    )
