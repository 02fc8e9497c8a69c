"""Made-up keypoint tracks that look like a detector's on a moving infant."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from db.codec import KeypointBlock

START_US = 1_780_000_020_000_000  # the start of a minute


def infant_tracks(
    n_frames: int,
    *,
    fps: float = 25.0,
    jitter_px: float = 1.5,
    start_us: int = START_US,
    seed: int = 0,
) -> KeypointBlock:
    """Make 13 keypoints of 720p: limbs that swing in bouts, and a detector's jitter.

    The jitter is Gaussian, ``jitter_px`` on average over the joints (0.5 times that at the trunk,
    1.5 times at hands and feet), half of it carried over from frame to frame, with 1 % of points
    off by about 20 px: what networks of 256 × 192 do on a crop of 720p. The swing has the speeds
    of real infants' tracks (median 1, 99th percentile 15 px a frame at 30 fps in 640 × 480).
    """
    rng = np.random.default_rng(seed)
    shape = (n_frames, 13, 2)
    swing = gaussian_filter1d(rng.normal(size=shape), 0.25 * fps, axis=0, mode="wrap")
    bout = gaussian_filter1d(rng.normal(size=(n_frames, 13, 1)), 4 * fps, axis=0, mode="wrap")
    bout = np.clip(bout / bout.std(), 0, None) if n_frames > 1 else bout
    reach_px = np.linspace(5, 45, 13)[None, :, None]
    clean = np.array([640.0, 360.0]) + rng.normal(0, 120, (1, 13, 2))
    clean = clean + reach_px * bout * swing / max(swing.std(), 1e-9)
    sd_px = jitter_px * np.linspace(0.5, 1.5, 13)[None, :, None]
    outliers = (rng.random((n_frames, 13, 1)) < 0.01) * rng.normal(0, 20, shape)
    keypoints = clean + _autoregressive(rng, shape, 0.5) * sd_px + outliers
    scores = rng.uniform(0.55, 0.95, (1, 13)) + 0.03 * _autoregressive(rng, shape[:2], 0.5)
    step_us = 1e6 / fps
    return KeypointBlock(
        start_us + np.round(np.arange(n_frames) * step_us).astype(np.int64),
        np.zeros(n_frames, np.uint16),
        keypoints.astype(np.float32),
        np.clip(scores, 0, 1).astype(np.float32),
    )


def _autoregressive(rng: np.random.Generator, shape: tuple[int, ...], carried: float) -> np.ndarray:
    """Noise of standard deviation 1 of which a share is carried over to the next frame."""
    noise = rng.normal(0, np.sqrt(1 - carried**2), shape)
    return lfilter([1.0], [1.0, -carried], noise, axis=0)
