"""``python -m training.synthetic``: render pictures or clips of infants that never lived."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")


def _images(arguments: argparse.Namespace) -> None:
    from training.synthetic.dataset import Order, write_dataset

    size = (arguments.size, arguments.size)
    write_dataset(
        Order(
            arguments.out,
            arguments.count,
            arguments.seed,
            size,
            processes=arguments.processes,
            ready=arguments.ready,
            first_shard=arguments.first_shard,
        )
    )


def main() -> None:
    """Read the command line and render."""
    parser = argparse.ArgumentParser(prog="cotside synth", description=__doc__)
    commands = parser.add_subparsers(required=True)
    images = commands.add_parser("images", help="a COCO keypoint data set of single pictures")
    images.add_argument("--out", type=Path, required=True)
    images.add_argument("--count", type=int, required=True)
    images.add_argument("--seed", type=int, default=0)
    images.add_argument("--size", type=int, default=256)
    images.add_argument("--processes", type=int, default=1)
    images.add_argument("--ready", type=Path)
    images.add_argument("--first-shard", type=int, default=0, help="number of the first shard")
    images.set_defaults(run=_images)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
