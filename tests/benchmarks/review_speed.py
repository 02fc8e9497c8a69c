"""How fast recordings are reviewed: × real time for a 25 fps 720p video, with and without overlay.

    uv run --group dev python -m tests.benchmarks.review_speed [--workers 2] [--minutes 2]

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
import psutil

from tests.support.reviewing import DEMO_CLIP, review

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


class Peak:
    """The most memory that any worker of this process has held, in MB."""

    def __init__(self) -> None:
        self.worker_mb = self.own_mb = 0.0

    def look(self) -> None:
        """Look once."""
        me = psutil.Process()
        self.own_mb = max(self.own_mb, me.memory_info().rss / 1e6)
        for child in me.children():
            self.worker_mb = max(self.worker_mb, child.memory_info().rss / 1e6)


def measured(clip: Path, minutes: float, workers: int, overlay: bool) -> str:
    """Review once; return a line of figures."""
    import threading

    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            try:
                peak.look()
            except psutil.Error:
                continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        (outcome,) = review([clip], Path(folder), workers=workers, overlay=overlay)
        took_s = time.monotonic() - began_s
    over.set()
    watcher.join()
    times = 60 * minutes / took_s
    return (
        f"{outcome.verdict}, overlay {overlay}, {workers} workers: {times:.2f} × real time, "
        f"{1000 * took_s * workers / outcome.summary['frames']:.1f} ms of a core a frame, "
        f"worker ≤{peak.worker_mb:.0f} MB, lead ≤{peak.own_mb:.0f} MB"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--minutes", type=float, default=2.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = long_clip(Path(folder) / "clip.mp4", given.minutes)
        print("load before:", os.getloadavg())
        for overlay in (False, True):
            print(measured(clip, given.minutes, given.workers, overlay), flush=True)
        print("load after:", os.getloadavg())


if __name__ == "__main__":
    main()
