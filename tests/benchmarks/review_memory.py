"""What memory a review takes, for a short and a long 25 fps 720p video with overlay.

uv run --group dev python -m tests.benchmarks.review_memory [--minutes 1 10]
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
    parser.add_argument("--minutes", type=int, nargs="+", default=[1, 10])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        one = long_clip(folder / "one.mp4", 1)
        for minutes in given.minutes:
            clip = looped_clip(one, folder / f"{minutes}.mp4", minutes)
            out = folder / str(minutes)
            out.mkdir()
            with watched_memory() as peak:
                (outcome,) = review([clip], out, workers=1)
            print(
                f"{minutes} min, {outcome.summary['frames']} frames, {outcome.verdict}: "
                f"worker ≤{peak.worker_mb:.0f} MB, lead ≤{peak.lead_mb:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
