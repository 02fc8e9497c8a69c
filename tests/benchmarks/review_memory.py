"""What memory a review takes, for a short and a long 25 fps 720p video with overlay.

uv run --group dev python -m tests.benchmarks.review_memory [--minutes 1 5]

Takes about half a minute of one core for each minute of video.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.review_speed import long_clip
from tests.support.reviewing import looped_clip, review
from tests.support.watching_memory import watched_memory


def main() -> None:
    """Print a line for each length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 5])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shortest = min(1.0, *given.minutes)
        one = long_clip(folder / "one.mp4", shortest)
        for minutes in given.minutes:
            clip = looped_clip(one, folder / f"{minutes:g}.mp4", round(minutes / shortest))
            out = folder / f"{minutes:g}"
            out.mkdir()
            with watched_memory() as peak:
                (outcome,) = review([clip], out, workers=1)
            print(
                f"{minutes:g} min, {outcome.summary['frames']} frames, {outcome.verdict}: "
                f"worker ≤{peak.worker_mb:.0f} MB, lead ≤{peak.lead_mb:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
