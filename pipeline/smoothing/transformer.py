"""The refiner over time: a small transformer that says how much to believe each frame.

Trained by ``python -m training.temporal.train``; training/temporal/COMPARISON.md has its figures
beside the other smoothers'. What it gives is a weighted sum of a keypoint's own measured frames, so
it invents no point, and moves, turns and scales with the picture. It is chosen by name
(``transformer``); the filters without a network stay the defaults.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from pipeline.errors import ModelLoadError
from pipeline.settings import describe_validation_error
from pipeline.skeleton import INFANT13
from pipeline.smoothing.base import BodyScale, Float, body_scale, causal, measured, offline
from pipeline.smoothing.gaps import bridge_gaps, runs
from pipeline.smoothing.stretches import stretches
from pipeline.types import FloatArray, IntArray

Form = Literal["causal", "centred"]
BUNDLED = Path(__file__).parent / "bundled"
_BATCH = 32


class RefinerManifest(BaseModel):
    """What a refiner's ``manifest.json`` says; ``frames`` is its window, at any frame rate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1]
    name: str = Field(min_length=1, max_length=120)
    version: str = Field(min_length=1, max_length=60)
    form: Form
    frames: int = Field(ge=4, le=128)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    keypoints: tuple[str, ...]
    licence: str
    training_data: str
    figures: dict[str, JsonValue] = {}


@dataclass(frozen=True, slots=True)
class Refiner:
    """A loaded network: windows in, refined windows out."""

    manifest: RefinerManifest
    session: Any

    def run(self, windows: Windows) -> Float:
        """Return refined points (N, T, K, 2) in pixels; without meaning where nothing is known."""
        seen = np.isfinite(windows.points_ntkc[..., 0])
        first = seen.argmax(axis=1)[:, None, :, None]
        # Pixels are large numbers; distances from a place nearby keep their last digits.
        origin = np.nan_to_num(np.take_along_axis(windows.points_ntkc, first, axis=1))
        scale = windows.scale_px_n[:, None, None, None]
        inputs = {
            "points": np.nan_to_num((windows.points_ntkc - origin) / scale),
            "seen": seen,
            "scores": np.nan_to_num(windows.scores_ntk),
            "runs": windows.runs_ntk,
            "times_s": (windows.times_nt - windows.times_nt[:, -1:]) / 1e6,
        }
        feed = {name: values.astype(np.float32) for name, values in inputs.items()}
        (refined,) = self.session.run(None, feed)
        return np.asarray(refined, np.float64) * scale + origin


@dataclass(frozen=True, slots=True)
class Windows:
    """What a refiner looks at: ``points_ntkc`` (N, T, K, 2) px, NaN missing; ``scores_ntk``.

    ``times_nt`` in µs; ``runs_ntk`` as pipeline/smoothing/stretches.py numbers them;
    ``scale_px_n``: body lengths.
    """

    points_ntkc: Float
    scores_ntk: Float
    times_nt: NDArray[np.int64]
    runs_ntk: NDArray[np.int64]
    scale_px_n: Float


