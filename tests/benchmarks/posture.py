"""How well posture, head side and cover are told on rendered infants, by a model's keypoints.

    python -m tests.benchmarks.posture [--count 160] [--seed 9000] [--model M]
    python -m tests.benchmarks.posture --true-poses [--count 1200]     geometry alone, not drawn
    python -m tests.benchmarks.posture --photographs FOLDER [--true-poses]
    python -m tests.benchmarks.posture --clips FOLDER [--true-poses]

Each drawn infant is one picture, seen as if for 10 s: what holds for a picture holds for a minute
of an infant that lies like that. Prints, as JSON, precision and recall of each posture and head
side (of pictures that are assessable; their share is given) and of cover for each body part: a part
is truly covered when no keypoint of it is in sight. The limits were tuned with ``--true-poses
--seed 100000``; do not measure there. ``--photographs`` takes real infants that lie on back or
front: a folder with ``keypoints_coco17.json`` whose images name their ``posture``. ``--clips``
takes moving infants, by the live path from the first frame to the last (``cotside synth video``):
one posture and head side a clip, cover of each body part frame by frame.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from db.codec import KeypointBlock
from pipeline.models.session import PoseModel, load_model
from pipeline.models.single import find
from pipeline.movement import Track, figure, make_track
from pipeline.movement.hidden import LEAST_SEEN, PARTS, covered
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle
from training.seen_clip import seen_clip
from training.synthetic.cots import cot_scene
from training.synthetic.pose import head_side, skeleton_of
from training.synthetic.render import render
from training.synthetic.scene import Scene

POSTURES = ("supine", "prone", "left_side", "right_side")
SIZE_HW = (240, 320)
WINDOW_US = (0, 10_000_000)
Answers = list[tuple[str, str | None]]


def main() -> None:
    """Draw the infants, ask, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=160)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--true-poses", action="store_true")
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--clips", type=Path)
    options = parser.parse_args()
    network = None if options.true_poses else load_model(options.model)
    if options.photographs is not None:
        print(json.dumps(scored(told_of_photographs(options.photographs, network)), indent=1))
        return
    answers: dict[str, Answers] = {"posture": [], "head_side": [], "covered": []}
    for film in sorted(options.clips.glob("*.mp4")) if options.clips else ():
        note_clip(answers, film, network)
    for number in range(0 if options.clips else options.count):
        scene = scene_of(options.seed + number, POSTURES[number % 4])
        if network is None:
            truth, points, scores = None, true_points(scene), np.full(13, 0.9)
        else:
            drawn = render(scene)
            truth = drawn.visibility_k
            box = Rectangle(0, 0, SIZE_HW[1], SIZE_HW[0])
            points, scores = find(network, drawn.image, box)
        note(answers, scene, truth, as_track(points, scores))
    print(json.dumps({name: scored(pairs) for name, pairs in answers.items()}, indent=1))


def told_of_photographs(folder: Path, network: PoseModel | None) -> Answers:
    """Return (true, told) postures of real infants, by the labels or by a network's keypoints."""
    labels = json.loads((folder / "keypoints_coco17.json").read_text(encoding="utf-8"))
    names = labels["categories"][0]["keypoints"]
    order = [names.index(name) for name in INFANT13.keypoints]
    pictures = {one["id"]: one for one in labels["images"]}
    answers: Answers = []
    for label in labels["annotations"]:
        picture = pictures[label["image_id"]]
        true = picture["posture"].lower()
        if true not in POSTURES:
            continue
        points_k3 = np.array(label["keypoints"], float).reshape(-1, 3)[order]
        points, scores = points_k3[:, :2], np.where(points_k3[:, 2] > 0, 0.9, 0.0)
        if network is not None:
            image = cv2.imread(str(folder / "images" / picture["file_name"]))
            points, scores = find(network, image, Rectangle(*label["bbox"]))
        answers.append((true, figure(as_track(points, scores), WINDOW_US, "posture").value))
    return answers


def scene_of(seed: int, posture: str) -> Scene:
    """Return a cot without a carer."""
    scene = cot_scene(seed, SIZE_HW, posture=posture)
    return replace(scene, clutter=replace(scene.clutter, hands=0))


