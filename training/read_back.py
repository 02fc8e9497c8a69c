"""Read a network's weights back out of an exported model folder, so that training can go on.

An exported file holds other tensors than the network: norms are folded into convolutions, channels
stand in another order, padding is added. Which entry came from where is not written anywhere, but
it can be asked: a network whose every weight is a number that says which weight it is goes through
the same export, and its file tells for each place what stands there. Ours.

What the file does not hold (statistics of norms, heads that only training uses) stays as it began;
:mod:`training.settle` gives the norms their statistics again.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from pipeline.models.manifest import read_manifest
from pipeline.skeleton import Skeleton
from training.checkpoint import Loaded
from training.errors import CheckpointError
from training.graph import ExportNet, MirroredNet, exportable, parity, trace_onnx
from training.norms import norms_of

# The first number that says whose an entry is: so large that one taken twice is told apart from
# the next tensor's. And the first that says where it stood. Smaller numbers are the export's own:
# zeros of padding, ones of an identity, a saturated logit.
_OWNER = 2.0**16
_PLACE = 2.0**10
_ROUNDING = 2.0**-20
_WEIGHED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# Answers of 0..1 from torch and from the file may differ by so much.
_PARITY_LIMIT = 1e-3

Constants = list[NDArray[np.float32]]


def constants(path: Path) -> Constants:
    """Return the weights and biases of a file's weighed operations, in the order of their use.

    Weights that are stored in 16 or 8 bits come as float32. Raises ``CheckpointError`` for files
    that compute in 8 bits.
    """
    graph = onnx.load(str(path)).graph
    kept = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        # Equal tensors are kept once and handed on; those in fewer bits are widened before use.
        if node.op_type in ("Cast", "Identity") and node.input[0] in kept:
            kept[node.output[0]] = kept[node.input[0]]
        if node.op_type == "Mul" and all(name in kept for name in node.input):
            kept[node.output[0]] = kept[node.input[0]] * kept[node.input[1]]
        if node.op_type in ("QLinearConv", "ConvInteger", "DequantizeLinear"):
            raise CheckpointError(f"{path}: computes in 8 bits; name the folder in 32 or 16 bits")
    used = [name for node in graph.node if node.op_type in _WEIGHED for name in node.input]
    weights = [kept[name] for name in used if name in kept]
    return [weight.astype(np.float32) for weight in weights if weight.dtype.kind == "f"]


def load_folder(model: nn.Module, folder: Path, skeleton: Skeleton) -> Loaded:
    """Give a network the weights of a model folder that was exported from one of its kind.

    Returns what was taken and what the file does not hold. Raises ``CheckpointError`` when the
    folder holds another network, or one whose file cannot be undone.
    """
    path, manifest = folder / "model.onnx", read_manifest(folder)
    input_wh = (manifest.input.width, manifest.input.height)
    theirs = constants(path)
    began = {name: value.clone() for name, value in model.state_dict().items()}
    try:
        asked = _asked(model, input_wh, theirs, path)
    finally:
        model.load_state_dict(began)
    found = _gathered(model, asked, theirs)
    _plain_norms(model)
    model.load_state_dict(found, strict=False)
    mirrored = MirroredNet(ExportNet(model), skeleton.flip_indices, input_wh[0])
    apart = min(parity(net, path, input_wh) for net in (ExportNet(model), mirrored))
    if not apart <= _PARITY_LIMIT:
        model.load_state_dict(began)
        raise CheckpointError(f"{folder}: its weights read back answer otherwise ({apart:.0e} off)")
    untouched = sorted(name for name, _ in model.named_parameters() if name not in found)
    norms = {f"{name}.weight" for name, _ in norms_of(model)}
    return Loaded(sorted(found), [], [], [], [n for n in untouched if n not in norms])


@dataclass(frozen=True, slots=True)
class Places:
    """For each entry of each constant of a file: ``times`` which weight it is, and whose.

    ``owners`` count the network's tensors, ``places`` their entries; where ``times`` is 0 the entry
    is the export's own.
    """

    times: Constants
    owners: Constants
    places: Constants


def _asked(model: nn.Module, input_wh: tuple[int, int], theirs: Constants, path: Path) -> Places:
    """Export the network twice with numbers for weights, to see where each of them goes."""
    _plain_norms(model)
    held = [parameter for _, parameter in _held(model)]
    whose = [torch.full_like(p, _OWNER + number) for number, p in enumerate(held)]
    where = [_PLACE + torch.arange(p.numel(), dtype=p.dtype).reshape(p.shape) for p in held]
    owners, places = (_exported(model, held, values, input_wh) for values in (whose, where))
    ours, wanted = ([constant.shape for constant in some] for some in (owners, theirs))
    if ours != wanted:
        raise CheckpointError(
            f"{path}: is not this network: it has {len(wanted)} weighed tensors, "
            f"the network {len(ours)}, or theirs have other shapes"
        )
    times = [np.floor(owner / _OWNER + _ROUNDING).clip(min=0) for owner in owners]
    return Places(times, _untagged(owners, times, _OWNER), _untagged(places, times, _PLACE))


def _untagged(tagged: Constants, times: Constants, first: float) -> Constants:
    return [
        np.rint(some / np.where(by == 0, 1.0, by) - first)
        for some, by in zip(tagged, times, strict=True)
    ]


def _exported(
    model: nn.Module, held: list[nn.Parameter], values: list[Tensor], input_wh: tuple[int, int]
) -> Constants:
    with torch.no_grad():
        for parameter, value in zip(held, values, strict=True):
            parameter.copy_(value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers.onnx"
        trace_onnx(exportable(model), path, input_wh, model.head.output_names)
        return constants(path)


def _gathered(model: nn.Module, asked: Places, theirs: Constants) -> dict[str, Tensor]:
    """Put each entry of a file where it came from; a tensor that is not whole is left out."""
    held = _held(model)
    values = [np.full(p.numel(), np.nan, np.float32) for _, p in held]
    for times, owner, place, value in zip(
        asked.times, asked.owners, asked.places, theirs, strict=True
    ):
        for number in np.unique(owner[times != 0]).astype(int):
            here = (owner == number) & (times != 0)
            values[number][place[here].astype(np.int64)] = value[here] / times[here]
    return {
        name: torch.from_numpy(flat).reshape(parameter.shape)
        for (name, parameter), flat in zip(held, values, strict=True)
        if np.isfinite(flat).all()
    }


def _held(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Return what can be told from a file: all parameters but the scales of norms."""
    scales = {f"{name}.weight" for name, _ in norms_of(model)}
    return [(name, p) for name, p in model.named_parameters() if name not in scales]


@torch.no_grad()
def _plain_norms(model: nn.Module) -> None:
    """Let every norm add its bias and nothing else."""
    for _, norm in norms_of(model):
        norm.weight.fill_(1.0)
        norm.running_mean.zero_()
        norm.running_var.fill_(1.0 - norm.eps)
