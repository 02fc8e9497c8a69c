"""How a model errs over time on rendered clips, beside the noise that refiners learn from.

``python -m training.temporal.measure app/demo/clips`` prints two lines a clip.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.confidence import present
from pipeline.models.session import BUNDLED_MODEL, load_model
from training.evaluation.clips import clip_frames
from training.evaluation.looking import look_at
from training.temporal.noise import DetectorNoise
from training.temporal.tracks import trunk_of

Float = NDArray[np.float64]


def noise_figures(
    found_tkc: Float, scores_tk: Float, truth_tkc: Float, shown_tk: NDArray[np.bool_]
) -> dict[str, float]:
    """Return what errors look like over time, in trunk lengths, of points present and shown."""
    error = (found_tkc - truth_tkc) / trunk_of(truth_tkc)
    size = np.linalg.norm(error, axis=-1)
    there = present(scores_tk) & shown_tk
    near = there & (size < 0.25)
    step = np.abs(np.diff(error, axis=0))[near[1:] & near[:-1]]
    return {
        "present": float(there.sum() / max(1, shown_tk.sum())),
        "error_median": float(np.median(size[there])),
        "error_p90": float(np.quantile(size[there], 0.9)),
        "within_0.1": float((size[there] <= 0.1).mean()),
        "mean_score": float(scores_tk[there].mean()),
        "step_median": float(np.median(step)),
        "step_p90": float(np.quantile(step, 0.9)),
        "far_share": float((there & ~near).sum() / there.sum()),
        "far_frames_median": _median_run(there & ~near),
        "lost_frames_median": _median_run(shown_tk & ~there),
    }


def _median_run(flags_tk: NDArray[np.bool_]) -> float:
    runs: list[int] = []
    for flags in flags_tk.T:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
        runs += (edges[1::2] - edges[::2]).tolist()
    return float(np.median(runs)) if runs else 0.0


def main(
    clips: Annotated[Path, typer.Argument(help="folder of rendered clips with truth")],
    model: Annotated[Path, typer.Option(help="model folder")] = BUNDLED_MODEL,
) -> None:
    """Print the errors of a model on clips, and of this noise on the same truth."""
    detector, noise = load_model(model), DetectorNoise()
    for path in sorted(clips.glob("*.json")):
        frames = list(clip_frames(path, 1))
        truth = np.array([points for _, points, _ in frames], np.float64)
        looks = [
            look_at(detector, image, points, box, "as it lies") for image, points, box in frames
        ]
        found = np.array([points for points, _ in looks], np.float64)
        scores = np.array([score for _, score in looks], np.float64)
        fps = json.loads(path.read_text(encoding="utf-8"))["fps"]
        in_trunks = truth[None, ..., :2] / trunk_of(truth[..., :2])
        times_s = np.arange(len(truth))[None] / fps
        made = noise.see(in_trunks, times_s, np.random.default_rng(0))
        shown = truth[..., 2] > 0
        rows = {
            "model": noise_figures(found, scores, truth[..., :2], shown),
            "noise": noise_figures(made.points[0], made.scores[0], in_trunks[0], shown),
        }
        for name, row in rows.items():
            typer.echo(
                f"{path.stem} {name} " + json.dumps({k: round(v, 4) for k, v in row.items()})
            )


if __name__ == "__main__":
    typer.run(main)
