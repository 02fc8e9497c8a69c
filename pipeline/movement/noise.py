"""How much of a speed is only the detector's jitter, and what is left without it.

Jitter makes every point seem to move: at 15 frames/s a deviation of 0.002 trunks gives a still
infant 0.05 trunk/s, as much as quiet movement has. Its power is known from the series itself and
is taken off. A part of it may be carried over from frame to frame, which shows in how much it
weighs at half the highest frequency against the highest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.smoothing.butterworth import sections
from pipeline.types import FloatArray, IntArray

Float = NDArray[np.float64]

# Both leave slow movement out: the fourth difference weighs the highest frequencies, the third
# difference of sums those around half of them.
_HIGHEST = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
_MIDDLE = np.array([1.0, -1.0, -2.0, 2.0, 1.0, -1.0])
_REGULAR_WITHIN = 0.1
_FEWEST = 30
_MAD_TO_SD = 1.4826
_OMEGA = np.linspace(0, np.pi, 1025)[:-1] + np.pi / 2048
# Points that move fast show it in the middle too: the stiller ones tell of the jitter.
_STILLER = 0.35
# More is not told apart from movement.
_CARRIED = np.linspace(0, 0.9, 91)
# More than this is movement too fast for the frame rate (a tremor), not jitter.
MOST_TRUNKS = 0.01
# Mean speed of two noisy axes over the deviation of one: the mean of a Rayleigh distribution.
_RAYLEIGH = math.sqrt(math.pi / 2)


@dataclass(frozen=True, slots=True)
class Jitter:
    """``axes_kc``: its deviation (K, C), in the unit of the series. ``carried``: the share of it
    that is carried over to the next frame, the same for all points (a first-order process).
    """

    axes_kc: Float
    carried: float


def jitter(times_us: IntArray, keypoints_tkc: FloatArray, *, carries: bool = True) -> Jitter:
    """Return the jitter in a raw series (T, K, C); ``carries``: some may be carried over.

    By median absolute differences over frames that come regularly; 0 where fewer than 30 such
    exist, so that nothing is taken off. Source: ours, after Gasser et al. 1986 (noise from
    differences of a smooth series).
    """
    none = Jitter(np.zeros(keypoints_tkc.shape[1:]), 0.0)
    if len(times_us) < _FEWEST + len(_MIDDLE):
        return none
    highest, middle = (_deviation(times_us, keypoints_tkc, taps) for taps in (_HIGHEST, _MIDDLE))
    known = (highest > 0) & (middle > 0)
    if not known.any():
        return none
    ratio = float(np.quantile((middle[known] / highest[known]) ** 2, _STILLER))
    carried = float(np.interp(ratio, _ratios(), _CARRIED)) if carries else 0.0
    return Jitter(highest / math.sqrt(_power(_HIGHEST, carried)), carried)


def _deviation(times_us: IntArray, keypoints_tkc: FloatArray, taps: Float) -> Float:
    """Return the deviation (K, C) of a series under a filter, 0 where it cannot be said."""
    out = np.zeros(keypoints_tkc.shape[1:])
    steps = np.diff(times_us) / np.median(np.diff(times_us))
    even = np.asarray(np.abs(steps - 1) <= _REGULAR_WITHIN)
    windows = np.lib.stride_tricks.sliding_window_view(even, len(taps) - 1)
    regular = np.asarray(windows.all(axis=1))
    n = len(times_us) - len(taps) + 1
    filtered = sum(tap * keypoints_tkc[i : i + n] for i, tap in enumerate(taps))
    filtered = np.abs(np.where(regular[:, None, None], filtered, np.nan))
    enough = np.isfinite(filtered).sum(axis=0) >= _FEWEST
    if enough.any():
        out[enough] = np.nanmedian(filtered[:, enough], axis=0) * _MAD_TO_SD
    return out


def _power(taps: Float, carried: float) -> float:
    """Return the power that a filter leaves of jitter of deviation 1."""
    response = np.abs(np.exp(-1j * np.outer(_OMEGA, np.arange(len(taps)))) @ taps) ** 2
    return float((response * _spectrum(_OMEGA, carried)).mean())


def _spectrum(omega: Float, carried: float) -> Float:
    """Return the power spectrum of a first-order process of deviation 1."""
    return np.asarray((1 - carried**2) / (1 + carried**2 - 2 * carried * np.cos(omega)))


@lru_cache(maxsize=1)
def _ratios() -> Float:
    """Return the power in the middle over that at the top for each share carried over, rising."""
    return np.array([_power(_MIDDLE, one) / _power(_HIGHEST, one) for one in _CARRIED])


@lru_cache(maxsize=256)
def speed_gain(fps: float, carried: float = 0.0) -> float:
    """Return the deviation of an axis' speed per second for jitter of deviation 1.

    Through the zero-phase filter and the difference of neighbouring frames, by its spectrum.
    """
    from scipy.signal import sosfreqz

    omega, response = sosfreqz(sections(fps), 512)
    power = np.abs(response) ** 4 * 4 * np.sin(omega / 2) ** 2 * _spectrum(omega, carried)
    return float(fps * math.sqrt(power.mean()))


def without_noise(speeds: Float, deviation: Float) -> Float:
    """Take the power of noise off speeds; ``deviation`` is that of one axis' speed.

    The square of a noisy speed is on average the true square and twice the noise's. What falls
    below zero is zero. Source: Gudbjartsson and Patz 1995 (Rician bias).
    """
    return np.asarray(np.sqrt(np.clip(speeds**2 - 2 * deviation**2, 0, None)))


def still_speed(deviation: Float) -> Float:
    """Return the mean speed that a still point seems to have."""
    return np.asarray(_RAYLEIGH * deviation)
