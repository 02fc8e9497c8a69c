"""Clips to review, and a review that runs in this process or in one that can be killed."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from db.lifecycle import open_read_only
from db.store import Store
from pipeline.review.lead import Request, Review
from pipeline.review.tools import Setup

DEMO_CLIP = Path(__file__).parents[2] / "app" / "demo" / "clips" / "well_lit.mp4"
FPS = 15


@lru_cache(maxsize=1)
def _pictures(n_frames: int, size_wh: tuple[int, int]) -> list[np.ndarray]:
    with av.open(str(DEMO_CLIP)) as container:
        frames = islice(container.decode(video=0), n_frames)
        return [cv2.resize(frame.to_ndarray(format="bgr24"), size_wh) for frame in frames]


def infant_clip(
    path: Path, n_frames: int = 60, *, codec: str = "libx264", size_wh=(480, 270), key_every=15
) -> Path:
    """Write the beginning of the demo clip, small, with a key picture every second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuv420p"
        stream.options = {"g": str(key_every), "bf": "2"}
        if codec == "libx264":
            stream.options |= {"preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, FPS)
        for number, picture in enumerate(_pictures(max(n_frames, 120), size_wh)[:n_frames]):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def looped_clip(clip: Path, path: Path, times: int, *, slower: int = 1) -> Path:
    """Lay a clip end to end so many times, without decoding it; ``slower``: stretched in time."""
    with av.open(str(path), "w") as made:
        target, offset = None, 0
        for _ in range(times):
            with av.open(str(clip)) as source:
                stream = source.streams.video[0]
                target = target or made.add_stream_from_template(stream)
                for packet in source.demux(stream):
                    if packet.dts is None:
                        continue
                    packet.pts = (packet.pts + offset) * slower
                    packet.dts = (packet.dts + offset) * slower
                    packet.duration *= slower
                    packet.stream = target
                    made.mux(packet)
                offset += stream.duration
    return path


class Listener:
    """Remembers what a review told."""

    def __init__(self):
        self.names, self.done, self.outcomes = {}, {}, {}

    def planned(self, number, name, n_frames):
        self.names[number] = (name, n_frames)

    def advanced(self, number, n_done):
        self.done[number] = n_done

    def tick(self):
        pass

    def settled(self, number, outcome):
        self.outcomes[number] = outcome


def review(videos, folder: Path, **changes):
    """Review into ``folder/out`` with the database ``folder/review.db``; return the outcomes."""
    request = request_for(videos, folder, **changes)
    return Review(request, Listener()).run()


def request_for(videos, folder: Path, **changes) -> Request:
    values = {"workers": 1, "setup": Setup(None, "cpu"), **changes}
    return Request(tuple(videos), folder / "out", str(folder / "review.db"), **values)


def stored(folder: Path, recording_id: int):
    """Return all keypoints of a recording of that review's database."""
    engine = open_read_only(folder / "review.db")
    try:
        return Store(engine).keypoints(recording_id=recording_id)
    finally:
        engine.dispose()


def n_frames_stored(folder: Path) -> int:
    engine = open_read_only(folder / "review.db")
    try:
        store = Store(engine)
        ids = [recording.id for recording in store.recordings()]
        return sum(len(store.keypoints(recording_id=one).block) for one in ids)
    finally:
        engine.dispose()


def review_process(videos, folder: Path, part_us: int, *, resume: bool = False) -> subprocess.Popen:
    """Start a review in a process of its own."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.support.reviewing import review\n"
        f"review([Path(p) for p in {[str(video) for video in videos]!r}], Path({str(folder)!r}),"
        f" part_us={part_us}, resume={resume})\n"
    )
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", code], cwd=root)
