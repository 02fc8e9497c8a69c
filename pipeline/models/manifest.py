"""What a model folder says about its network: read strictly, before the network is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.errors import ModelLoadError
from pipeline.settings import describe_validation_error
from pipeline.skeleton import INFANT13, SKELETONS, Skeleton

MANIFEST_FILE = "manifest.json"
_MAX_MANIFEST_BYTES = 1_000_000

Triple = tuple[float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SkeletonSpec(_Strict):
    """The keypoints that the network puts out, in its order."""

    name: str = Field(min_length=1, max_length=80)
    keypoints: tuple[str, ...] = Field(min_length=1, max_length=400)

    @model_validator(mode="after")
    def _agrees_with_the_known(self) -> SkeletonSpec:
        if len(set(self.keypoints)) != len(self.keypoints):
            raise ValueError("a keypoint is named twice")
        known = SKELETONS.get(self.name)
        if known is not None and known.keypoints != self.keypoints:
            raise ValueError(f"the keypoints are not those of {self.name}")
        return self


class InputSpec(_Strict):
    """How a picture enters the network; ``mean`` and ``std`` are on the 0–255 scale.

    A network that normalises inside its graph says mean 0 and std 1.
    """

    width: int = Field(ge=16, le=4096)
    height: int = Field(ge=16, le=4096)
    channels: Literal["bgr", "rgb"] = "bgr"
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)
    layout: Literal["NCHW"] = "NCHW"

    @field_validator("std")
    @classmethod
    def _divides(cls, std: Triple) -> Triple:
        if min(std) <= 0:
            raise ValueError("each number must be above 0")
        return std

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return (width, height) in pixels."""
        return self.width, self.height


class OutputSpec(_Strict):
    """What the network puts out and how it is read.

    ``heatmap``: one output (N, K, H, W), one cell every ``stride`` input pixels; ``alignment`` says
    where cell i lies in the input: ``corner`` i·stride (mmpose's MSRAHeatmap), ``udp``
    i·(W_in−1)/(W_map−1) (Huang et al. 2020), ``centre`` (i+½)·stride−½. ``sigma`` is the width of
    the trained Gaussian in cells; ``reach`` is how far, in cells, a point may lie from the truth
    on which people agree to 0.1 (the decoder ``expected`` only). ``simcc``: two outputs
    (N, K, W·ratio) and (N, K, H·ratio).
    ``coords``: one output (N, K, 3): x, y in input pixels and a score.
    """

    kind: Literal["heatmap", "simcc", "coords"]
    decoder: str
    stride: float = Field(4.0, gt=0, le=64)
    sigma: float = Field(2.0, gt=0, le=32)
    reach: float = Field(2.5, gt=0, le=32)
    alignment: Literal["corner", "udp", "centre"] = "corner"
    simcc_ratio: float = Field(2.0, gt=0, le=16)


class CropSpec(_Strict):
    """The crop that the network was trained for.

    ``padding`` multiplies the body's box. ``aspect`` is width over height (None: the input's).
    ``upright``: turn the crop so that the trunk points up once its direction is known.
    ``any_direction``: the network finds infants that lie in any direction; ``directions``: in how
    many quarter turns it is shown a place for that while the direction is not known. 1: one look
    does.
    """

    padding: float = Field(1.25, ge=1, le=4)
    aspect: float | None = Field(None, gt=0.1, le=10)
    upright: bool = True
    any_direction: bool = True
    directions: Literal[1, 4] = 4


class CalibrationSpec(_Strict):
    """How the network's scores map to Cotside's scale.

    ``isotonic``: straight lines through the points (``x``, ``y``), flat outside them.
    ``threshold``: the score, after that map, from which a keypoint counts as present.
    """

    kind: Literal["none", "isotonic"] = "none"
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    threshold: float = Field(0.3, gt=0, lt=1)

    @model_validator(mode="after")
    def _is_a_rising_table(self) -> CalibrationSpec:
        if self.kind == "none":
            return self
        if len(self.x) != len(self.y) or len(self.x) < 2:
            raise ValueError("x and y must have the same length, 2 or more")
        rising = all(a < b for a, b in zip(self.x, self.x[1:], strict=False))
        if not rising or any(a > b for a, b in zip(self.y, self.y[1:], strict=False)):
            raise ValueError("x must rise strictly and y must not fall")
        if min(self.y) < 0 or max(self.y) > 1:
            raise ValueError("y must stay within 0 and 1")
        return self


class Manifest(_Strict):
    """The whole ``manifest.json``; ``sha256`` is that of ``model.onnx`` beside it."""

    format_version: Literal[1]
    name: str = Field(min_length=1, max_length=120)
    version: str = Field(min_length=1, max_length=60)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    skeleton: SkeletonSpec
    input: InputSpec
    output: OutputSpec
    crop: CropSpec = CropSpec()
    licence: str = Field(min_length=1, max_length=400)
    training_data: JsonValue = None
    figures: dict[str, JsonValue] = {}
    calibration: CalibrationSpec = CalibrationSpec()

    def positions_of(self, wanted: Skeleton = INFANT13) -> tuple[int, ...]:
        """Return where the network's output holds the wanted keypoints, by name.

        Raises ``ModelLoadError`` naming the keypoints that the network does not give.
        """
        missing = [name for name in wanted.keypoints if name not in self.skeleton.keypoints]
        if missing:
            raise ModelLoadError(
                f"model {self.name} {self.version} gives no {', '.join(missing)}; "
                f"{wanted.name} needs them"
            )
        return tuple(self.skeleton.keypoints.index(name) for name in wanted.keypoints)


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``manifest.json`` of a model folder; raise ``ModelLoadError`` in one line."""
    path = folder / MANIFEST_FILE
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_MANIFEST_BYTES + 1)
    except FileNotFoundError:
        raise ModelLoadError(f"{folder}: is not a model folder: no {MANIFEST_FILE}") from None
    except OSError as error:
        raise ModelLoadError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > _MAX_MANIFEST_BYTES:
        raise ModelLoadError(f"{path}: is larger than {_MAX_MANIFEST_BYTES} bytes")
    try:
        return Manifest.model_validate(json.loads(content))
    except ValidationError as error:
        raise ModelLoadError(f"{path}: {describe_validation_error(error, Manifest)}") from None
    except (ValueError, RecursionError) as error:
        raise ModelLoadError(f"{path}: is not JSON: {error}") from None
