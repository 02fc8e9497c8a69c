"""``python -m training.synthetic``: render pictures or clips of infants that never lived."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # several processes share the machine


def _images(arguments: argparse.Namespace) -> None:
    from training.synthetic.dataset import Kind, Order, write_dataset
    from training.synthetic.own_cot import OwnCot

    own = OwnCot(arguments.background, arguments.camera_angle_deg, tuple(arguments.mattress))
    folders = write_dataset(
        Order(
            arguments.out,
            arguments.count,
            arguments.seed,
            (arguments.size, arguments.size),
            processes=arguments.processes,
            ready=arguments.ready,
            first_shard=arguments.first_shard,
            kind=Kind(
                empty=arguments.empty,
                truth=arguments.truth,
                own=own,
            ),
        )
    )

    where = folders[0] if len(folders) == 1 else f"{len(folders)} shards of {arguments.out}"
    sys.stdout.write(f"{arguments.count} pictures with their keypoints in {where}\n")


def _video(arguments: argparse.Namespace) -> None:
    from training.synthetic.cots import unseen_clip, visited_clip
    from training.synthetic.video import write_clip

    made = visited_clip if arguments.carer else unseen_clip
    for number in range(arguments.count):
        size_hw = (arguments.height, arguments.height * 4 // 3)
        clip = made(number, arguments.seed + number, arguments.seconds, arguments.fps, size_hw)
        write_clip(arguments.out, clip, arguments.processes)


def _demo(arguments: argparse.Namespace) -> None:
    from training.synthetic.cots import demo_clips
    from training.synthetic.video import write_clip

    for clip in demo_clips():
        if not arguments.only or clip.name in arguments.only:
            write_clip(arguments.out, clip, arguments.processes)


def _sheet(arguments: argparse.Namespace) -> None:
    from training.synthetic.sheet import write_sheet

    write_sheet(arguments.out, arguments.count, arguments.seed, marks=arguments.marks)


def _bench(arguments: argparse.Namespace) -> None:
    from training.synthetic.sheet import measure_rate

    sys.stdout.write(measure_rate(arguments.count, arguments.seed, arguments.processes) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cotside synth", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name: str, run: object, text: str, count: int) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text)
        sub.add_argument("--count", type=int, default=count)
        sub.add_argument("--seed", type=int, default=0)
        sub.add_argument("--processes", type=int, default=1)
        sub.set_defaults(run=run)
        return sub

    _add_images_options(
        command("images", _images, "a COCO keypoint data set of single pictures", 100)
    )
    video = command("video", _video, "clips of a cot with true keypoints and movement figures", 1)
    video.add_argument("--out", type=Path, required=True)
    video.add_argument("--seconds", type=float, default=10.0)
    video.add_argument("--fps", type=int, default=10)
    video.add_argument("--height", type=int, default=480, help="of the 4:3 picture, px")
    video.add_argument("--carer", action="store_true", help="let a carer reach in once")
    demo = command("demo", _demo, "the four clips that `cotside demo` plays", 4)
    demo.add_argument("--out", type=Path, required=True)
    demo.add_argument("--only", action="append", help="name of one clip; may be repeated")
    sheet = command("sheet", _sheet, "a contact sheet to look at", 40)
    sheet.add_argument("--out", type=Path, required=True)
    sheet.add_argument("--marks", action="store_true", help="draw the true keypoints")
    command("bench", _bench, "measure pictures a second at 256×192 and 256×256", 60)
    return parser


def _add_images_options(images: argparse.ArgumentParser) -> None:
    images.add_argument("--out", type=Path, required=True)
    images.add_argument(
        "--size",
        type=int,
        default=256,
        help="side of the picture, px; of one in your own cot the short side",
    )
    images.add_argument("--ready", type=Path, help="file that gets a line per finished shard")
    images.add_argument("--first-shard", type=int, default=0, help="number of the first shard")
    images.add_argument("--empty", action="store_true", help="cots without an infant")
    images.add_argument(
        "--truth", action="store_true", help="also silhouettes, depths and all parameters"
    )
    images.add_argument("--background", type=Path, help="a picture of your own cot, empty")
    images.add_argument(
        "--camera-angle-deg", type=float, help="how far that camera is from straight above"
    )
    images.add_argument(
        "--mattress",
        type=float,
        nargs=4,
        default=[0.0, 0.0, 1.0, 1.0],
        metavar=("LEFT", "TOP", "WIDTH", "HEIGHT"),
        help="where the mattress lies in that picture, as shares of it",
    )


def main() -> int:
    """Read the command line and render; a bad request ends with one line and code 1."""
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cotside synth: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
