"""Render clips of a moving infant in its cot as H.264, with their truth beside them as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.synthetic.canvas import HAND
from training.synthetic.carer import Visit, reaching
from training.synthetic.geometry import Array
from training.synthetic.motion import Choreography, MotionLaw, law_record, movement_figures
from training.synthetic.pose import head_side
from training.synthetic.render import render, surroundings
from training.synthetic.scene import Scene


@dataclass(frozen=True)
class Clip:
    """A clip to render: the scene at rest, what the infant does, and how it is filmed."""

    name: str
    scene: Scene
    law: MotionLaw
    seconds: float
    fps: int = 15
    crf: int = 25
    preset: str = "slow"
    visits: tuple[Visit, ...] = ()

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Return the times of the frames."""
        return np.arange(round(self.seconds * self.fps)) / self.fps


@dataclass(frozen=True)
class Frame:
    """One frame of a clip: BGR picture, keypoints (13, 2) px, visibility (13,).

    ``hands_share``: the share of the picture that shows carers' hands.
    """

    image: NDArray[np.uint8]
    keypoints_kc: Array
    visibility_k: NDArray[np.int64]
    hands_share: float


class _Renderer:
    """Renders any frame of one clip; what does not change is worked out once."""

    def __init__(self, clip: Clip) -> None:
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        scene = clip.scene
        self.clip = clip
        self.around = surroundings(scene)
        self.dance = Choreography.plan(scene.pose, scene.shape, clip.law, scene.seed, clip.seconds)

    def frame(self, number: int) -> Frame:
        """Render one frame of the clip, with its truth."""
        time_s, scene = float(self.clip.times_s[number]), self.clip.scene
        clutter = reaching(scene.clutter, self.clip.visits, time_s)
        pose = self.dance.pose_at(time_s)
        done = render(replace(scene, pose=pose, frame=number, clutter=clutter), self.around)
        hands_share = float((done.canvas.kind == HAND).mean())
        return Frame(done.image, done.keypoints_kc, done.visibility_k, hands_share)


_renderer: _Renderer | None = None  # of a worker process, which serves one clip


def _prepare(clip: Clip) -> None:
    global _renderer
    _renderer = _Renderer(clip)


def _frame_of_worker(number: int) -> Frame:
    if _renderer is None:
        raise RuntimeError("a worker was asked for a frame before it was prepared")
    return _renderer.frame(number)


def frames(clip: Clip, processes: int = 1) -> Iterator[Frame]:
    """Render the clip's frames in order; the same frames whatever the number of processes."""
    numbers = range(len(clip.times_s))
    if processes == 1:
        yield from map(_Renderer(clip).frame, numbers)
        return
    with ProcessPoolExecutor(processes, initializer=_prepare, initargs=(clip,)) as pool:
        yield from pool.map(_frame_of_worker, numbers, chunksize=4)


def write_clip(folder: Path, clip: Clip, processes: int = 1) -> Path:
    """Write ``NAME.mp4`` and ``NAME.json``; the clip appears only when whole.

    Raises ``FileExistsError`` where a clip of that name is there already.
    """
    final = folder / f"{clip.name}.mp4"
    if final.exists():
        raise FileExistsError(f"{final} is there already; choose another --out or remove it")
    if len(clip.times_s) < 2:
        raise ValueError("a clip needs at least two frames: raise --seconds or --fps")
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{clip.name}.partial.mp4"
    keypoints, visibility, hands = [], [], []
    height, width = clip.scene.view.size_hw
    with av.open(str(partial), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=clip.fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, clip.fps)
        # One thread: the same bytes each time, and it shares the machine.
        stream.options = {
            "crf": str(clip.crf),
            "preset": clip.preset,
            "threads": "1",
            "g": str(clip.fps * 4),
        }
        for rendered in frames(clip, processes):
            frame = av.VideoFrame.from_ndarray(rendered.image, format="bgr24")
            container.mux(stream.encode(frame))
            keypoints.append(rendered.keypoints_kc)
            visibility.append(rendered.visibility_k)
            hands.append(round(rendered.hands_share, 4))
        container.mux(stream.encode(None))
    truth = truth_of(clip, np.asarray(keypoints, np.float64), np.asarray(visibility))
    truth["hands_share_t"] = hands
    (folder / f"{clip.name}.json").write_text(
        json.dumps(truth, separators=(",", ":")), encoding="utf-8"
    )
    return partial.rename(final)


def truth_of(
    clip: Clip, keypoints_tkc: NDArray[np.float64], visibility_tk: NDArray[np.int64]
) -> dict[str, Any]:
    """Return the truth of a clip; its figures are computed from the keypoints as written here."""
    written = np.round(keypoints_tkc, 2)
    scene = clip.scene
    return {
        "name": clip.name,
        "skeleton": INFANT13.name,
        "keypoints": list(INFANT13.keypoints),
        "fps": clip.fps,
        "width": scene.view.size_hw[1],
        "height": scene.view.size_hw[0],
        "seed": scene.seed,
        "posture": scene.pose.posture,
        "head_side": head_side(scene.pose),
        "covered": scene.cover.kind,
        "light": scene.look.light,
        "law": law_record(clip.law),
        "movement": movement_figures(clip.times_s, written),
        "keypoints_tkc": written.tolist(),
        "visibility_tk": visibility_tk.tolist(),
    }
