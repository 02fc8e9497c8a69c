"""Infants without surroundings, marched once and kept, for pictures composed while training.

Marching a body costs ten times what a picture composed of it does (see ``compose``), and a body
can be lit, dressed, turned and set down in endless ways. What is kept of each, 128×128, is what a
painter needs: where it is, which way its surface looks, which part it is, where on that part.

``python -m training.synthetic.bodies OUT --first SEED --count N`` writes shards that
:class:`Bodies` maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.errors import DatasetError
from training.synthetic.body import PARTS, BodyShape, sample_shape
from training.synthetic.canvas import GROUND, Canvas
from training.synthetic.figure import creased, march_dressed, painted, skin_colour
from training.synthetic.geometry import Array
from training.synthetic.manners import HABITS_OF
from training.synthetic.pose import FREE_POSTURES, POSTURES, figure_of, sample_pose
from training.synthetic.render import visibility_of
from training.synthetic.scene import (
    Scene,
    Wardrobe,
    fitted,
    in_sack,
    sample_hairdo,
    sample_scene,
    stream,
)
from training.synthetic.view import View, framed

SIDE = 128
SHARD = 500
# Channels of a body's map, all uint8.
NORMAL_X, NORMAL_Y, ALPHA, DEPTH, RATIO, PART_AT, U, V = 0, 1, 2, 3, slice(4, 7), 7, 8, 9
CHANNELS = 10
NO_PART = 255
# Steps of U and V in one trunk length; they wrap at 256.
UV_PER_TRUNK = 100
# Depth is kept in steps of 1/60 trunk, 128 at the mid-shoulder's.
DEPTH_PER_TRUNK = 60

_POSTURES = (*POSTURES, *FREE_POSTURES)
_SHARES = (0.28, 0.25, 0.09, 0.09, 0.12, 0.15, 0.02)
# A part counts as clothed where more than this share of it that is seen is cloth.
_CLOTHED = 0.6


@dataclass(frozen=True)
class Body:
    """One kept infant; ``maps`` (128, 128, 10) uint8, ``points_k3`` joints' x, y and visibility.

    ``clothed_p`` says of each part whether cloth stands off it, so that it cannot be bare.
    """

    maps: NDArray[np.uint8]
    points_k3: Array
    trunk_px: float
    posture: str
    clothed_p: NDArray[np.bool_]


def _shape(rng: np.random.Generator, posture: str) -> BodyShape:
    """Draw a shape; those who sit or crawl are months old: smaller heads, longer limbs."""
    shape = sample_shape(rng)
    if posture not in FREE_POSTURES and rng.uniform() < 0.65:
        return shape
    grown = rng.uniform(1.0, 1.15)
    return replace(
        shape,
        fat=float(rng.uniform(0.95, 1.6)),
        head=float(rng.uniform(0.78, 1.02)),
        upper_arm=shape.upper_arm * grown,
        forearm=shape.forearm * grown,
        thigh=shape.thigh * grown,
        shank=shape.shank * grown,
    )


def _view(rng: np.random.Generator, posture: str) -> View:
    """Draw a camera whose picture has the world's up upwards, as far as it is not from above."""
    tilt = float(np.clip(abs(rng.normal(0, 35)), 0, 88))
    if posture in FREE_POSTURES:
        tilt = float(rng.uniform(20, 95))
    elif rng.uniform() < 0.3:
        tilt = float(rng.uniform(30, 85))
    azimuth = float(rng.uniform(0, 360))
    if posture == "sitting" and rng.uniform() < 0.65:
        azimuth = float(rng.normal(180, 50))  # from the front
    if posture in _HARD_VIEWS and rng.uniform() < 0.6:
        tilt, azimuth = _hard_view(rng, posture)
    distance = float(np.exp(rng.uniform(np.log(4.2), np.log(14))))
    return View((SIDE, SIDE), 180.0 - azimuth, tilt, azimuth, distance, 100, (0, 0))


# Azimuths in degrees (0: from beyond the head, 90: from the world's -x) of views in which much of
# the body hides the rest, and their shares.
_HARD_VIEWS = {
    "prone": ((0, 28, 0.4), (90, 25, 0.22), (-90, 25, 0.22), (180, 35, 0.16)),
    "crawling": ((0, 28, 0.4), (90, 25, 0.22), (-90, 25, 0.22), (180, 35, 0.16)),
    "left_side": ((90, 35, 0.6), (-90, 35, 0.4)),
    "right_side": ((-90, 35, 0.6), (90, 35, 0.4)),
}


