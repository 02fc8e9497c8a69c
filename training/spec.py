"""The training spec: a TOML file that names the network, data, losses, schedule and export.

Unknown keys are refused by name, with the nearest known one. Relative paths are relative to the
spec's own folder. No Python is ever read from a spec.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from training.errors import SpecError


class Part(BaseModel):
    """A part of a spec: a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _name_or_path(value: Any) -> Any:
    """Take text that looks like a file for a path, other text for a name."""
    looks_like_file = isinstance(value, str) and (Path(value).suffix or "/" in value)
    return Path(value) if looks_like_file else value


class NetworkSpec(Part):
    """Which network of the zoo, for which keypoints.

    ``load_from``: the weights to start from, as a file, as an exported model folder, or as a name
    of training/published.py. ``trunk``: the file of a trunk that stays as it is loaded
    (``infant_lite0``); not needed where ``load_from`` holds it.
    """

    name: str
    skeleton: str = "infant13"
    load_from: Annotated[Path | str | None, BeforeValidator(_name_or_path)] = None
    trunk: Path | None = None


class DataSpec(Part):
    """Dataset folders (``images/`` + ``annotations.json``), or folders of such folders.

    ``train_count``: learn from so many of the pictures only, evenly taken (None: from all), to see
    what fewer labels would have given.
    ``clips``: folders of unlabelled recordings (*.mp4) for the losses over time; each step sees
    ``clips_per_step`` stretches of ``clip_frames`` frames.
    """

    train: tuple[Path, ...] = ()
    val: tuple[Path, ...] = ()
    train_count: int | None = Field(None, ge=1)
    val_count: int = Field(300, ge=1)
    samples_per_epoch: int = Field(2000, ge=1)
    clips: tuple[Path, ...] = ()
    clips_per_step: int = Field(1, ge=1)
    clip_frames: int = Field(6, ge=4)


class AugmentSpec(Part):
    """How pictures are varied; chances are 0..1 a picture, sizes are fractions or pixels.

    ``rotation_deg`` is the half range (180: any direction). ``crop_low``/``crop_high`` bound the
    side of the square crop over the longest side of the infant's box. ``upright`` is the chance
    that the crop is turned until the trunk points up, give or take ``upright_jitter_deg``: the
    runtime looks for the direction by itself, and a network that need not know it learns faster.
    ``turned`` is the chance of a crop turned well away from upright whose points all count as
    absent: what the runtime's search must see in the wrong directions.
    """

    rotation_deg: float = Field(180.0, ge=0, le=180)
    upright: float = Field(0.0, ge=0, le=1)
    upright_jitter_deg: float = Field(50.0, ge=0, le=180)
    turned: float = Field(0.0, ge=0, le=1)
    crop_low: float = Field(0.95, gt=0)
    crop_high: float = Field(1.8, gt=0)
    shift: float = Field(0.12, ge=0)
    flip: float = Field(0.5, ge=0, le=1)
    half_body: float = Field(0.1, ge=0, le=1)
    colour: float = Field(0.8, ge=0, le=1)
    grey: float = Field(0.25, ge=0, le=1)
    dark: float = Field(0.1, ge=0, le=1)
    blur: float = Field(0.15, ge=0, le=1)
    noise: float = Field(0.25, ge=0, le=1)
    jpeg: float = Field(0.15, ge=0, le=1)
    h264: float = Field(0.05, ge=0, le=1)
    infrared: float = Field(0.1, ge=0, le=1)
    occluders: float = Field(0.3, ge=0, le=1)
    hands: float = Field(0.1, ge=0, le=1)


class ComposeSpec(Part):
    """Pictures composed of kept bodies while training; chances are 0..1 a picture.

    ``postures``: only bodies in these; none named: all.
    ``any_direction`` is the chance of a turn drawn from all directions; else the camera's up stays
    up, give or take ``camera_roll_deg``. ``echo``: how often a composed picture is shown, turned
    by quarter turns and mirrored anew, before another takes its place. ``photographs``: shell
    patterns of photographs without people, from which rooms and cloths are cut too.
    """

    bodies: Path
    photographs: tuple[Path, ...] = ()
    postures: tuple[str, ...] = ()
    any_direction: float = Field(0.5, ge=0, le=1)
    camera_roll_deg: float = Field(20.0, ge=0)
    empty: float = Field(0.05, ge=0, le=1)
    blankets: float = Field(0.15, ge=0, le=1)
    things_before: float = Field(0.35, ge=0, le=1)
    borders: float = Field(0.3, ge=0, le=1)
    random_conv: float = Field(0.1, ge=0, le=1)
    echo: int = Field(2, ge=1)
    quarter_turns: float = Field(0.5, ge=0, le=1)
    store: int = Field(4096, ge=64)


