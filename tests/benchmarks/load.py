"""Load: N cameras of 720p H.264 at 15 fps on this machine, for some minutes.

Run: ``python -m tests.benchmarks.load [--cameras 8] [--minutes 5] [--clip FILE]``. Prints for each
camera the poses a second, the dropped frames and the lag from arrival to pose, and the memory of
all processes at start and end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import psutil

from tests.support.monitoring import RunningMonitor, running_monitor, write_settings

FPS = 15
SIZE_WH = (1280, 720)
DEMO_CLIP = Path(__file__).parents[2] / "app" / "demo" / "clips" / "well_lit.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--clip", type=Path, default=DEMO_CLIP, help="what the cameras see")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cotside-load-") as name:
        folder = Path(name)
        clip = as_camera(options.clip, folder / "camera.mp4")
        cameras = {
            f"Cot {number}": {"url": f"file:{clip}", "expected_fps": float(FPS)}
            for number in range(1, options.cameras + 1)
        }
        with running_monitor(write_settings(folder, cameras)) as monitor:
            measure(monitor, options.cameras, options.minutes)


def as_camera(source: Path, target: Path) -> Path:
    """Write a clip anew as a camera would send it: 720p, 15 fps, H.264 without B-frames."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = writer.add_stream("libx264", rate=FPS)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "g": "30", "b": "2M"}
        for number, frame in enumerate(reader.decode(video=0)):
            sized = frame.reformat(width=SIZE_WH[0], height=SIZE_WH[1], format="yuv420p")
            sized.pts, sized.time_base = number, Fraction(1, FPS)
            writer.mux(stream.encode(sized))
        writer.mux(stream.encode(None))
    return target


def measure(monitor: RunningMonitor, cameras: int, minutes: float) -> None:
    """Watch for some minutes and print what was seen."""
    monitor.wait_for(
        lambda status: sum(cot.pose_fps > 0 for cot in status.cots.values()) == cameras, 120
    )
    time.sleep(15)
    memory = [monitor.memory_bytes()]
    before = monitor.status()
    began_s, cpu_before_s = time.monotonic(), cpu_s(monitor)
    rates: dict[int, list[float]] = {cot: [] for cot in before.cots}
    lags: dict[int, list[float]] = {cot: [] for cot in before.cots}
    while time.monotonic() - began_s < minutes * 60:
        time.sleep(5)
        for cot_id, cot in monitor.status().cots.items():
            rates[cot_id].append(cot.pose_fps)
            lags[cot_id].append(cot.lag_ms_p95 or 0.0)
        memory.append(monitor.memory_bytes())
    lasted_s = time.monotonic() - began_s
    print(f"{cameras} cameras, {lasted_s:.0f} s, {psutil.cpu_count()} cores")
    for cot_id, cot in monitor.status().cots.items():
        mean = sum(rates[cot_id]) / len(rates[cot_id])
        print(
            f"{cot.name}: {mean:.1f} poses/s (lowest {min(rates[cot_id]):.1f}), "
            f"{cot.dropped - before.cots[cot_id].dropped} frames dropped, "
            f"lag p95 {max(lags[cot_id]):.0f} ms at worst, {cot.grade}"
        )
    cpu = (cpu_s(monitor) - cpu_before_s) / lasted_s
    print(f"memory {memory[0] / 1e6:.0f} MB at start, {memory[-1] / 1e6:.0f} MB at end")
    print(f"processors used: {cpu:.2f} of {psutil.cpu_count()}")


def cpu_s(monitor: RunningMonitor) -> float:
    """Return the processor seconds used by the monitor and its children so far."""
    times = [process.cpu_times() for process in monitor.processes()]
    return sum(t.user + t.system for t in times)


if __name__ == "__main__":
    main()
