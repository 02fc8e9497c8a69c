"""Compare every smoother on motion that none has seen: ``python -m training.temporal.compare``.

Rendered infants' motions of seeds kept out of training, and, where a file of real infants' tracks
is named (``--tracks`` or COTSIDE_REAL_TRACKS; an .npz with ``xy`` (N, T, 13, 2) in pixels at 30
frames/s and ``names``), those too; both with the same detector's faults (noise.py). With
``--clips``, also what the bundled network itself finds in rendered clips (`cotside synth video`),
faults of no model's making. Writes the tables to COMPARISON.md beside this file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.confidence import present
from pipeline.models.session import load_model
from pipeline.movement.track import BLOCKED_FLAGS
from pipeline.skeleton import INFANT13
from pipeline.smoothing import causal_names, make_causal, offline_names, offline_smoother
from training.errors import DatasetError
from training.seen_clip import seen_clip
from training.temporal.noise import DetectorNoise
from training.temporal.tracks import FPS, UNSEEN_SEED, joints_of, random_view, seen_by, trunk_of

Float = NDArray[np.float64]
Run = Callable[[NDArray[np.int64], Float, Float], Float]

# As many pixels as a trunk has in a ward's camera.
_TRUNK_PX = 100.0
_LONGEST_LAG_S = 0.25
TABLE = Path(__file__).with_name("COMPARISON.md")


@dataclass(frozen=True, slots=True)
class Sequence:
    """True points (T, 13, 2) and found ones with scores (T, 13), in px of a trunk of 100."""

    truth_tkc: Float
    found_tkc: Float
    scores_tk: Float
    times_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one smoother over sequences, in trunk lengths: mean and 95th percentile of the error,
    jitter (mean size of what the error changes by from frame to frame), lag, cost a frame.
    """

    error: float
    error_p95: float
    jitter: float
    lag_ms: float
    cost_ms: float


def sequence_of(truth_tkc: Float, fps: float, rng: np.random.Generator) -> Sequence:
    """Return a sequence with a detector's faults; ``truth_tkc`` in any unit."""
    in_trunks = truth_tkc / trunk_of(truth_tkc)
    times_s = np.arange(len(truth_tkc)) / fps
    found = DetectorNoise().see(in_trunks[None], times_s[None], rng)
    return Sequence(
        in_trunks * _TRUNK_PX,
        found.points[0] * _TRUNK_PX,
        found.scores[0],
        np.rint(times_s * 1e6).astype(np.int64),
    )


def rendered(count: int, seconds: float) -> list[Sequence]:
    """Return unseen rendered motions, each seen by one camera."""
    rng = np.random.default_rng(UNSEEN_SEED)
    return [
        sequence_of(seen_by(random_view(rng), joints_of(UNSEEN_SEED + number, seconds)), FPS, rng)
        for number in range(count)
    ]


def real(path: Path, frames: int) -> list[Sequence]:
    """Return the first frames of each real track; raise ``DatasetError`` on another file."""
    rng = np.random.default_rng(1)
    try:
        with np.load(path) as kept:
            tracks, names = kept["xy"].astype(np.float64), [str(name) for name in kept["names"]]
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{path}: is not a file of tracks: {error}") from None
    order = [names.index(name) for name in INFANT13.keypoints]
    # Their pixels are whole numbers; without this, a body at rest would be exactly at rest.
    tracks = tracks + rng.uniform(-0.5, 0.5, tracks.shape)
    return [sequence_of(track[:frames, order], 30.0, rng) for track in tracks]


def detected(folder: Path) -> list[Sequence]:
    """Return what the bundled network finds in rendered clips beside their truth.

    Frames that nobody may measure (the camera moved, hands) are left out. Raises ``DatasetError``
    for a folder without clips.
    """
    films = sorted(folder.glob("*.mp4"))
    if not films:
        raise DatasetError(f"{folder}: holds no clips; make some with `cotside synth video`")
    model = load_model()
    found = []
    for film in films:
        seen = seen_clip(film, model)
        block = seen.block
        clear_t = (block.flags_t & BLOCKED_FLAGS) == 0
        scale = _TRUNK_PX / trunk_of(seen.true_tkc)
        points_tkc = block.keypoints_tkc.astype(np.float64) * scale
        scores_tk = block.scores_tk.astype(np.float64)
        parts = (seen.true_tkc * scale, points_tkc, scores_tk, block.times_us)
        found.append(Sequence(*(part[clear_t] for part in parts)))
    return found


def smoothers() -> dict[str, dict[str, Run]]:
    """Return all smoothers by class and name; ``raw`` is what was found."""

    def live(name: str) -> Run:
        def run(times_us: NDArray[np.int64], points: Float, scores: Float) -> Float:
            smoother = make_causal(name)
            frames = zip(times_us.tolist(), points, scores, strict=True)
            return np.array([smoother.step(*frame) for frame in frames], np.float64)

        return run

    def whole(name: str) -> Run:
        def run(times_us: NDArray[np.int64], points: Float, scores: Float) -> Float:
            return offline_smoother(name)(times_us, points, scores).astype(np.float64)

        return run

    return {
        "as found": {"raw": lambda _, points, scores: points},
        "causal": {name: live(name) for name in causal_names()},
        "centred": {name: whole(name) for name in offline_names()},
    }


