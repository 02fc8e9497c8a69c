"""Videos whose pictures carry their own number, to be read back from what a browser shows."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS, CELL = 12, 40
# Reads the number of the picture that a video element shows: white cells are ones.
READ_NUMBER = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < 12; bit += 1) {
    const [red] = context.getImageData(40 * bit + 20, 20, 1, 1).data;
    if (red > 127) number += 1 << bit;
  }
  return number;
}"""


def numbered_picture(number: int, size_wh: tuple[int, int] = (640, 360)) -> np.ndarray:
    picture = np.full((size_wh[1], size_wh[0], 3), 70, np.uint8)
    for bit in range(BITS):
        picture[:CELL, bit * CELL : (bit + 1) * CELL] = 235 if number >> bit & 1 else 20
    # Something that moves, so that no picture is like the one before.
    x = 40 + (7 * number) % (size_wh[0] - 80)
    picture[200:240, x : x + 40] = (90, 160, 220)
    return picture


def numbered_video(path: Path, times_us: np.ndarray, *, bframes: int = 2, g: int = 50) -> Path:
    """Write pictures 0, 1, 2, … at the given times (µs, rising)."""
    base = Fraction(1, 90_000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.options = {"preset": "ultrafast", "bf": str(bframes), "g": str(g)}
        stream.codec_context.time_base = base
        for number, time_us in enumerate(times_us.tolist()):
            frame = av.VideoFrame.from_ndarray(numbered_picture(number), "bgr24")
            frame.pts, frame.time_base = time_us * 9 // 100, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