def _hard_view(rng: np.random.Generator, posture: str) -> tuple[float, float]:
    """Draw tilt and azimuth near the ground: prone from front and side, side-lying from behind."""
    views = _HARD_VIEWS[posture]
    middle, spread, _ = views[rng.choice(len(views), p=[share for _, _, share in views])]
    return float(rng.uniform(45, 92)), float(rng.normal(middle, spread))


def _habit(rng: np.random.Generator, posture: str) -> str:
    """Draw a whole way of lying, or none: then each limb is drawn for itself."""
    habits = HABITS_OF.get(posture, ())
    return str(rng.choice(habits)) if habits and rng.uniform() < _HABIT_SHARE[posture] else ""


_HABIT_SHARE = {"supine": 0.15, "prone": 0.55, "left_side": 0.4, "right_side": 0.4}


def _wardrobe(rng: np.random.Generator, wear: Wardrobe, posture: str) -> Wardrobe:
    """Draw clothes that stand off the body, headwear and sacks; patterns come when composing."""
    wear = fitted(wear, rng, sacks=0.0 if posture in FREE_POSTURES else 0.12)
    tops, shares = ("none", "vest", "short", "long"), (0.25, 0.12, 0.25, 0.38)
    mask = wear.mask if rng.uniform() < 0.5 else "none"
    return replace(
        wear,
        top=str(rng.choice(tops, p=shares)),
        legs=bool(rng.uniform() < 0.5),
        hat=bool(rng.uniform() < 0.24),
        mask=mask,
        eye_cover=bool(rng.uniform() < 0.02),
    )


def sample_body(seed: int) -> Scene:
    """Draw shape, posture, camera and clothes of one body; the rest of the scene is unused."""
    rng = stream(seed, "body")
    posture = str(rng.choice(_POSTURES, p=_SHARES))
    shape = _shape(rng, posture)
    pose = sample_pose(stream(seed, "pose"), shape, posture, _habit(rng, posture))
    scene = sample_scene(seed, (SIDE, SIDE))
    wear = _wardrobe(stream(seed, "worn"), scene.wardrobe, posture)
    wear, pose = in_sack(seed, shape, wear, pose)
    view = _view(rng, posture)
    _, cones = figure_of(shape, pose)
    view = framed(view, cones, 0.92, np.zeros(2))
    grown = shape.fat > 1.14 or posture in FREE_POSTURES
    hairdo = sample_hairdo(stream(seed, "hair"), scene.hair, grown=grown)
    return replace(
        scene, infant=True, shape=shape, pose=pose, view=view, wardrobe=wear, hairdo=hairdo
    )


def march_body(seed: int) -> Body:
    """March one body; the same for the same seed."""
    scene = sample_body(seed)
    skeleton, cones = figure_of(scene.shape, scene.pose)
    body = march_dressed(scene, skeleton, cones)
    scale, surface = scene.view.scale, body.surface
    part = np.where(surface.alpha < 0.02, NO_PART, np.where(body.part < 0, NO_PART, body.part))
    normal = creased(scene, body)
    maps = np.zeros((SIDE, SIDE, CHANNELS), np.uint8)
    maps[..., NORMAL_X] = np.clip(normal[..., 0] * 127 + 128, 0, 255)
    maps[..., NORMAL_Y] = np.clip(normal[..., 1] * 127 + 128, 0, 255)
    maps[..., ALPHA] = surface.alpha * 255
    joints = {name: scene.view.project(p[None])[0] for name, p in skeleton.joints.items()}
    depth = (surface.height - joints["mid_shoulder"][2]) / scale * DEPTH_PER_TRUNK + 128
    maps[..., DEPTH] = np.clip(np.nan_to_num(depth, neginf=0), 0, 255)
    ratio = painted(scene, body) / skin_colour(scene.skin, scene.redness)
    maps[..., RATIO] = np.clip(ratio * 128, 0, 255)
    maps[..., PART_AT] = part
    place = body.place / scale * UV_PER_TRUNK
    maps[..., U], maps[..., V] = np.moveaxis(np.mod(place, 256), -1, 0)
    points = np.stack([joints[name] for name in INFANT13.keypoints])
    ground = np.full((SIDE, SIDE), -1e4, np.float32)
    canvas = Canvas.of_ground(ground, np.zeros((SIDE, SIDE, 3), np.float32))
    canvas.height = np.where(surface.alpha > 0.3, surface.height, ground)
    canvas.kind[:] = GROUND
    visible = visibility_of(canvas, points, scale, scene.wardrobe)
    kept = np.column_stack([points[:, :2], np.maximum(visible, 1)]).astype(np.float32)
    clothed = _clothed(part, body.cloth)
    return Body(maps, kept, float(scale), scene.pose.posture, clothed)