def true_points(scene: Scene) -> np.ndarray:
    """Return the true keypoints (13, 2) without drawing anything."""
    joints = skeleton_of(scene.shape, scene.pose).joints
    points = np.stack([joints[name] for name in INFANT13.keypoints])
    return scene.view.project(points)[:, :2]


def as_track(points_kc: np.ndarray, scores_k: np.ndarray) -> Track:
    """Return ten seconds of the same pose."""
    times_us = np.arange(100) * 100_000
    points = np.repeat(points_kc[None].astype(float), len(times_us), 0)
    scores = np.repeat(scores_k[None], len(times_us), 0)
    flags_t = np.zeros(len(times_us), np.uint16)
    return make_track(KeypointBlock(times_us, flags_t, points, scores))


def note(answers: dict[str, Answers], scene: Scene, truth: np.ndarray | None, track: Track) -> None:
    """Put (true, told) of one infant beside the others'."""
    posture = figure(track, WINDOW_US, "posture").value
    answers["posture"].append((scene.pose.posture.removesuffix("_side"), posture))
    if scene.pose.posture in ("supine", "prone"):
        side = {"middle": "midline"}.get(head_side(scene.pose), head_side(scene.pose))
        answers["head_side"].append((side, figure(track, WINDOW_US, "head_side").value))
    if truth is None:
        return
    for part, names in PARTS.items():
        hidden = all(truth[INFANT13.index(name)] != 2 for name in names)
        told = figure(track, WINDOW_US, "covered_time", part).value
        if told is not None:
            answers["covered"].append((yes(hidden), yes(told > 0)))


def note_clip(answers: dict[str, Answers], film: Path, network: PoseModel | None) -> None:
    """Put (true, told) of one moving infant beside the others'."""
    truth = json.loads(film.with_suffix(".json").read_text(encoding="utf-8"))
    visibility_tk = np.array(truth["visibility_tk"])
    if network is None:
        times_us = (np.arange(len(visibility_tk)) / truth["fps"] * 1e6).astype(np.int64)
        points_tkc = np.array(truth["keypoints_tkc"])
        scores_tk = np.where(visibility_tk == 2, 0.9, 0.0)
        flags_t = np.zeros(len(times_us), np.uint16)
        track = make_track(KeypointBlock(times_us, flags_t, points_tkc, scores_tk))
    else:
        track = make_track(seen_clip(film, network).block)
    window_us = (int(track.times_us[0]), int(track.times_us[-1]) + 1)
    posture = figure(track, window_us, "posture").value
    answers["posture"].append((truth["posture"].removesuffix("_side"), posture))
    if truth["posture"] in ("supine", "prone"):
        side = {"middle": "midline"}.get(truth["head_side"], truth["head_side"])
        answers["head_side"].append((side, figure(track, window_us, "head_side").value))
    shown_t = track.usable_t & (np.isfinite(track.keypoints_tkc[..., 0]).sum(1) >= LEAST_SEEN)
    for part, names in PARTS.items():
        hidden_t = (visibility_tk[:, [INFANT13.index(name) for name in names]] != 2).all(1)
        told_t = covered(track, part)
        answers["covered"] += [
            (yes(hidden_t[t]), yes(told_t[t])) for t in np.flatnonzero(shown_t[: len(hidden_t)])
        ]


def yes(it: bool) -> str:
    """Return a word for it."""
    return "covered" if it else "seen"


def scored(pairs: Answers) -> dict[str, object]:
    """Return precision and recall of each answer."""
    told = [(true, said) for true, said in pairs if isinstance(said, str)]
    hits, said, true = (
        Counter(a for a, b in told if a == b),
        Counter(b for _, b in told),
        Counter(a for a, _ in told),
    )
    found: dict[str, object] = {
        name: {
            "precision": round(hits[name] / max(said[name], 1), 3),
            "recall": round(hits[name] / max(true[name], 1), 3),
            "count": true[name],
        }
        for name in sorted(true | said)
    }
    return found | {"assessable": round(len(told) / max(len(pairs), 1), 3)}


if __name__ == "__main__":
    main()
