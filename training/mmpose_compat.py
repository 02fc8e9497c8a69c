"""Imports mmpose where mmcv's compiled operators and mmdet are absent.

mmpose 1.3.2 imports at load time what only a few of its networks use. Exactly these names are
stood in for, only when missing, by classes that say so when somebody builds them:
``mmcv.ops`` (EDPose, DEKR, PoseWarper) and ``mmdet.utils`` (RTMO).

Import this module before anything of mmpose; it is the only place that knows of the stand-ins.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
import warnings
from typing import Any

_STAND_INS = {
    "mmcv.ops": (
        "MultiScaleDeformableAttention",
        "DeformConv2d",
        "ModulatedDeformConv2d",
    ),
    "mmdet": (),
    "mmdet.utils": ("ConfigType", "reduce_mean"),
}


def _absent(module_name: str, name: str) -> type:
    def refuse(self: object, *args: object, **kwargs: object) -> None:
        raise RuntimeError(
            f"{module_name}.{name} is not installed; install the full {module_name.split('.')[0]} "
            "to build the network that needs it"
        )

    return type(name, (), {"__init__": refuse, "__module__": module_name})


def _is_importable(module_name: str) -> bool:
    # mmcv-lite ships the Python half of mmcv.ops without the compiled half that it needs.
    needed = "mmcv._ext" if module_name == "mmcv.ops" else module_name
    try:
        return importlib.util.find_spec(needed) is not None
    except ModuleNotFoundError:
        return False


def install_stand_ins() -> tuple[str, ...]:
    """Put stand-ins in place of the modules that are missing; return their names."""
    missing = [name for name in _STAND_INS if name not in sys.modules and not _is_importable(name)]
    for module_name in missing:
        module: Any = types.ModuleType(module_name)
        module.__path__ = []
        for name in _STAND_INS[module_name]:
            setattr(module, name, _absent(module_name, name))
        sys.modules[module_name] = module
        parent, _, child = module_name.rpartition(".")
        if parent:
            setattr(importlib.import_module(parent), child, module)
    return tuple(missing)


def load_mmpose() -> None:
    """Import mmpose and register its networks, losses and hooks under their own names."""
    install_stand_ins()
    with warnings.catch_warnings():
        # mmengine, mmcv and their dependencies warn of what Python and torch will drop one day;
        # nothing of it is ours to act on.
        warnings.simplefilter("ignore")
        importlib.import_module("mmpose")
        from mmpose.utils import register_all_modules

        register_all_modules(init_default_scope=True)


load_mmpose()