def _clothed(part: NDArray[np.int64], cloth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return of which parts (P,) most that is seen is cloth."""
    seen = np.bincount(part.ravel(), minlength=256)[: len(PARTS)]
    worn = np.bincount(part[cloth], minlength=256)[: len(PARTS)]
    return worn > _CLOTHED * np.maximum(seen, 1)


def write_shard(path: Path, first: int, count: int) -> None:
    """March bodies of seeds ``first`` onwards into ``path`` (.npy) and its labels (.npz)."""
    bodies = [march_body(seed) for seed in range(first, first + count)]
    np.savez(
        path.with_suffix(".npz"),
        points_nk3=np.stack([b.points_k3 for b in bodies]),
        trunk_px=np.array([b.trunk_px for b in bodies], np.float32),
        posture=np.array([b.posture for b in bodies]),
        clothed_p=np.stack([b.clothed_p for b in bodies]),
    )
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, np.stack([b.maps for b in bodies]))
    part.replace(path)


class Bodies:
    """All bodies of a folder of shards, mapped, not read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: list[Path] = []
        self.refresh()
        if not self._files:
            raise DatasetError(
                f"{folder}: holds no bodies; run python -m training.synthetic.bodies"
            )

    def refresh(self) -> bool:
        """Take in shards finished since; tell whether there were any."""
        files = sorted(self.folder.glob("bodies_*.npy"))
        if files == self._files:
            return False
        self._files = files
        self._maps = [np.load(f, mmap_mode="r") for f in files]
        labels = [np.load(f.with_suffix(".npz")) for f in files]
        self._points = np.concatenate([x["points_nk3"] for x in labels]) if labels else None
        self._trunk = np.concatenate([x["trunk_px"] for x in labels]) if labels else None
        self._posture = np.concatenate([x["posture"] for x in labels]) if labels else None
        self._clothed = np.concatenate([_clothed_of(x) for x in labels]) if labels else None
        self._where = [(s, r) for s, m in enumerate(self._maps) for r in range(len(m))]
        return True

    def __len__(self) -> int:
        return len(self._where)

    def of_postures(self, postures: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the places of the bodies in these postures; of all where none is named.

        Raises ``DatasetError`` where there is no such body.
        """
        if not postures:
            return np.arange(len(self))
        chosen = np.flatnonzero(np.isin(self._posture, postures))
        if not len(chosen):
            raise DatasetError(f"{self.folder}: holds no body that is {' or '.join(postures)}")
        return chosen

    def __getitem__(self, index: int) -> Body:
        shard, row = self._where[index]
        return Body(
            np.asarray(self._maps[shard][row]),
            self._points[index],
            float(self._trunk[index]),
            str(self._posture[index]),
            self._clothed[index],
        )


def _clothed_of(labels: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Return what is clothed; in shards of 0.2.0, which do not say it, nothing is."""
    if "clothed_p" in labels:
        return np.asarray(labels["clothed_p"], np.bool_)
    return np.zeros((len(labels["trunk_px"]), len(PARTS)), np.bool_)


def main(
    out: Annotated[Path, typer.Argument(help="folder for the shards")],
    first: Annotated[int, typer.Option(help="seed of the first body")] = 0,
    count: Annotated[int, typer.Option(help="how many bodies")] = 10_000,
) -> None:
    """March infants without surroundings; shards that are there already are kept."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    for start in range(first, first + count, SHARD):
        path = out / f"bodies_{start:07d}.npy"
        if not path.exists():
            write_shard(path, start, min(SHARD, first + count - start))


if __name__ == "__main__":
    typer.run(main)
