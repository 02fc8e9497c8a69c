"""Finds a hardware decoder that really works on this machine."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import av
from av.codec import Codec
from av.codec.hwaccel import HWAccel, hwdevices_available

# Kind of device and the files of which one makes a trial worthwhile.
_CANDIDATES = (
    ("cuda", "/dev/nvidia[0-9]*"),
    ("vaapi", "/dev/dri/renderD*"),
    ("qsv", "/dev/dri/renderD*"),
)
CHOICE_VARIABLE = "COTSIDE_DECODER"


_distrusted: list[bool] = []


@cache
def working_device() -> str | None:
    """Return the kind of hardware decoder that answers here, None for software.

    The environment variable ``COTSIDE_DECODER=software`` turns hardware off: each process that
    decodes on a GPU holds a context of its own there.
    """
    if _distrusted or os.environ.get(CHOICE_VARIABLE, "auto").lower() == "software":
        return None
    built_in = set(hwdevices_available())
    for kind, files in _CANDIDATES:
        if kind in built_in and any(Path("/").glob(files.lstrip("/"))) and _answers(kind):
            return kind
    return None


def distrust() -> None:
    """Decode in software from now on: the hardware took a stream and gave no picture of it."""
    _distrusted.append(True)
    working_device.cache_clear()


def accelerator() -> HWAccel | None:
    """Return a fresh accelerator for one opening, None for software."""
    kind = working_device()
    return None if kind is None else HWAccel(kind, allow_software_fallback=True)


def _answers(kind: str) -> bool:
    try:
        HWAccel(kind, allow_software_fallback=False).create(Codec("h264", "r"))
    except (av.FFmpegError, NotImplementedError, RuntimeError, ValueError):
        return False
    return True