class MorphologySpec(Part):
    """The morphology loss (training/losses/morphology.py): ``weight`` of all, and of each term.

    ``ranges`` and ``prior`` are learned from the training set's labels where at least
    ``learn_from`` tell them; ``clip`` needs ``data.clips``.
    """

    weight: float = Field(1.0, ge=0)
    ranges: float = Field(1.0, ge=0)
    symmetry: float = Field(0.1, ge=0)
    prior: float = Field(1.0, ge=0)
    clip: float = Field(0.0, ge=0)
    components: int = Field(8, ge=1)
    learn_from: int = Field(50, ge=2)


class TemporalSpec(Part):
    """The temporal loss on unlabelled clips (training/losses/temporal.py).

    ``tolerance`` is the acceleration, in trunk lengths a frame², that costs nothing; points below
    ``min_confidence`` do not count.
    """

    weight: float = Field(0.1, ge=0)
    tolerance: float = Field(0.05, ge=0)
    min_confidence: float = Field(0.2, ge=0, le=1)


class LossSpec(Part):
    """The loss on keypoints; ``kind`` and ``sigma`` are the network's own where not given.

    ``sigma``: in heatmap cells, or in bins for SimCC. ``parts_weight``: how much it counts to tell
    the parts of the body apart, cell by cell, where the pictures say them (composed ones do).
    """

    kind: Literal["spatial_ce", "bce", "mse", "offset", "simcc_kl"] | None = None
    sigma: float | None = Field(None, gt=0)
    occluded_weight: float = Field(0.5, ge=0)
    parts_weight: float = Field(0.0, ge=0)
    morphology: MorphologySpec | None = None
    temporal: TemporalSpec | None = None


class DistillSpec(Part):
    """A larger network of the zoo to learn from beside the labels (training/distill.py).

    ``checkpoint``: its weights, as ``network.load_from`` takes them: a file, an exported model
    folder, or a known name. ``logits`` and ``features`` weigh how far the answers, and the maps
    that they are made of, are apart.
    """

    teacher: str
    checkpoint: Annotated[Path | str, BeforeValidator(_name_or_path)]
    logits: float = Field(1.0, ge=0)
    features: float = Field(0.5, ge=0)


class SelfTrainSpec(Part):
    """Learn a room from its pictures without labels (training/self_train.py).

    ``pictures``: folders of them, one infant a picture. ``calibration``: the model folder whose
    scale of scores the network's answers follow; without it they count as they are. A point is
    learned from ``min_score`` on; ``keep`` is how much of the teacher stays at each step.
    ``crop_low``/``crop_high`` bound the side of the square looked at over the picture's longest
    side: there is no box to go by, and an infant seldom fills the picture.
    """

    pictures: tuple[Path, ...]
    calibration: Path | None = None
    pictures_per_step: int = Field(8, ge=1)
    crop_low: float = Field(0.8, gt=0)
    crop_high: float = Field(1.1, gt=0)
    min_score: float = Field(0.6, gt=0, lt=1)
    weight: float = Field(1.0, ge=0)
    keep: float = Field(0.998, ge=0, lt=1)


class Stage(Part):
    """A part of the schedule with its own input size, up to a fraction of the whole."""

    until: float = Field(gt=0, le=1)
    input_wh: tuple[int, int]


class ScheduleSpec(Part):
    """How long and how fast to learn.

    ``budget_minutes`` ends the run by the clock, the learning rate falling to zero by then;
    otherwise ``epochs`` counts. ``accumulate``: so many batches make one step. ``base_batch``: the
    learning rate is meant for so many pictures a step and is scaled linearly to what a step has.
    ``patience``: end after so many validations in a row without a better one.
    """

    epochs: int = Field(1, ge=1)
    budget_minutes: float | None = Field(None, gt=0)
    batch_size: int = Field(32, ge=1)
    optimizer: Literal["adamw", "muon"] = "adamw"
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    warmup_steps: int = Field(100, ge=0)
    gradient_clip: float = Field(10.0, gt=0)
    ema_momentum: float = Field(0.002, gt=0, lt=1)
    accumulate: int = Field(1, ge=1)
    base_batch: int | None = Field(None, ge=1)
    patience: int | None = Field(None, ge=1)
    stages: tuple[Stage, ...] = (Stage(until=1.0, input_wh=(192, 192)),)

    @model_validator(mode="after")
    def _stages_cover_the_run(self) -> ScheduleSpec:
        ends = [stage.until for stage in self.stages]
        if ends != sorted(set(ends)) or ends[-1] != 1.0:
            raise ValueError("stages must have rising 'until' values and the last must be 1.0")
        sizes = [side for stage in self.stages for side in stage.input_wh]
        if any(side % 32 for side in sizes):
            raise ValueError("input_wh must be multiples of 32")
        return self

    @property
    def final_input_wh(self) -> tuple[int, int]:
        """Return the input size that the network ends with and is exported at."""
        return self.stages[-1].input_wh

    def input_wh_at(self, progress: float) -> tuple[int, int]:
        """Return the input size in use at a progress of 0..1."""
        return next(
            (stage.input_wh for stage in self.stages if progress < stage.until),
            self.final_input_wh,
        )


