"""Smaller arithmetic for a model folder: 16-bit floats, or 8-bit integers.

``python -m training.precision MODEL --to int8 --images D --out O`` makes a folder of the same
network with smaller sums, measures both files in turn on pictures, and states what was lost and
gained in the new manifest and card. Inputs and outputs stay 32-bit floats, so the runtime reads
either file like any other.
"""

from __future__ import annotations

import hashlib
import json
import logging
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
import onnx
import onnxruntime
import typer
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

from pipeline.errors import CotsideError
from pipeline.models.manifest import Manifest, read_manifest
from pipeline.models.session import MODEL_FILE, PoseModel, load_model
from pipeline.skeleton import SKELETONS
from training.card import write_card
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.data.dataset import ValidationPictures
from training.errors import ExportError, TrainingError
from training.evaluate import report
from training.evaluation.calibration import reliability
from training.evaluation.looking import measure
from training.files import write_json
from training.spec import Precision

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
Batch = NDArray[np.float32]

# Integers pay where sums are many; the rest of a graph stays in floats.
_INTEGER_OPERATORS = ["Conv", "Gemm", "MatMul", "Add", "Mul", "Relu", "Clip", "Resize", "MaxPool"]
# What does not bear 16 bits: exponentials overflow, and a Resize of halves is slow everywhere.
_WHOLE_OPERATORS = ["Softmax", "Exp", "Resize", "ReduceSum"]
_RANGE_PICTURES = 64
_TIMED_RUNS = 30


def compute_in_half(path: Path, out: Path) -> None:
    """Write ``path`` computing in 16-bit floats to ``out``: for GPUs; a CPU gains nothing."""
    with _folded(path) as ready, warnings.catch_warnings():
        # It tells of every weight too small for 16 bits; what that costs is measured afterwards.
        warnings.simplefilter("ignore")
        model = convert_float_to_float16(
            onnx.load(str(ready)), keep_io_types=True, op_block_list=_WHOLE_OPERATORS
        )
        onnx.save(model, str(out))


def quantise(path: Path, out: Path, batches: Iterable[Batch]) -> None:
    """Write ``path`` computing in 8-bit integers to ``out``, ranges taken from ``batches``.

    Static, by QuantizeLinear/DequantizeLinear pairs, a scale for each channel of the weights. The
    last convolution and what follows it stay in floats: a peak's height and place are told apart
    by less than an eighth of a bit. ``batches``: (N, 3, H, W) as the network takes them, from
    pictures such as it will see. Raises ``ExportError`` without one.
    """
    kept = list(batches)
    if not kept:
        raise ExportError("int8 needs pictures to take its ranges from")
    with _folded(path) as ready:
        _quiet(
            lambda: quantize_static(
                str(ready),
                str(out),
                _Pictures(kept, onnx.load(str(ready)).graph.input[0].name),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=_INTEGER_OPERATORS,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                # Processors without VNNI add two products in 16 bits, which 8-bit weights overflow.
                reduce_range=True,
                # Cutting off the rarest values (percentile, entropy) lowers exactly the peaks.
                calibrate_method=CalibrationMethod.MinMax,
                nodes_to_exclude=_last_convolution_on(ready),
            )
        )


class _folded:
    """Lend a copy of a graph with its constants folded, half-stored weights among them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory()
        ready = Path(self._folder.name) / MODEL_FILE
        _quiet(lambda: quant_pre_process(str(self._path), str(ready), skip_symbolic_shape=True))
        return ready

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


class _Pictures(CalibrationDataReader):
    """Hands normalised pictures to the quantiser, a batch at a time."""

    def __init__(self, batches: Iterable[Batch], name: str) -> None:
        self._batches, self._name = iter(batches), name

    def get_next(self) -> dict[str, Batch] | None:
        """Return the next batch by its input's name, None after the last."""
        batch = next(self._batches, None)
        return None if batch is None else {self._name: batch}


def _last_convolution_on(path: Path) -> list[str]:
    """Return the nodes that make answers of the last feature map, that convolution included."""
    nodes = list(onnx.load(str(path)).graph.node)
    last = max((i for i, node in enumerate(nodes) if node.op_type == "Conv"), default=0)
    return [node.name for node in nodes[last:]]


