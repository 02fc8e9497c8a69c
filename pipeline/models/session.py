"""Load a model folder with every check, and run it on crops of pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InferenceFailed, ModelError, ModelLoadError
from pipeline.models.calibration import calibrate
from pipeline.models.crop import Crop, Warper
from pipeline.models.decode import decoder_for, expected_shapes
from pipeline.models.manifest import Manifest, read_manifest
from pipeline.models.onnx_scan import external_locations
from pipeline.models.providers import open_session, provider_of
from pipeline.settings import Provider
from pipeline.skeleton import INFANT13
from pipeline.types import ImageArray

MODEL_FILE = "model.onnx"
BUNDLED_MODEL = Path(__file__).parent / "bundled" / "infant_lite0"
# Ships beside it: slower and less exact here, but the network that the literature knows.
BUNDLED_RIVALS = (Path(__file__).parent / "bundled" / "lite_hrnet_18",)
_MAX_BATCH = 16
_DRY_RUN_BATCH = 2
_MAX_MODEL_BYTES = 2_000_000_000

OpenSession = Callable[[], Any]


class PoseModel:
    """A checked network, ready to run. Not for use by several threads at once."""

    def __init__(self, manifest: Manifest, open_one: OpenSession) -> None:
        """Open the session and dry-run it; raise ``ModelLoadError`` where it is not as promised."""
        self.manifest = manifest
        self.rebuilds = 0
        self._open_one = open_one
        self._session = open_one()
        self._positions = np.array(manifest.positions_of(INFANT13))
        self._decoder = decoder_for(manifest)
        self._warper = Warper(manifest.input.size_wh)
        self._fixed_batch = self._check_graph()
        width, height = manifest.input.size_wh
        self._batch_nchw = np.zeros((_MAX_BATCH, 3, height, width), np.float32)
        self._normalise = _normaliser(manifest)
        self._dry_run()

    @property
    def provider(self) -> str:
        """Return the provider really in use: ``cpu``, ``cuda`` or ``tensorrt``."""
        return provider_of(self._session)

    @property
    def aspect(self) -> float:
        """Return the width over height of the crops that the network was trained on."""
        width, height = self.manifest.input.size_wh
        return self.manifest.crop.aspect or width / height

    def estimate(
        self, images: Sequence[ImageArray], crops: Sequence[Crop]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Find the keypoints of each (picture, crop) pair, in batches.

        Returns keypoints (N, 13, 2) in picture pixels and scores (N, 13) on Cotside's scale
        (pipeline/confidence.py). A picture whose output is not finite has NaN keypoints and scores
        0 throughout. Raises ``InferenceFailed`` when the session fails twice in a row.
        """
        parts = []
        for start in range(0, len(crops), _MAX_BATCH):
            chosen = slice(start, start + _MAX_BATCH)
            self.prepare(images[chosen], crops[chosen])
            outputs = self.run(len(crops[chosen]))
            parts.append(self.decode(outputs, crops[chosen]))
        if not parts:
            n_keypoints = len(self._positions)
            return np.empty((0, n_keypoints, 2), np.float32), np.empty((0, n_keypoints), np.float32)
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def prepare(self, images: Sequence[ImageArray], crops: Sequence[Crop]) -> None:
        """Warp and normalise up to 16 crops into the batch (the first stage of ``estimate``)."""
        for position, (image, crop) in enumerate(zip(images, crops, strict=True)):
            self._normalise(self._warper.warp(image, crop), self._batch_nchw[position])

    def run(self, n: int) -> list[NDArray[np.float32]]:
        """Run the bare session on the first ``n`` prepared crops (the second stage)."""
        batch = self._batch_nchw[:n]
        if self._fixed_batch is None:
            return self._run_or_rebuild(batch)
        runs = [self._run_or_rebuild(batch[i : i + 1]) for i in range(n)]
        return [np.concatenate(same) for same in zip(*runs, strict=True)]

    def decode(
        self, outputs: list[NDArray[np.float32]], crops: Sequence[Crop]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Turn outputs into picture keypoints and calibrated scores (the third stage)."""
        points_nkc, scores_nk = self._decoder.decode(outputs, self.manifest)
        finite_n = _finite([*outputs, points_nkc])
        points_nkc, scores_nk = points_nkc[:, self._positions], scores_nk[:, self._positions]
        keypoints_nkc = np.stack(
            [
                crop.to_picture(points_kc, self.manifest.input.size_wh)
                for crop, points_kc in zip(crops, points_nkc, strict=True)
            ]
        )
        scores_nk = calibrate(scores_nk, self.manifest.calibration)
        if not finite_n.all():
            keypoints_nkc[~finite_n] = np.nan
            scores_nk[~finite_n] = 0
        return keypoints_nkc, scores_nk

    def _run_or_rebuild(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run; after a failure (such as a full GPU) rebuild the session once and run again."""
        try:
            return self._run_once(batch)
        except Exception:  # ONNX Runtime's errors share no base class
            self.rebuilds += 1
        try:
            self._session = None
            self._session = self._open_one()
            return self._run_once(batch)
        except Exception as error:
            if self._session is None:
                self._session = _Gone()
            raise InferenceFailed(
                f"model {self.manifest.name}: the session failed again after it was rebuilt: "
                f"{_first_line(error)}"
            ) from None

    def _run_once(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        outputs: list[NDArray[np.float32]] = self._session.run(None, {self._input_name: batch})
        return outputs

    def _check_graph(self) -> int | None:
        """Compare the graph's input with the manifest; return its batch size where it is fixed."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            raise self._refusal("its graph must have one input of 32-bit floats")
        width, height = self.manifest.input.size_wh
        shape = list(inputs[0].shape)
        wanted = [3, height, width]
        fits = len(shape) == 4 and all(
            not isinstance(size, int) or size == want
            for size, want in zip(shape[1:], wanted, strict=True)
        )
        if not fits:
            raise self._refusal(f"its graph takes {shape}, the manifest says (N, {wanted})")
        if isinstance(shape[0], int) and shape[0] != 1:
            raise self._refusal(f"its batch is fixed at {shape[0]}; export it with a free batch")
        self._input_name: str = inputs[0].name
        return shape[0] if isinstance(shape[0], int) else None

    def _dry_run(self) -> None:
        generator = np.random.default_rng(0)
        width, height = self.manifest.input.size_wh
        picture = generator.integers(0, 256, (height, width, 3), np.uint8)
        crop = Crop(((width - 1) / 2, (height - 1) / 2), (width, height))
        self.prepare([picture] * _DRY_RUN_BATCH, [crop] * _DRY_RUN_BATCH)
        try:
            outputs = self.run(_DRY_RUN_BATCH)
        except InferenceFailed as error:
            raise self._refusal(f"its dry run failed: {error}") from None
        self._check_outputs(outputs)
        self.rebuilds = 0

    def _check_outputs(self, outputs: list[NDArray[np.float32]]) -> None:
        wanted = [(_DRY_RUN_BATCH, *shape) for shape in expected_shapes(self.manifest)]
        shapes = [output.shape for output in outputs]
        if shapes != wanted:
            raise self._refusal(
                f"its dry run gave {shapes}, the manifest promises {wanted} "
                f"({len(self.manifest.skeleton.keypoints)} keypoints)"
            )
        if any(output.dtype != np.float32 for output in outputs):
            raise self._refusal("its outputs must be 32-bit floats")
        if not _finite(outputs).all():
            raise self._refusal("its dry run gave NaN or infinity")

    def _refusal(self, why: str) -> ModelLoadError:
        return ModelLoadError(f"model {self.manifest.name} {self.manifest.version}: {why}")


class _Gone:
    """Stands where a session could not be rebuilt; the next run tries to rebuild it again."""

    def run(self, *_: object) -> list[NDArray[np.float32]]:
        raise RuntimeError("no session")

    def get_providers(self) -> list[str]:
        return ["none"]


def load_model(
    folder: Path | None = None,
    provider: Provider = "auto",
    allow_fallback: bool = False,
    threads: int = 1,
) -> PoseModel:
    """Load a model folder (None: the bundled one) after checking all that can be checked.

    Raises ``ModelLoadError`` (missing, cut, altered, external tensors, wrong shapes or keypoints,
    NaN in the dry run) or ``ProviderUnavailable``; a model already in use is not touched by it.
    """
    folder = BUNDLED_MODEL if folder is None else folder
    manifest = read_manifest(folder)
    manifest.positions_of(INFANT13)
    decoder_for(manifest)
    content = _checked_content(folder / MODEL_FILE, manifest)

    def open_one() -> Any:
        try:
            return open_session(content, provider, allow_fallback=allow_fallback, threads=threads)
        except ModelError:
            raise
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise ModelLoadError(
                f"{folder / MODEL_FILE}: ONNX Runtime cannot load it: {_first_line(error)}"
            ) from None

    return PoseModel(manifest, open_one)


def _checked_content(path: Path, manifest: Manifest) -> bytes:
    """Read the network once; what is checked is what is run."""
    try:
        if path.stat().st_size > _MAX_MODEL_BYTES:
            raise ModelLoadError(f"{path}: is larger than {_MAX_MODEL_BYTES} bytes")
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelLoadError(f"{path.parent}: is not a model folder: no {path.name}") from None
    except OSError as error:
        raise ModelLoadError(f"{path}: cannot be read: {error.strerror}") from None
    if not content:
        raise ModelLoadError(f"{path}: is empty")
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise ModelLoadError(f"{path}: its sha256 is not the manifest's: cut or altered")
    try:
        outside = external_locations(content)
    except ModelLoadError as error:
        raise ModelLoadError(f"{path}: {error}") from None
    if outside:
        raise ModelLoadError(
            f"{path}: keeps weights outside of itself ({outside[0][:80]!r}); "
            "export it with all weights inside"
        )
    return content


def _normaliser(manifest: Manifest) -> Callable[[ImageArray, NDArray[np.float32]], None]:
    """Make the function that writes a (H, W, 3) picture as normalised (3, H, W) floats."""
    spec = manifest.input
    sources = (2, 1, 0) if spec.channels == "rgb" else (0, 1, 2)
    planes = [np.empty((spec.height, spec.width), np.uint8) for _ in range(3)]
    scales = [1.0 / std for std in spec.std]
    shifts = [-mean / std for mean, std in zip(spec.mean, spec.std, strict=True)]

    def normalise(picture_hwc: ImageArray, out_chw: NDArray[np.float32]) -> None:
        cv2.split(picture_hwc, planes)
        for channel, source in enumerate(sources):
            np.multiply(planes[source], np.float32(scales[channel]), out=out_chw[channel])
            out_chw[channel] += np.float32(shifts[channel])

    return normalise


def _finite(outputs: Sequence[NDArray[np.float32]]) -> NDArray[np.bool_]:
    """Tell for each picture of a batch whether all its outputs are finite."""
    # A sum is NaN or infinite as soon as one value is, and needs no array of booleans.
    sums = [o.reshape(len(o), -1).sum(axis=1) for o in outputs]
    finite_n: NDArray[np.bool_] = np.isfinite(sum(sums))
    return finite_n


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
