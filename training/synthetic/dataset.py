"""Write rendered pictures as a COCO keypoint data set, in shards that appear whole."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from pipeline.skeleton import INFANT13
from training.synthetic.canvas import BODY
from training.synthetic.lens import bent_image
from training.synthetic.own_cot import OwnCot, scene_in
from training.synthetic.pose import head_side
from training.synthetic.render import Rendered, render
from training.synthetic.scene import Scene, sample_scene

CATEGORY = {
    "id": 1,
    "name": "infant",
    "supercategory": "person",
    "keypoints": list(INFANT13.keypoints),
    "skeleton": [[a + 1, b + 1] for a, b in INFANT13.limb_indices],
}


def picture_record(
    number: int, file_name: str, scene: Scene, covered_parts: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return COCO's entry of one picture, with the strata that figures are broken down by."""
    height, width = scene.view.size_hw
    return {
        "id": number,
        "file_name": file_name,
        "width": width,
        "height": height,
        "infant": scene.infant,
        "posture": scene.pose.posture,
        "head_side": head_side(scene.pose),
        "covered": scene.cover.kind,
        "covered_parts": list(covered_parts),
        "light": scene.look.light,
        "tone": round(scene.skin, 3),
        "age_weeks": round(scene.shape.age_weeks, 1),
        "dressed": scene.wardrobe.top != "none",
        "mask": scene.wardrobe.mask,
        "bed": scene.clutter.bed if scene.clutter.cot else "mattress",
        "sack": scene.wardrobe.sack,
        "carer": scene.clutter.hands > 0,
        "tilt_deg": round(scene.view.tilt_deg, 1),
        "yaw_deg": round(scene.view.yaw_deg, 1),
        "seed": scene.seed,
    }


def annotation_record(number: int, picture: int, rendered: Rendered) -> dict[str, Any]:
    """Return COCO's entry of one infant; a point outside the picture is 0, 0, 0."""
    flat: list[float] = []
    for (x, y), seen in zip(rendered.keypoints_kc, rendered.visibility_k, strict=True):
        flat += [round(float(x), 2), round(float(y), 2), int(seen)] if seen else [0, 0, 0]
    x, y, width, height = (round(v, 2) for v in rendered.box)
    return {
        "id": number,
        "image_id": picture,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [x, y, width, height],
        "area": round(width * height, 2),
        "keypoints": flat,
        "num_keypoints": int((rendered.visibility_k > 0).sum()),
    }


@dataclasses.dataclass(frozen=True)
class Kind:
    """Which pictures: ``empty`` has no infant in any of them (empty cots, carers alone).

    ``own`` is a ward's own cot: the infants lie in it instead of in a drawn one. ``truth`` also
    writes, beside ``images``: ``maps`` with silhouette (PNG, 255 infant) and depth (16-bit PNG,
    1/64 px, 0 farthest), and ``scenes.json`` with every number that each picture is made of.
    """

    empty: bool = False
    truth: bool = False
    own: OwnCot = dataclasses.field(default_factory=OwnCot)


def scene_of(seed: int, size_hw: tuple[int, int], kind: Kind) -> Scene:
    """Return the scene of a seed, of the kind that was asked for."""
    scene = scene_in(kind.own, seed, size_hw) if kind.own else sample_scene(seed, size_hw)
    return dataclasses.replace(scene, infant=False) if kind.empty else scene


def write_maps(folder: Path, name: str, rendered: Rendered, lens: float) -> None:
    """Write silhouette and depth of one picture, bent as the lens bends it."""
    body = (rendered.canvas.kind == BODY).astype(np.uint8) * 255
    height = rendered.canvas.height
    depth = np.clip((height - height.min()) * 64, 0, 65535).astype(np.uint16)
    for what, values in (("silhouette", body), ("depth", depth)):
        path = folder / f"{name}_{what}.png"
        if not cv2.imwrite(str(path), bent_image(values, lens, nearest=True)):
            raise OSError(f"could not write {path}")


