"""How fast recordings are reviewed: a 25 fps 720p video, with and without overlay, on two cores.

Beside it, in the same run, mmpose's own inferencer with the same network on the same clip.

    uv run --group dev --group training python -m tests.benchmarks.review_speed [--workers 2]

Two figures each: × real time by the clock, which other programs of the machine make smaller, and
the processor time of a frame, which they hardly change. What it takes to start (Python, the model)
is measured on a clip of a second and taken off the latter. The clip is a demo clip, enlarged to
1280×720 and repeated.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
import cv2

from tests.support.reviewing import DEMO_CLIP, review
from tests.support.watching_memory import watched_memory

FPS, SIZE_WH = 25, (1280, 720)
# Shorter than the usual minute, so that a short clip has work for every worker.
PART_US = 10_000_000


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processors, and how many frames they were for."""

    clock_s: float
    processor_s: float
    frames: int

    def words(self, start: Cost | None = None) -> str:
        """Say it; ``start``: the cost of a review of next to nothing."""
        return (
            f"{self.frames / FPS / self.clock_s:.2f} × real time, "
            f"{self.ms_a_frame(start):.1f} ms of a core a frame"
        )

    def ms_a_frame(self, start: Cost | None = None) -> float:
        if start is None:
            return 1000 * self.processor_s / self.frames
        return 1000 * (self.processor_s - start.processor_s) / (self.frames - start.frames)


def write_clip(path: Path, seconds: float) -> None:
    """Write the demo clip as 25 fps 720p, as often as it takes."""
    with av.open(str(DEMO_CLIP)) as source:
        pictures = [
            cv2.resize(frame.to_ndarray(format="bgr24"), SIZE_WH)
            for frame in source.decode(video=0)
        ]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "veryfast", "g": "50"}
        for number in range(round(seconds * FPS)):
            # There and back, so that nothing leaps where it begins again.
            at = number % (2 * len(pictures) - 2)
            picture = pictures[min(at, 2 * len(pictures) - 2 - at)]
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def long_clip(path: Path, minutes: float) -> Path:
    """Write the clip in a process of its own, so that its memory is not counted here."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(write_clip, path, 60 * minutes).result()
    return path


def reviewed(clip: Path, workers: int, overlay: bool) -> tuple[Cost, str]:
    """Review once; return what it cost, and the memory that it took in words."""
    before_s, began_s = processor_s(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, watched_memory() as peak:
        (outcome,) = review([clip], Path(folder), workers=workers, overlay=overlay, part_us=PART_US)
        clock_s = time.monotonic() - began_s
    cost = Cost(clock_s, processor_s() - before_s, outcome.summary["frames"])
    return cost, f"worker ≤{peak.worker_mb:.0f} MB, lead ≤{peak.lead_mb:.0f} MB"


def processor_s() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def by_mmpose(clip: Path) -> Cost | None:
    """Run mmpose's own inferencer over the clip, drawing nothing; None where it is not there.

    On one thread, as each worker of a review: several of torch's burn time in waiting for another.
    """
    try:
        import torch

        from tests.benchmarks.mmpose_inferencer import Inference
    except ImportError:
        return None
    torch.set_num_threads(1)
    inference = Inference()
    before_s, began_s = processor_s(), time.monotonic()
    n_frames = inference.run(clip)
    return Cost(time.monotonic() - began_s, processor_s() - before_s, n_frames)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--minutes", type=float, default=1.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        clip = long_clip(Path(place) / "clip.mp4", given.minutes)
        second = long_clip(Path(place) / "second.mp4", 1 / 60)
        print("load before:", os.getloadavg(), flush=True)
        costs = {}
        for overlay in (False, True):
            start, _ = reviewed(second, given.workers, overlay)
            cost, memory = reviewed(clip, given.workers, overlay)
            costs[overlay] = cost.ms_a_frame(start)
            print(f"cotside, overlay {overlay}: {cost.words(start)}, {memory}", flush=True)
        theirs = by_mmpose(clip)
        if theirs is None:
            print("mmpose: not installed (uv sync --group training)")
        else:
            ratio = theirs.ms_a_frame() / costs[False]
            print(f"mmpose's inferencer, one thread, no overlay: {theirs.words()}")
            print(f"its processor time of a frame is {ratio:.2f} times that of cotside")
        print("load after:", os.getloadavg())


if __name__ == "__main__":
    main()