def _quiet(work: Callable[[], object]) -> None:
    """Run without the quantiser's advice to its own developers."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            work()
    finally:
        logging.getLogger().setLevel(level)


def range_batches(manifest: Manifest, pictures: PictureSet) -> Iterator[Batch]:
    """Yield at most 64 single pictures, evenly taken, as the network takes them."""
    size = manifest.input
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (size.mean, size.std))
    chosen = pictures.take(range(0, len(pictures), -(-len(pictures) // _RANGE_PICTURES)))
    for item in ValidationPictures(chosen, SKELETONS[manifest.skeleton.name], size.size_wh):
        picture = item["image"][..., ::-1] if size.channels == "rgb" else item["image"]
        yield ((picture.transpose(2, 0, 1).astype(np.float32) - mean) / std)[None]


def pictures_for(model: Path, images: Path, count: int) -> PictureSet:
    """Read about ``count`` pictures, evenly taken, for the keypoints of a model folder."""
    skeleton = SKELETONS[read_manifest(model).skeleton.name]
    pictures = read_pictures(dataset_folders([images]), skeleton)
    return pictures.take(range(0, len(pictures), max(1, len(pictures) // count)))


def reduce_folder(whole: Path, out: Path, to: Precision, pictures: PictureSet) -> dict[str, Any]:
    """Write a model folder with smaller sums; return its manifest, both files' figures included.

    Ranges are taken from every other infant; both files are measured on the rest. The scores'
    calibration stays that of the whole network; how far it holds is among the figures.
    """
    before = read_manifest(whole)
    fitting, held_out = pictures.halves()
    out.mkdir(parents=True, exist_ok=True)
    part = out / "model.part.onnx"
    try:
        if to == "fp16":
            compute_in_half(whole / MODEL_FILE, part)
        else:
            quantise(whole / MODEL_FILE, part, range_batches(before, fitting))
        part.replace(out / MODEL_FILE)
    finally:
        part.unlink(missing_ok=True)
    manifest = before.model_dump(mode="json")
    content = (out / MODEL_FILE).read_bytes()
    manifest["sha256"] = hashlib.sha256(content).hexdigest()
    # What was measured on the whole file is not said of this one.
    manifest["figures"] = {
        "precision": to,
        "bytes": len(content),
        "parameters": manifest["figures"].get("parameters"),
        "exported": date.today().isoformat(),
    }
    write_json(out / "manifest.json", manifest)
    manifest["figures"] |= beside({"fp32": whole, to: out}, held_out)
    write_json(out / "manifest.json", manifest)
    write_card(out, manifest)
    return manifest


def beside(folders: dict[str, Path], pictures: PictureSet) -> dict[str, Any]:
    """Measure two forms of a network in turn; the first is the one to compare with.

    Returns the largest and the median difference of their answers on these pictures (in 0..1, or
    in input pixels where a network gives coordinates), and ``beside``: a row of figures a form.
    """
    models = [load_model(folder) for folder in folders.values()]
    differences = _differences(list(folders.values()), models[0].manifest, pictures)
    rows = {}
    for name, model, took_ms in zip(folders, models, _times_ms(models), strict=True):
        found = measure(model, pictures, "upright")
        said = report(found, pictures)
        rows[name] = {
            "pck_0.1": said["pck_0.1"]["limbs"],
            "pck_0.2": said["pck_0.2"]["limbs"],
            "calibration_error": reliability(
                found.errors_nk, found.scores_nk, pictures.keypoints_nkc[..., 2]
            )["error"],
            "bytes": (folders[name] / MODEL_FILE).stat().st_size,
            "session_ms": took_ms,
        }
    return {
        "precision_max_difference": max(differences),
        "precision_median_difference": statistics.median(differences),
        "pictures_measured": len(pictures),
        "beside": rows,
    }


def _differences(folders: list[Path], manifest: Manifest, pictures: PictureSet) -> list[float]:
    """Return the largest difference of two files' answers to each of some pictures."""
    sessions = [
        onnxruntime.InferenceSession(str(folder / MODEL_FILE), providers=["CPUExecutionProvider"])
        for folder in folders
    ]
    found = []
    for batch in range_batches(manifest, pictures):
        one, other = (s.run(None, {s.get_inputs()[0].name: batch}) for s in sessions)
        found.append(max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True)))
    return found


def _times_ms(models: list[PoseModel]) -> list[float]:
    """Return the median processor time of a picture, the models taking turns."""
    took: list[list[float]] = [[] for _ in models]
    for _ in range(_TIMED_RUNS):
        for model, times in zip(models, took, strict=True):
            start_s = time.process_time()
            model.run(1)
            times.append((time.process_time() - start_s) * 1e3)
    return [statistics.median(times) for times in took]


def main(
    model: Annotated[Path, typer.Argument(help="model folder in 32-bit floats")],
    to: Annotated[str, typer.Option(help="fp16 or int8")],
    images: Annotated[Path, typer.Option(help="pictures to take ranges from and measure on")],
    out: Annotated[Path, typer.Option(help="model folder to write")],
    count: Annotated[int, typer.Option(help="pictures to take")] = 400,
) -> None:
    """Write a model folder with smaller arithmetic; print what it lost and gained."""
    try:
        wanted = next((one for one in PRECISIONS if one == to), None)
        if wanted is None:
            raise ExportError(f"--to {to}: choose one of {', '.join(PRECISIONS)}")
        pictures = pictures_for(model, images, count)
        typer.echo(json.dumps(reduce_folder(model, out, wanted, pictures)["figures"]))
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
