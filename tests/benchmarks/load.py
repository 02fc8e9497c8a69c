"""Load: N cameras of 720p H.264 at 15 fps on this machine, for some minutes.

Run: ``python -m tests.benchmarks.load [--cameras 8] [--minutes 5] [--clip FILE] [--threads N]``.
Prints for each camera the poses a second, the dropped frames and the lag from arrival to pose, and
the memory of all processes at start and end.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import psutil

from tests.support.monitoring import RunningMonitor, running_monitor, write_settings

FPS = 15
SIZE_WH = (1280, 720)
ROOT = Path(__file__).parents[2]
DEMO_CLIP = ROOT / "app" / "demo" / "clips" / "well_lit.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--clip", type=Path, default=DEMO_CLIP, help="what the cameras see")
    parser.add_argument("--threads", type=int, help="of the model's session; else the default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cotside-load-") as name:
        folder = Path(name)
        clip = as_camera(options.clip, folder / "camera.mp4")
        cameras = {
            f"Cot {number}": {"url": f"file:{clip}", "expected_fps": float(FPS)}
            for number in range(1, options.cameras + 1)
        }
        model = {} if options.threads is None else {"model": {"threads": options.threads}}
        settings = write_settings(folder, cameras, **model)
        with running_monitor(settings) as monitor, running_dashboard(settings) as dashboard:
            measure(monitor, dashboard, options.cameras, options.minutes)


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


@contextmanager
def running_dashboard(settings: Path) -> Iterator[psutil.Process]:
    """Run a dashboard beside the monitor."""
    command = [sys.executable, "-m", "app.cli", "dashboard", "--headless", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--config", str(settings)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def measure(
    monitor: RunningMonitor, dashboard: psutil.Process, cameras: int, minutes: float
) -> None:
    """Watch for some minutes and print what was seen."""
    monitor.wait_for(
        lambda status: sum(cot.pose_fps > 0 for cot in status.cots.values()) == cameras, 120
    )
    time.sleep(15)
    memory = [memory_bytes(monitor, dashboard)]
    before = monitor.status()
    began_s, cpu_before_s = time.monotonic(), cpu_s(monitor, dashboard)
    rates: dict[int, list[float]] = {cot: [] for cot in before.cots}
    lags: dict[int, list[float]] = {cot: [] for cot in before.cots}
    while time.monotonic() - began_s < minutes * 60:
        time.sleep(5)
        for cot_id, cot in monitor.status().cots.items():
            rates[cot_id].append(cot.pose_fps)
            lags[cot_id].append(cot.lag_ms_p95 or 0.0)
        memory.append(memory_bytes(monitor, dashboard))
    lasted_s = time.monotonic() - began_s
    print(f"{cameras} cameras, {lasted_s:.0f} s, {psutil.cpu_count()} cores")
    for cot_id, cot in monitor.status().cots.items():
        mean = sum(rates[cot_id]) / len(rates[cot_id])
        print(
            f"{cot.name}: {mean:.1f} poses/s (lowest {min(rates[cot_id]):.1f}), "
            f"{cot.dropped - before.cots[cot_id].dropped} frames dropped, "
            f"lag p95 {max(lags[cot_id]):.0f} ms at worst, {cot.grade}"
        )
    cpu = (cpu_s(monitor, dashboard) - cpu_before_s) / lasted_s
    print(f"memory {memory[0] / 1e6:.0f} MB at start, {memory[-1] / 1e6:.0f} MB at end")
    print(f"processors used: {cpu:.2f} of {psutil.cpu_count()}")


def memory_bytes(monitor: RunningMonitor, dashboard: psutil.Process) -> int:
    """Return what all processes hold by themselves, and their part of what they share."""
    processes = [*monitor.processes(), dashboard]
    return sum(process.memory_full_info().pss for process in processes)


def cpu_s(monitor: RunningMonitor, dashboard: psutil.Process) -> float:
    """Return the processor seconds used so far by all processes that still run."""
    times = [process.cpu_times() for process in [*monitor.processes(), dashboard]]
    return sum(t.user + t.system for t in times)


if __name__ == "__main__":
    main()
