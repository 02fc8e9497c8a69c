"""What a smoother is and which ones there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import without_missing
from pipeline.errors import SettingsError
from pipeline.types import FloatArray, IntArray

Float = NDArray[np.float64]


class CausalSmoother(Protocol):
    """Smooth a series one frame at a time, with the past only.

    ``lag_s``: the delay of a limb that swings once a second by half a body length, at 15 frames/s
    and scores of 0.9 (measured in the tests).
    """

    lag_s: ClassVar[float]

    def step(
        self, time_us: int, keypoints_kc: FloatArray, scores_k: FloatArray
    ) -> NDArray[np.float32]:
        """Take one frame's (K, 2) keypoints and (K,) scores; return (K, 2), NaN where unknown."""

    def reset(self) -> None:
        """Forget the past: a new segment starts."""


class OfflineSmoother(Protocol):
    """Smooth a whole series, with past and future, without delay."""

    def __call__(
        self, times_us: IntArray, keypoints_tkc: FloatArray, scores_tk: FloatArray
    ) -> NDArray[np.float32]:
        """Take (T,) times, (T, K, 2) and (T, K); return (T, K, 2), NaN over long gaps."""


_CAUSAL: dict[str, Callable[[], CausalSmoother]] = {}
_OFFLINE: dict[str, OfflineSmoother] = {}
Class = TypeVar("Class", bound=Callable[[], CausalSmoother])
Function = TypeVar("Function", bound=OfflineSmoother)


def causal(name: str) -> Callable[[Class], Class]:
    """Register a class as the causal smoother ``name``."""

    def register(smoother: Class) -> Class:
        _CAUSAL[name] = smoother
        return smoother

    return register


def offline(name: str) -> Callable[[Function], Function]:
    """Register a function as the offline smoother ``name``."""

    def register(smoother: Function) -> Function:
        _OFFLINE[name] = smoother
        return smoother

    return register


def causal_names() -> list[str]:
    """Return the names of the causal smoothers."""
    return sorted(_CAUSAL)


def offline_names() -> list[str]:
    """Return the names of the offline smoothers."""
    return sorted(_OFFLINE)


def make_causal(name: str) -> CausalSmoother:
    """Make a fresh causal smoother; raise ``SettingsError`` naming the known ones."""
    if name not in _CAUSAL:
        raise SettingsError(f"no smoother {name!r}; there are {', '.join(causal_names())}")
    return _CAUSAL[name]()


def offline_smoother(name: str) -> OfflineSmoother:
    """Return an offline smoother; raise ``SettingsError`` naming the known ones."""
    if name not in _OFFLINE:
        raise SettingsError(f"no offline smoother {name!r}; there are {', '.join(offline_names())}")
    return _OFFLINE[name]


def measured(keypoints_kc: FloatArray, scores_k: FloatArray) -> Float:
    """Return the keypoints as float64, both coordinates NaN where missing or not finite."""
    points = np.asarray(without_missing(keypoints_kc, scores_k), np.float64)
    broken = ~np.isfinite(points).all(axis=-1)
    if broken.any():
        points[broken] = np.nan
    return points


class BodyScale:
    """Follow the size of the body in pixels: the root mean square distance from its middle.

    It needs no named keypoints and changes slowly, so a limb that moves does not change it much.
    """

    _FEWEST_POINTS = 4
    _RENEWAL = 0.02
    _UNKNOWN_PX = 100.0

    def __init__(self) -> None:
        self._px: float | None = None

    def update(self, points_kc: Float) -> float:
        """Take one frame's points (NaN missing); return the scale in pixels."""
        seen = points_kc[np.isfinite(points_kc[:, 0])]
        if len(seen) >= self._FEWEST_POINTS:
            now = float(np.sqrt(((seen - seen.mean(axis=0)) ** 2).sum(axis=1).mean()))
            if now > 0:
                self._px = now if self._px is None else self._px + self._RENEWAL * (now - self._px)
        return self._px or self._UNKNOWN_PX


def body_scale(points_tkc: Float) -> float:
    """Return the median body scale of a whole series in pixels (see ``BodyScale``)."""
    seen = np.isfinite(points_tkc[..., 0])
    enough = seen.sum(axis=1) >= BodyScale._FEWEST_POINTS
    if not enough.any():
        return BodyScale._UNKNOWN_PX
    points = points_tkc[enough]
    middle = np.nanmean(points, axis=1, keepdims=True)
    spread = np.sqrt(np.nanmean(((points - middle) ** 2).sum(axis=2), axis=1))
    return float(np.median(spread)) or BodyScale._UNKNOWN_PX
