"""Small clips made on the spot: every frame carries its own number, so a test can read it back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 10


def numbered_picture(number: int, width: int = 320, height: int = 240) -> np.ndarray:
    """Draw a picture that holds ``number`` as a row of black and white blocks."""
    image_hwc = np.full((height, width, 3), 128, np.uint8)
    block = width // BITS
    for bit in range(BITS):
        value = 255 if number >> bit & 1 else 0
        image_hwc[: height // 2, bit * block : (bit + 1) * block] = value
    return image_hwc


def read_number(image_hwc: np.ndarray) -> int:
    """Read back the number that ``numbered_picture`` drew."""
    height, width = image_hwc.shape[:2]
    block = width // BITS
    row = image_hwc[height // 4, block // 2 :: block, 1][:BITS]
    return sum(1 << bit for bit, value in enumerate(row) if value > 128)


def write_clip(
    path: Path,
    n_frames: int = 60,
    fps: int = 30,
    size_wh: tuple[int, int] = (320, 240),
    *,
    codec: str = "libx264",
    times_ms: list[int] | None = None,
) -> Path:
    """Write a clip of numbered pictures; ``times_ms`` gives each its own presentation time."""
    width, height = size_wh
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(fps)}
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(n_frames):
            frame = av.VideoFrame.from_ndarray(numbered_picture(number, width, height), "bgr24")
            frame.pts = times_ms[number] if times_ms else round(number * 1000 / fps)
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