def figures_of(run: Run, sequences: list[Sequence]) -> Figures:
    """Measure one smoother where points were found; predictions through gaps do not count."""
    errors, steps, spent_s, frames = [], [], 0.0, 0
    lags = []
    for seq in sequences:
        start_s = time.process_time()
        out = run(seq.times_us, seq.found_tkc, seq.scores_tk)
        spent_s += time.process_time() - start_s
        frames += len(out)
        counts = present(seq.scores_tk) & np.isfinite(out[..., 0])
        error = (out - seq.truth_tkc) / _TRUNK_PX
        errors.append(np.linalg.norm(error, axis=-1)[counts])
        steps.append(np.linalg.norm(np.diff(error, axis=0), axis=-1)[counts[1:] & counts[:-1]])
        lags.append(lag_s(out, seq, counts))
    every = np.concatenate(errors)
    return Figures(
        float(every.mean()),
        float(np.quantile(every, 0.95)),
        float(np.concatenate(steps).mean()),
        1e3 * float(np.mean(lags)),
        1e3 * spent_s / frames,
    )


def lag_s(out_tkc: Float, seq: Sequence, counts_tk: NDArray[np.bool_]) -> float:
    """Return by how much a series comes after the truth: the delay that fits it best.

    Medians of the distance at delays of whole frames, refined by a parabola.
    """
    gap_s = float(np.median(np.diff(seq.times_us))) / 1e6
    far = int(_LONGEST_LAG_S / gap_s)
    # Steady errors would hide what a delay does.
    apart = out_tkc - seq.truth_tkc
    out = out_tkc - np.nanmedian(np.where(counts_tk[..., None], apart, np.nan), axis=0)
    inner = slice(far, len(out) - far)
    costs = np.array(
        [
            np.median(
                np.linalg.norm(
                    out[inner] - seq.truth_tkc[far - delay : len(out) - far - delay], axis=-1
                )[counts_tk[inner]]
            )
            for delay in range(-far, far + 1)
        ]
    )
    best = int(np.clip(costs.argmin(), 1, len(costs) - 2))
    before, here, after = costs[best - 1 : best + 2]
    bend = before - 2 * here + after
    return (best - far + (0.5 * (before - after) / bend if bend > 0 else 0.0)) * gap_s


def table_of(title: str, sequences: list[Sequence]) -> list[str]:
    """Measure all smoothers on sequences; return the lines of a table and of what it says."""
    said, lines = [], [f"## {title}", ""]
    lines.append("| class | smoother | error | error, p95 | jitter | lag, ms | cost, ms a frame |")
    lines.append("|---|---|---|---|---|---|---|")
    for kind, runs in smoothers().items():
        found = {name: figures_of(run, sequences) for name, run in runs.items()}
        for name, row in found.items():
            typer.echo(f"{title}: {kind} {name}: {row}")
            lines.append(
                f"| {kind} | {name} | {row.error:.4f} | {row.error_p95:.3f} | {row.jitter:.4f} "
                f"| {row.lag_ms:.0f} | {row.cost_ms:.2f} |"
            )
        if "transformer" in found:
            said.append(verdict(kind, found))
    return [*lines, "", *said, ""]


def verdict(kind: str, found: dict[str, Figures]) -> str:
    """Say what the transformer gains on the best of the others, and what it takes for that."""
    ours = found["transformer"]
    others = {name: row for name, row in found.items() if name != "transformer"}
    parts = []
    for what in ("error", "error_p95", "jitter"):
        name, best = min(
            ((name, getattr(row, what)) for name, row in others.items()), key=lambda pair: pair[1]
        )
        change = 100 * (getattr(ours, what) / best - 1)
        parts.append(f"{what.replace('_', ' ')} {change:+.0f} % against the best other, {name}")
    name, best = min(others.items(), key=lambda pair: pair[1].error)
    return (
        f"The {kind} transformer: {'; '.join(parts)}. For that it takes {ours.cost_ms:.2f} ms a "
        f"frame beside {best.cost_ms:.2f} and comes {ours.lag_ms:.0f} ms late beside "
        f"{best.lag_ms:.0f} ({name})."
    )


def main(
    tracks: Annotated[
        Path | None, typer.Option(help="real tracks (.npz); default: COTSIDE_REAL_TRACKS")
    ] = None,
    count: Annotated[int, typer.Option(help="rendered motions")] = 6,
    seconds: Annotated[float, typer.Option(help="length of a rendered motion, s")] = 10.0,
    frames: Annotated[int, typer.Option(help="frames of a real track to take")] = 240,
    clips: Annotated[Path | None, typer.Option(help="folder of rendered clips with truth")] = None,
    out: Annotated[Path, typer.Option(help="where the tables are written")] = TABLE,
) -> None:
    """Compare the smoothers and write the tables."""
    lines = [
        "# Smoothers compared",
        "",
        "Written by `python -m training.temporal.compare [--tracks F] [--clips app/demo/clips]`.",
        "Lengths are in trunks. Error: distance",
        "to the truth where a point was found, the part included that no filter over time can know",
        "(training/temporal/noise.py says which faults were added). Jitter: how much the error",
        "changes from frame to frame. Cost: processor time of one core, 13 keypoints. The faults",
        "are modelled on those of the bundled model, and the transformer learned from the same",
        "model of faults: with a detector that errs in other ways it may gain less. Research use",
        "only.",
        "",
    ]
    lines += table_of(
        f"{count} rendered motions never learned from, {FPS} frames/s", rendered(count, seconds)
    )
    named = tracks or os.environ.get("COTSIDE_REAL_TRACKS")
    if named:
        sequences = real(Path(named), frames)
        lines += table_of(f"{len(sequences)} real infants' tracks, 30 frames/s", sequences)
    if clips is not None:
        found = detected(clips)
        lines += table_of(f"What the bundled network found in {len(found)} rendered clips", found)
    out.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