class RunSpec(Part):
    """Where and how the process runs.

    ``bfloat16`` computes in 16 bits where that is safe: twice as fast on a CPU that has it.
    ``compile`` lets torch compile the backbone; it needs a C compiler. ``tensorboard`` writes the
    log for TensorBoard too. The log has a line every ``report_every_steps``.
    """

    work_dir: Path
    seed: int = 0
    threads: int = Field(1, ge=1)
    workers: int = Field(1, ge=0)
    channels_last: bool = True
    bfloat16: bool = False
    compile: bool = False
    tensorboard: bool = True
    report_every_steps: int = Field(50, ge=1)
    val_every_epochs: int = Field(5, ge=1)
    deterministic: bool = False


Precision = Literal["fp16", "int8"]


class ExportSpec(Part):
    """What the model folder says of itself.

    ``stored_bits``: those of a weight in the file; ``mirrored`` averages over the mirror image
    within the graph: some points better for twice the sums. ``also`` names smaller arithmetic in
    which further folders are written beside ``out`` (``out_int8``), each measured beside the whole
    one.
    ``expected_reach``: answer where the expected similarity to people's labels is highest, with
    this reach in cells (pipeline/models/decode/expected.py; None: at the highest cell; heatmaps
    only). ``padding`` and ``directions``: how the runtime shall look (pipeline/models/manifest.py).
    """

    out: Path
    expected_reach: float | None = Field(None, gt=0, le=32)
    padding: float = Field(1.25, ge=1, le=4)
    directions: Literal[1, 4] = 4
    stored_bits: Literal[32, 16, 8] = 32
    mirrored: bool = False
    also: tuple[Precision, ...] = ()
    version: str = "0.1.0"
    licence: str = "Apache-2.0"
    training_data: str = "not stated"


class TrainSpec(Part):
    """A whole training run."""

    name: str
    network: NetworkSpec
    data: DataSpec
    augment: AugmentSpec = AugmentSpec()
    compose: ComposeSpec | None = None
    loss: LossSpec = LossSpec()
    distill: DistillSpec | None = None
    self_train: SelfTrainSpec | None = None
    schedule: ScheduleSpec = ScheduleSpec()
    run: RunSpec
    export: ExportSpec | None = None


def _known_keys(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    for step in path:
        field = model.model_fields.get(str(step))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        parts = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not parts:
            return []
        model = parts[0]
    return list(model.model_fields)


def _say(error: ValidationError, path: Path, whole: type[Part]) -> str:
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{path}: {where}: {first['msg']}"
    near = difflib.get_close_matches(
        str(first["loc"][-1]), _known_keys(whole, first["loc"][:-1]), n=1
    )
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{path}: unknown key {where!r}{hint}"


def _absolute(part: Any, folder: Path) -> Any:
    if isinstance(part, Path):
        return folder / part
    if isinstance(part, tuple):
        return tuple(_absolute(item, folder) for item in part)
    if isinstance(part, Part):
        return part.model_copy(
            update={key: _absolute(getattr(part, key), folder) for key in type(part).model_fields}
        )
    return part


SpecKind = TypeVar("SpecKind", bound=Part)


def parse_text(kind: type[SpecKind], text: str, path: Path) -> SpecKind:
    """Read a spec of any kind from TOML text, as ``parse_spec`` does."""
    try:
        read: SpecKind = _absolute(kind.model_validate(tomllib.loads(text)), path.parent.absolute())
        return read
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise SpecError(_say(error, path, kind)) from error


def parse_as(kind: type[SpecKind], path: Path) -> SpecKind:
    """Read a spec file of any kind; raise ``SpecError`` naming the file and the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_text(kind, text, path)


def parse_spec(text: str, path: Path) -> TrainSpec:
    """Read a training spec from TOML text; ``path`` names it and anchors relative paths.

    Raises ``SpecError`` with one line naming the key.
    """
    return parse_text(TrainSpec, text, path)


def load_spec(path: Path) -> TrainSpec:
    """Read a training spec's file; raise ``SpecError`` naming the file and the key."""
    return parse_as(TrainSpec, path)