def load_refiner(folder: Path) -> Refiner:
    """Load and dry-run a refiner's folder; raise ``ModelLoadError`` in one line."""
    # Here, as whoever only filters need not load ONNX Runtime.
    from pipeline.models.providers import open_session

    try:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        content = (folder / "model.onnx").read_bytes()
        manifest = RefinerManifest.model_validate(json.loads(text))
    except OSError as error:
        raise ModelLoadError(f"{folder}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        said = describe_validation_error(error, RefinerManifest)
        raise ModelLoadError(f"{folder}/manifest.json: {said}") from None
    except ValueError as error:
        raise ModelLoadError(f"{folder}/manifest.json: is not JSON: {error}") from None
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise ModelLoadError(f"{folder}/model.onnx: its sha256 is not the manifest's")
    if manifest.keypoints != INFANT13.keypoints:
        raise ModelLoadError(f"{folder}: was trained for other keypoints than {INFANT13.name}")
    refiner = Refiner(manifest, open_session(content, "cpu", allow_fallback=True, threads=1))
    _dry_run(refiner, folder)
    return refiner


def _dry_run(refiner: Refiner, folder: Path) -> None:
    shape = (2, refiner.manifest.frames, len(INFANT13))
    still = np.broadcast_to(np.arange(float(shape[-1]))[:, None], (*shape, 2))
    nothing = np.zeros(shape)
    times = np.tile(np.arange(shape[1]) * 50_000, (2, 1))
    windows = Windows(still, nothing + 0.9, times, nothing.astype(np.int64), np.ones(2))
    try:
        refined = refiner.run(windows)
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise ModelLoadError(f"{folder}: its dry run failed: {error}") from None
    if refined.shape != still.shape or not np.allclose(refined, still, atol=1e-3):
        raise ModelLoadError(f"{folder}: its dry run moved a body that lay still")


@cache
def bundled_refiner(form: Form) -> Refiner:
    """Return the refiner that is shipped, loaded once a process."""
    return load_refiner(BUNDLED / form)


@causal("transformer")
class CausalTransformer:
    """Refine each frame by the ones before it; predicts through gaps of at most 0.2 s, then NaN.

    It comes later where points are doubtful: COMPARISON.md has its lag behind noisy ones, and its
    cost, about 3 ms a frame.
    """

    lag_s: ClassVar[float] = 0.0

    def __init__(self) -> None:
        self._refiner = bundled_refiner("causal")
        self._scale = BodyScale()
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._past: deque[tuple[int, Float, Float]] = deque(maxlen=self._refiner.manifest.frames)

    def step(
        self, time_us: int, keypoints_kc: FloatArray, scores_k: FloatArray
    ) -> NDArray[np.float32]:
        """Take one frame; return (K, 2), NaN where nothing was seen for 0.2 s."""
        if self._past and time_us <= self._past[-1][0]:
            self.reset()
        now = measured(keypoints_kc, scores_k)
        scale_px = self._scale.update(now)
        self._past.append((time_us, now, np.asarray(scores_k, np.float64)))
        window = self._window(scale_px)
        refined = self._refiner.run(window)[0, -1]
        known = window.runs_ntk[0, -1] >= 0
        return np.where(known[:, None], refined, np.nan).astype(np.float32)

    def _window(self, scale_px: float) -> Windows:
        """Return the last frames, in front of them as many empty ones as are missing."""
        empty = self._refiner.manifest.frames - len(self._past)
        first_us, points, scores = self._past[0]
        pad = [(first_us, np.full_like(points, np.nan), np.zeros_like(scores))] * empty
        frames = [*pad, *self._past]
        times = np.array([frame[0] for frame in frames], np.int64)[None]
        points_tkc = np.stack([frame[1] for frame in frames])[None]
        scores_tk = np.stack([frame[2] for frame in frames])[None]
        numbers = stretches(times, np.isfinite(points_tkc[..., 0]))
        return Windows(points_tkc, scores_tk, times, numbers, np.array([scale_px]))


@offline("transformer")
def smooth(
    times_us: IntArray, keypoints_tkc: FloatArray, scores_tk: FloatArray
) -> NDArray[np.float32]:
    """Refine each frame by those before and after it, half a window on either side.

    A limb that swings once a second by a fifth of a body comes out a tenth smaller and 8 ms late
    (the tests hold the delay): measures of movement stay with the Butterworth filter.

    Returns (T, K, 2), NaN over gaps longer than 0.2 s.
    """
    points = measured(keypoints_tkc, scores_tk)
    out = np.full(points.shape, np.nan, np.float32)
    if not len(points):
        return out
    refiner = bundled_refiner("centred")
    known = _known(times_us, points)
    numbers = stretches(np.asarray(times_us), np.isfinite(points[..., 0]))
    starts, kept = _layout(len(points), refiner.manifest.frames)
    scale_px = body_scale(points)
    for first in range(0, len(starts), _BATCH):
        rows = starts[first : first + _BATCH, None] + np.arange(refiner.manifest.frames)
        rows = np.clip(rows, 0, len(points) - 1)
        # A frame that stands in a window twice (at the ends of a short series) counts once.
        twice = np.diff(rows, axis=1, prepend=-1) == 0
        chosen = np.where(twice[..., None, None], np.nan, points[rows])
        windows = Windows(
            chosen,
            np.nan_to_num(np.asarray(scores_tk, np.float64)[rows]),
            np.asarray(times_us, np.int64)[rows],
            numbers[rows],
            np.full(len(rows), scale_px),
        )
        refined = refiner.run(windows)
        for row, inside, frames in zip(rows, refined, kept[first : first + _BATCH], strict=True):
            out[row[frames]] = inside[frames]
    out[~known] = np.nan
    return out


def _known(times_us: IntArray, points_tkc: Float) -> NDArray[np.bool_]:
    """Return (T, K): seen, or within a gap that may be bridged."""
    known = np.zeros(points_tkc.shape[:2], np.bool_)
    for k in range(points_tkc.shape[1]):
        bridged = np.isfinite(bridge_gaps(times_us, points_tkc[:, k])[:, 0])
        for run in runs(times_us, bridged):
            known[run, k] = True
    return known


def _layout(n: int, frames: int) -> tuple[NDArray[np.int64], list[slice]]:
    """Return where windows start, and which of their frames are kept, so that all are, once.

    Each window but the first and last keeps its middle half.
    """
    step = max(1, frames // 2)
    starts = list(range(0, max(1, n - frames + 1), step))
    if starts[-1] + frames < n:
        starts.append(n - frames)
    edges = [0]
    for one, other in pairwise(starts):
        edges.append((one + frames + other) // 2)
    edges.append(n)
    kept = [slice(edges[i] - start, edges[i + 1] - start) for i, start in enumerate(starts)]
    return np.array(starts, np.int64), kept
