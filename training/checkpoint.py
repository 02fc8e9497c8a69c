"""Read checkpoints as plain tensors: nothing of theirs is ever executed."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

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


def load_weights(model: nn.Module, path: Path) -> tuple[list[str], list[str]]:
    """Load what matches by name and shape; return the names that matched and that did not."""
    theirs = read_state(path)
    ours = model.state_dict()
    matched = {
        name: value
        for name, value in theirs.items()
        if name in ours and ours[name].shape == value.shape
    }
    if not matched:
        raise CheckpointError(f"{path}: none of its {len(theirs)} tensors fits this network")
    model.load_state_dict(matched, strict=False)
    return sorted(matched), sorted(set(ours) - set(matched))
