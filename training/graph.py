"""The graphs that are exported: network to answers, in a fast form, mirrored; and their parity."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference
from torch import Tensor, nn

from pipeline.skeleton import SKELETONS
from training.spec import TrainSpec
from training.zoo.fast_lite_hrnet import FastLiteHRNet, can_be_fast, pointwise
from training.zoo.lean import LeanLiteHRNet

OPSET = 17


class ExportNet(nn.Module):
    """Pictures (N, 3, H, W) to the head's answers, in 0..1."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone = model.backbone
        self.head = model.head

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the answers, in the order of the head's ``output_names``."""
        return self.head.answers(self.head.forward(self.backbone(pictures)))


class MirroredNet(nn.Module):
    """Answers averaged over a picture and its mirror image, in one graph: twice the sums.

    ``swapped`` says where each keypoint's counterpart on the other side stands; ``width`` is that
    of the pictures.
    """

    def __init__(self, net: nn.Module, swapped: Sequence[int], width: int) -> None:
        super().__init__()
        self.net = net
        self.swapped = list(swapped)
        self.width = width

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the mean answers."""
        both = self.net(torch.cat([pictures, pictures.flip(3)]))
        pairs = [answer.reshape(2, -1, *answer.shape[1:]) for answer in both]
        back = self.net.head.mirrored(tuple(pair[1] for pair in pairs), self.width)
        return tuple(
            0.5 * (pair[0] + other[:, self.swapped])
            for pair, other in zip(pairs, back, strict=True)
        )


class FastExportNet(nn.Module):
    """The same for Lite-HRNet, rewritten for speed."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone = FastLiteHRNet(model.backbone)
        final = model.head.final_layer
        weight, bias = final.weight.detach(), final.bias.detach()
        points = list(range(weight.shape[0]))
        self.final_layer = pointwise(weight, bias, self.backbone.order, points)
        self.head = model.head

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the answers."""
        return self.head.answers(self.final_layer(self.backbone(pictures)))


def set_to_evaluate(module: nn.Module) -> None:
    """Put a network into evaluation; mmpose's own ``eval`` returns None in places."""
    for part in module.modules():
        part.training = False


def mirrored(net: nn.Module, spec: TrainSpec, width: int) -> nn.Module:
    """Return the network, looking at the mirror image too where the spec wants that."""
    if spec.export is None or not spec.export.mirrored:
        return net
    return MirroredNet(net, SKELETONS[spec.network.skeleton].flip_indices, width)


def exportable(model: nn.Module) -> nn.Module:
    """Return the form of a network that is exported: the fast one where there is one."""
    set_to_evaluate(model)
    if isinstance(model.backbone, LeanLiteHRNet) and can_be_fast(model.backbone):
        net: nn.Module = FastExportNet(model)
    else:
        net = ExportNet(model)
    set_to_evaluate(net)
    return net


def write_onnx(
    net: nn.Module,
    path: Path,
    input_wh: tuple[int, int],
    output_names: Sequence[str] = ("heatmaps",),
) -> None:
    """Write a network as ONNX with a free batch size and a fixed picture size."""
    trace_onnx(net, path, input_wh, output_names)
    if any(isinstance(part, FastExportNet) for part in net.modules()):
        name_batches(path)


def trace_onnx(
    net: nn.Module, path: Path, input_wh: tuple[int, int], output_names: Sequence[str]
) -> None:
    """Write a network as ONNX as torch traces it."""
    width, height = input_wh
    with warnings.catch_warnings():
        # The tracer says that sizes become constants, which is what is wanted, and that a newer
        # exporter exists, whose graph of this network is larger.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (torch.zeros(2, 3, height, width),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["pictures"],
            output_names=list(output_names),
            dynamic_axes={name: {0: "batch"} for name in ("pictures", *output_names)},
        )


def name_batches(path: Path) -> None:
    """Say of every tensor inside a graph that its first axis is the batch.

    ONNX Runtime keeps its blocked layout only where it knows two shapes to be equal, and forgets
    the batch behind a Resize; it then puts tensors in order and back hundreds of times a picture.
    """
    model = SymbolicShapeInference.infer_shapes(onnx.load(str(path)), auto_merge=True)
    onnx.save(model, str(path))


def parity(
    net: nn.Module, path: Path, input_wh: tuple[int, int], unit: float = 1.0, batch: int = 3
) -> float:
    """Return the largest difference between a network in torch and its file, in ``unit``s."""
    width, height = input_wh
    pictures = torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(0))
    set_to_evaluate(net)
    with torch.no_grad():
        wanted = [answer.numpy() for answer in net(pictures)]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"pictures": pictures.numpy()})
    return max(
        float(np.abs(want - got).max()) / unit for want, got in zip(wanted, found, strict=True)
    )