def write_shard(
    folder: Path, seeds: range, size_hw: tuple[int, int] = (256, 256), kind: Kind | None = None
) -> Path:
    """Render one picture per seed into ``folder``; it is renamed into place when whole.

    Raises ``FileExistsError`` where something is there already: nothing is ever overwritten.
    """
    kind = kind or Kind()
    _refuse_taken(folder)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "images").mkdir(parents=True)
    if kind.truth:
        (partial / "maps").mkdir()
    pictures, annotations, scenes = [], [], {}
    for seed in seeds:
        scene = scene_of(seed, size_hw, kind)
        rendered = render(scene)
        name = f"{seed:08d}.jpg"
        path = partial / "images" / name
        if not cv2.imwrite(str(path), rendered.image, [cv2.IMWRITE_JPEG_QUALITY, 92]):
            raise OSError(f"could not write {path}")
        if kind.truth:
            write_maps(partial / "maps", path.stem, rendered, scene.lens)
            scenes[name] = dataclasses.asdict(scene)
        number = len(pictures) + 1
        pictures.append(picture_record(number, name, scene, rendered.covered_parts))
        if scene.infant and np.any(rendered.visibility_k > 0):
            annotations.append(annotation_record(len(annotations) + 1, number, rendered))
    document = {
        "info": {"description": "Cotside rendered infants", "seeds": [seeds.start, seeds.stop]},
        "images": pictures,
        "annotations": annotations,
        "categories": [CATEGORY],
    }
    (partial / "annotations.json").write_text(json.dumps(document), encoding="utf-8")
    if kind.truth:
        (partial / "scenes.json").write_text(json.dumps(scenes, default=float), encoding="utf-8")
    if folder.is_dir():
        folder.rmdir()
    return partial.rename(folder)


def _refuse_taken(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already; choose another --out or remove it")


@dataclasses.dataclass(frozen=True)
class Order:
    """What ``images`` is asked for; ``ready`` gets one line per finished shard."""

    out: Path
    count: int
    seed: int
    size_hw: tuple[int, int] = (256, 256)
    shard: int = 1000
    processes: int = 1
    ready: Path | None = None
    first_shard: int = 0
    kind: Kind = Kind()


def _watched(
    futures: list[Future[Path]], folders: list[Path], count: int
) -> Iterator[Future[Path]]:
    """Yield the futures in order as they are done; a terminal sees how many pictures there are."""
    silent = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=silent) as progress:
        bar = progress.add_task("rendering", total=count)
        for future in futures:
            while not wait([future], timeout=0.5).done:
                progress.update(bar, completed=sum(map(_pictures_in, folders)))
            progress.update(bar, completed=sum(map(_pictures_in, folders)))
            yield future


def _pictures_in(folder: Path) -> int:
    """Count the pictures of a shard, whole or still being written."""
    partial = folder.with_name(folder.name + ".partial")
    return sum(1 for place in (folder, partial) for _ in place.glob("images/*.jpg"))


def write_dataset(order: Order) -> list[Path]:
    """Write ``order.count`` pictures; one shard goes to ``out`` itself, more to ``shard_NNN``."""
    if order.count < 1 or order.processes < 1 or min(order.size_hw) < 32:
        raise ValueError("--count and --processes must be at least 1, --size at least 32")
    order.kind.own.check()
    size_hw = order.kind.own.size_hw(order.size_hw)
    single = order.count <= order.shard
    jobs = []
    for index, first in enumerate(range(0, order.count, order.shard)):
        seeds = range(order.seed + first, order.seed + min(first + order.shard, order.count))
        jobs.append(
            (order.out if single else order.out / f"shard_{order.first_shard + index:03d}", seeds)
        )
    for folder, _ in jobs:
        _refuse_taken(folder)
    if not single:
        order.out.mkdir(parents=True, exist_ok=True)
    folders = []
    with ProcessPoolExecutor(order.processes) as pool:
        futures = [
            pool.submit(write_shard, folder, seeds, size_hw, order.kind) for folder, seeds in jobs
        ]
        for future in _watched(futures, [folder for folder, _ in jobs], order.count):
            folders.append(future.result())
            if order.ready:
                with order.ready.open("a", encoding="utf-8") as lines:
                    lines.write(f"{folders[-1]}\n")
    return folders
