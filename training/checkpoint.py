"""Read checkpoints as plain tensors: nothing of theirs is ever executed."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.skeleton import COCO17, INFANT13, Skeleton
from training.errors import CheckpointError, RunError


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint with ``weights_only=True``: tensors and plain data, never code.

    Raises ``CheckpointError`` when the file is missing, cut, or holds anything else.
    """
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no such checkpoint") from None
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path}: refused: it is cut, or holds more than tensors ({_first_line(error)})"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise CheckpointError(f"{path}: not a checkpoint ({_first_line(error)})") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: holds no state dict of tensors")
    return content


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the network's tensors of a checkpoint; the averaged ones where it has them."""
    content = read_checkpoint(path)
    state = content.get("state_dict", content)
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise CheckpointError(f"{path}: holds no state dict of tensors")
    return state


def write_checkpoint(content: dict[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all; raise ``RunError`` when the disk refuses."""
    part = path.with_suffix(".part")
    try:
        torch.save(content, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise RunError(
            f"{path}: cannot be written ({_first_line(error)}); the one before it is kept"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the tensors of a checkpoint; each is a sorted list of names.

    ``taken`` as they are; ``mapped``: rows chosen by keypoint name; ``refused``: theirs, of another
    shape; ``unknown``: theirs, not in this network; ``untouched``: ours, not in the checkpoint.
    """

    taken: list[str]
    mapped: list[str]
    refused: list[str]
    unknown: list[str]
    untouched: list[str]

    def lines(self) -> list[str]:
        """Say in lines what matched and what did not."""
        names = {
            "keypoints chosen by name": self.mapped,
            "of another shape, not taken": self.refused,
            "not of this network, not taken": self.unknown,
            "not in the checkpoint, left as they began": self.untouched,
        }
        said = [f"{len(self.taken)} tensors taken as they are"]
        said += [f"{len(found)} {what}: {_some(found)}" for what, found in names.items() if found]
        return said


def _some(names: list[str], shown: int = 6) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def load_weights(model: nn.Module, path: Path, skeleton: Skeleton = INFANT13) -> Loaded:
    """Load what fits by name and shape; a head of COCO's 17 points gives this skeleton's by name.

    Raises ``CheckpointError`` when nothing fits.
    """
    theirs = {_modern(name): value for name, value in read_state(path).items()}
    ours = model.state_dict()
    chosen, taken, mapped, refused = {}, [], [], []
    for name in theirs.keys() & ours.keys():
        fitting = _fitted(theirs[name], ours[name].shape, skeleton)
        if fitting is None:
            refused.append(name)
            continue
        chosen[name] = fitting
        (taken if fitting is theirs[name] else mapped).append(name)
    if not chosen:
        raise CheckpointError(f"{path}: none of its {len(theirs)} tensors fits this network")
    model.load_state_dict(chosen, strict=False)
    return Loaded(
        taken=sorted(taken),
        mapped=sorted(mapped),
        refused=sorted(refused),
        unknown=sorted(theirs.keys() - ours.keys()),
        untouched=sorted(ours.keys() - chosen.keys()),
    )


def _modern(name: str) -> str:
    """Return the name that this project gives a tensor of mmpose 0 or of EfficientNet-PyTorch."""
    if name.startswith(("_conv_stem.", "_bn0.", "_blocks.")):
        return f"backbone.trunk.{name}"
    old = "keypoint_head."
    return "head." + name.removeprefix(old) if name.startswith(old) else name


def _fitted(theirs: Tensor, shape: torch.Size, skeleton: Skeleton) -> Tensor | None:
    """Return a tensor in the wanted shape, its rows chosen by keypoint name if need be."""
    if theirs.shape == shape:
        return theirs
    per_point = (len(COCO17), *shape[1:])
    if tuple(theirs.shape) != per_point or shape[0] != len(skeleton):
        return None
    return theirs[list(skeleton.map_from(COCO17))]
