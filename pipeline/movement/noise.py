"""How much of a speed is only the detector's jitter, and what is left without it.

Jitter makes every point seem to move: at 15 frames/s a deviation of 0.002 trunks gives a still
infant 0.05 trunk/s, as much as quiet movement has. Its power is known from the series itself and
is taken off.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfreqz

from pipeline.smoothing.butterworth import sections
from pipeline.types import FloatArray, IntArray

Float = NDArray[np.float64]

_TAPS = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
_GAIN = float(np.sqrt((_TAPS**2).sum()))
_REGULAR_WITHIN = 0.1
_FEWEST = 30
_MAD_TO_SD = 1.4826
# More than this is movement too fast for the frame rate (a tremor), not jitter.
MOST_TRUNKS = 0.01
# Mean speed of two noisy axes over the deviation of one: the mean of a Rayleigh distribution.
_RAYLEIGH = math.sqrt(math.pi / 2)


def jitter(times_us: IntArray, keypoints_tkc: FloatArray) -> Float:
    """Return the standard deviation (K, C) of white jitter in a raw series (T, K, C), same unit.

    By the median absolute fourth difference, which slow movement leaves alone, over frames that
    come regularly; 0 where fewer than 30 such differences exist, so that nothing is taken off.
    Jitter that is carried over from frame to frame is underestimated. Source: ours, after Gasser
    et al. 1986 (noise from differences of a smooth series).
    """
    out = np.zeros(keypoints_tkc.shape[1:])
    if len(times_us) < _FEWEST + len(_TAPS):
        return out
    steps = np.diff(times_us) / np.median(np.diff(times_us))
    even = np.asarray(np.abs(steps - 1) <= _REGULAR_WITHIN)
    windows = np.lib.stride_tricks.sliding_window_view(even, len(_TAPS) - 1)
    regular = np.asarray(windows.all(axis=1))
    n = len(times_us) - len(_TAPS) + 1
    fourth = sum(tap * keypoints_tkc[i : i + n] for i, tap in enumerate(_TAPS))
    fourth = np.abs(np.where(regular[:, None, None], fourth, np.nan))
    enough = np.isfinite(fourth).sum(axis=0) >= _FEWEST
    if enough.any():
        out[enough] = np.nanmedian(fourth[:, enough], axis=0) * _MAD_TO_SD / _GAIN
    return out


@lru_cache(maxsize=64)
def speed_gain(fps: float) -> float:
    """Return the deviation of an axis' speed per second for white jitter of deviation 1.

    Through the zero-phase filter and the difference of neighbouring frames, by its spectrum.
    """
    omega, response = sosfreqz(sections(fps), 512)
    power = np.abs(response) ** 4 * 4 * np.sin(omega / 2) ** 2
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
