"""The real newborn clip, served as an RTSP camera at its own rate, watched and read back.

Run: ``python -m tests.benchmarks.newborn [--seconds 120] [--overlay FILE.mp4]``. The clip is looked
for in ``../shared/data/newborn_clip``; it is not part of this project. Prints frames served, stored
and dropped, the lag from arrival to pose and from arrival to the database.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from db.lifecycle import open_read_only
from db.store import Store
from pipeline.drawing import draw_pose
from pipeline.smoothing import offline_smoother
from tests.support.cameras import RtspCamera
from tests.support.monitoring import RunningMonitor, running_monitor, write_settings

CLIP = Path(__file__).parents[3] / "shared" / "data" / "newborn_clip" / "segment.mp4"
POLL_S = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--overlay", type=Path, help="write the clip with its stored poses here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cotside-newborn-") as name:
        print(json.dumps(run(Path(name), options.seconds, options.overlay), indent=2))


def run(folder: Path, seconds: float, overlay: Path | None = None) -> dict[str, object]:
    """Serve, watch and read back; return the figures."""
    long_clip, served = repeat(CLIP, folder / "long.mp4", seconds)
    with RtspCamera(long_clip) as camera:
        settings = write_settings(folder, {"Newborn": {"url": camera.url, "expected_fps": 30.0}})
        with running_monitor(settings) as monitor:
            monitor.wait_for(lambda status: any(cot.fps > 0 for cot in status.cots.values()), 60)
            seen_us = watch_commits(monitor, seconds)
            (cot,) = monitor.status().cots.values()
            monitor.stop()
            engine = open_read_only(monitor.database)
            series = Store(engine).keypoints(cot_id=cot.cot_id)
            engine.dispose()
    lags_ms = commit_lags_ms(series.block.times_us, seen_us)
    absent = np.isnan(series.block.keypoints_tkc).all(axis=(1, 2)).mean()
    if overlay is not None:
        write_overlay(long_clip, series.block, overlay)
    return {
        "served": served,
        "stored": len(series.block.times_us),
        "dropped": cot.dropped,
        "pose_fps": round(cot.pose_fps, 1),
        "arrival_to_pose_ms_p50_p95": [round(cot.lag_ms_p50 or 0), round(cot.lag_ms_p95 or 0)],
        "arrival_to_database_ms_p50_p95": np.percentile(lags_ms, (50, 95)).round().tolist(),
        "frames_without_pose": round(float(absent), 4),
        "median_score": round(float(np.median(series.block.scores_tk)), 3),
    }


def repeat(clip: Path, target: Path, seconds: float) -> tuple[Path, int]:
    """Write a clip over and over until it lasts as long; return it and its number of frames."""
    with av.open(str(clip)) as reader:
        fps = float(reader.streams.video[0].average_rate or 30)
        frames = [frame.reformat(format="yuv420p") for frame in reader.decode(video=0)]
    count = round(seconds * fps)
    with av.open(str(target), "w") as writer:
        stream = writer.add_stream("libx264", rate=round(fps))
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "30", "crf": "20"}
        for number in range(count):
            frame = frames[number % len(frames)]
            frame.pts, frame.time_base = number, Fraction(1, round(fps))
            frame.pict_type = 0
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))
    return target, count


def watch_commits(monitor: RunningMonitor, seconds: float) -> list[tuple[int, int]]:
    """Return (seen at, newest stored frame) in UTC µs, each time the newest one changed."""
    engine = open_read_only(monitor.database)
    seen: list[tuple[int, int]] = []
    until_s = time.monotonic() + seconds + 30
    # The server ends after its last frame; the camera is then off until it is asked again.
    while time.monotonic() < until_s and is_live(monitor):
        with engine.connect() as connection:
            newest = connection.exec_driver_sql("SELECT max(end_us) FROM chunks").scalar()
        if newest is not None and (not seen or newest != seen[-1][1]):
            seen.append((time.time_ns() // 1000, newest))
        time.sleep(POLL_S)
    engine.dispose()
    return seen


def is_live(monitor: RunningMonitor) -> bool:
    """Tell whether the camera still sends."""
    return all(cot.state in ("starting", "live") for cot in monitor.status().cots.values())


def commit_lags_ms(times_us: np.ndarray, seen_us: list[tuple[int, int]]) -> np.ndarray:
    """Return for each frame the milliseconds from its stored time until it was seen stored."""
    at_us, newest_us = np.array(seen_us).T
    first = np.searchsorted(newest_us, times_us)
    known = first < len(at_us)
    return (at_us[first[known]] - times_us[known]) / 1000


def write_overlay(clip: Path, block, target: Path) -> None:
    """Write the first ten seconds of a clip with the stored poses, smoothed offline."""
    smooth_tkc = offline_smoother("butterworth")(
        block.times_us, block.keypoints_tkc, block.scores_tk
    )
    offsets_us = block.times_us - block.times_us[0]
    with av.open(str(clip)) as reader, av.open(str(target), "w") as writer:
        source = reader.streams.video[0]
        stream = writer.add_stream("libx264", rate=30, options={"crf": "22"})
        stream.width, stream.height, stream.pix_fmt = source.width, source.height, "yuv420p"
        for frame in reader.decode(source):
            if frame.time is None or frame.time > 10:
                break
            nearest = int(np.abs(offsets_us - frame.time * 1e6).argmin())
            picture = frame.to_ndarray(format="bgr24")
            draw_pose(picture, smooth_tkc[nearest], block.scores_tk[nearest])
            drawn = av.VideoFrame.from_ndarray(picture, "bgr24")
            drawn.pts, drawn.time_base = frame.pts, frame.time_base
            writer.mux(stream.encode(drawn))
        writer.mux(stream.encode(None))


if __name__ == "__main__":
    main()
