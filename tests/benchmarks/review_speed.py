"""How fast recordings are reviewed: × real time for a 25 fps 720p video, with and without overlay.

Beside it, in the same run, mmpose's own inferencer with the same network on the same clip.

    uv run --group dev --group training python -m tests.benchmarks.review_speed [--workers 2]

The clip is a demo clip, enlarged to 1280×720 and repeated.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2

from tests.support.reviewing import DEMO_CLIP, review
from tests.support.watching_memory import watched_memory

FPS, SIZE_WH = 25, (1280, 720)


def long_clip(path: Path, minutes: float) -> Path:
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
        for number in range(round(60 * minutes * FPS)):
            # There and back, so that nothing leaps where it begins again.
            at = number % (2 * len(pictures) - 2)
            picture = pictures[min(at, 2 * len(pictures) - 2 - at)]
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def reviewed(clip: Path, minutes: float, workers: int, overlay: bool) -> float:
    """Review once, print a line of figures, and return the times of real time."""
    with tempfile.TemporaryDirectory() as folder, watched_memory() as peak:
        began_s = time.monotonic()
        (outcome,) = review([clip], Path(folder), workers=workers, overlay=overlay)
        took_s = time.monotonic() - began_s
    times = 60 * minutes / took_s
    print(
        f"cotside, {outcome.verdict}, overlay {overlay}, {workers} workers: "
        f"{times:.2f} × real time, "
        f"{1000 * took_s * workers / outcome.summary['frames']:.1f} ms of a core a frame, "
        f"worker ≤{peak.worker_mb:.0f} MB, lead ≤{peak.lead_mb:.0f} MB",
        flush=True,
    )
    return times


def by_mmpose(clip: Path, minutes: float, threads: int) -> float | None:
    """Run mmpose's own inferencer over the clip, drawing nothing; None where it is not there."""
    try:
        import torch

        from tests.benchmarks.mmpose_inferencer import seconds_for
    except ImportError:
        print("mmpose: not installed (uv sync --group training)")
        return None
    torch.set_num_threads(threads)
    times = 60 * minutes / seconds_for(clip)
    print(f"mmpose's inferencer, no overlay, {threads} threads: {times:.2f} × real time")
    return times


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--minutes", type=float, default=2.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = long_clip(Path(folder) / "clip.mp4", given.minutes)
        print("load before:", os.getloadavg())
        plain, _drawn = (
            reviewed(clip, given.minutes, given.workers, overlay) for overlay in (False, True)
        )
        theirs = by_mmpose(clip, given.minutes, given.workers)
        if theirs is not None:
            print(f"ratio, both without overlay: {plain / theirs:.2f}")
        print("load after:", os.getloadavg())


if __name__ == "__main__":
    main()
