"""Clothes as geometry: what an infant wears stands off its body, bridges, sags and hides.

A garment is more rounded cones round the skeleton, each of one fabric. They keep the part of the
body that they lie on: a sleeve is still an upper arm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthetic.body import PART, SIDES, Skeleton3D
from training.synthetic.geometry import Array, ConeList, Cones
from training.synthetic.headwear import add_hair, add_headwear
from training.synthetic.materials import FEET, HANDS, LEGS, NAPPY, SACK, SKIN, TOP
from training.synthetic.scene import Scene, Wardrobe, stream

# Keypoints that no eye can make out under a sleeping bag, and under a swaddling cloth.
_BAGGED = ("knee", "ankle")
_SWADDLED = ("elbow", "wrist", "knee", "ankle")
_LANES = 5  # strips of cloth that span a sack from left to right


@dataclass(frozen=True)
class Worn:
    """A dressed body: cones, and of which fabric (``materials``) each of them is, (M,)."""

    cones: Cones
    fabric: NDArray[np.int64]


def hidden_joints(wear: Wardrobe) -> frozenset[str]:
    """Return the keypoints that a sack hides wherever the camera stands."""
    kinds = {"bag": _BAGGED, "swaddle": _SWADDLED}.get(wear.sack, ())
    return frozenset(f"{side}_{name}" for name in kinds for side in SIDES)


def dressed(scene: Scene, skeleton: Skeleton3D, cones: Cones) -> Worn:
    """Return the body with clothes, hair, hat and mask; what a sack holds is left out."""
    wear = scene.wardrobe
    fabric = _tight_fabric(wear)[cones.part]
    clothed = fabric != SKIN
    radius_a, radius_b = (np.where(clothed, r * 1.06 + 0.018, r) for r in _radii(cones))
    outside = ~np.isin(cones.part, _inside_sack(wear))
    body = Cones(cones.a, cones.b, radius_a, radius_b, cones.part)
    sewing = _Sewing(scene, skeleton)
    if wear.sack != "none":
        sewing.sack(wear.sack)
    else:
        sewing.garments()
    groups, fabrics = [_chosen(body, outside)], [fabric[outside]]
    for rows, made_of in sewing.pieces():
        groups.append(rows)
        fabrics.append(made_of)
    return Worn(Cones.joined(groups), np.concatenate(fabrics))


def _radii(cones: Cones) -> tuple[Array, Array]:
    return cones.radius_a, cones.radius_b


def _chosen(cones: Cones, keep: NDArray[np.bool_]) -> Cones:
    return Cones(*(getattr(cones, n)[keep] for n in ("a", "b", "radius_a", "radius_b", "part")))


def _both(*names: str) -> list[int]:
    return [PART[f"{name}_{side}"] for name in names for side in SIDES]


def _tight_fabric(wear: Wardrobe) -> NDArray[np.int64]:
    """Return part index → fabric of what lies close to the skin."""
    fabric = np.full(len(PART), SKIN, np.int64)
    if wear.top != "none":
        fabric[PART["trunk"]] = TOP
    if wear.top in ("short", "long"):
        fabric[_both("upper_arm")] = TOP
    if wear.top == "long":
        fabric[_both("forearm")] = TOP
    if wear.legs:
        fabric[[PART["pelvis"], *_both("thigh", "shank")]] = LEGS
    if wear.socks:
        fabric[_both("foot")] = FEET
    if wear.mittens:
        fabric[_both("hand")] = HANDS
    if wear.sack != "none":
        fabric[[PART["trunk"], PART["pelvis"]]] = SACK
    return fabric


def _inside_sack(wear: Wardrobe) -> list[int]:
    legs = _both("thigh", "shank", "foot")
    arms = _both("upper_arm", "forearm", "hand")
    return {"bag": legs, "swaddle": legs + arms}.get(wear.sack, [])


class _Sewing:
    """Collects the cones of all that is worn; every crease comes from one generator."""

    def __init__(self, scene: Scene, skeleton: Skeleton3D) -> None:
        self.scene, self.skeleton, self.wear = scene, skeleton, scene.wardrobe
        self.rng = stream(scene.seed, "sewing")
        self._lists: dict[int, ConeList] = {}

    def pieces(self) -> list[tuple[Cones, NDArray[np.int64]]]:
        """Return the cones of every fabric used."""
        return [
            (rows.build(), np.full(len(rows.rows), fabric))
            for fabric, rows in self._lists.items()
            if rows.rows
        ]

    def _add(
        self, fabric: int, ends: tuple[Array, Array], radii: tuple[float, float], part: int
    ) -> None:
        self._lists.setdefault(fabric, ConeList()).add(*ends, *radii, part)

    def garments(self) -> None:
        """Sew nappy, top and trousers as the wardrobe says, then what is on the head."""
        wear = self.wear
        if wear.nappy:
            self._nappy(LEGS if wear.legs else NAPPY)
        if wear.loose > 0 and wear.top != "none":
            self._shirt()
            if wear.top != "vest":
                for side in SIDES:
                    self._sleeve(side)
        if wear.loose > 0 and wear.legs:
            self._seat()
            for side in SIDES:
                self._trouser(side)
        self._head()

    def _head(self) -> None:
        def add(a: Array, b: Array, radii: tuple[float, float], part: int, fabric: int) -> None:
            self._add(fabric, (a, b), radii, part)

        add_hair(add, self.scene, self.skeleton)
        add_headwear(add, self.scene, self.skeleton)

    def _nappy(self, fabric: int) -> None:
        for y in (-0.08, 0.1):
            self._add(
                fabric,
                (self._basin(-0.12, y, 0), self._basin(0.12, y, 0)),
                (0.215, 0.215),
                PART["nappy"],
            )
        low = self._basin(0, -0.17, -0.01)
        self._add(fabric, (low, low), (0.15, 0.15), PART["nappy"])

    def _basin(self, x: float, y: float, z: float) -> Array:
        place = np.array([x, y, z], np.float32)
        return self.skeleton.joints["mid_hip"] + self.skeleton.pelvis @ place

    def _chest(self, x: float, y: float, z: float) -> Array:
        wide = self.scene.shape.shoulder_half / 0.34
        place = np.array([x * wide, y, z], np.float32)
        return self.skeleton.joints["mid_shoulder"] + self.skeleton.thorax @ place

    def _tube(self, fabric: int, points: list[Array], radii: list[float], parts: list[int]) -> None:
        """Sew a wide tube along points: it sags, swings out and narrows from crease to crease."""
        slack = 0.07 * self.wear.loose
        hung = []
        for point, radius in zip(points, radii, strict=True):
            moved = point + self.rng.normal(0, 0.22 * slack, 3).astype(np.float32)
            moved[2] = max(moved[2] - 0.4 * slack, min(point[2], 0.6 * radius))
            hung.append(moved)
        wide = [r * float(self.rng.uniform(0.88, 1.12)) for r in radii]
        for k, part in enumerate(parts):
            self._add(fabric, (hung[k], hung[k + 1]), (wide[k], wide[k + 1]), part)

    def _sleeve(self, side: str) -> None:
        joints, fat, loose = self.skeleton.joints, self.scene.shape.fat, self.wear.loose
        shoulder, elbow, wrist = (joints[f"{side}_{n}"] for n in ("shoulder", "elbow", "wrist"))
        upper, fore = PART[f"upper_arm_{side}"], PART[f"forearm_{side}"]
        middle = 0.5 * (shoulder + elbow)
        slack = loose * self.rng.uniform(0.045, 0.085)
        self._armpit(side, 0.07 + 0.06 * loose)
        if self.wear.top == "short":
            cuff = shoulder + self.rng.uniform(0.6, 1.0) * (elbow - shoulder)
            radii = [0.12 * fat + 0.5 * slack, 0.1 * fat + slack, 0.09 * fat + 1.3 * slack]
            self._tube(TOP, [shoulder, middle, cuff], radii, [upper, upper])
            return
        end = wrist + self.wear.hem * 0.3 * (wrist - elbow)
        points = [shoulder, middle, elbow, 0.5 * (elbow + end), end]
        flare = 0.045 + slack * self.rng.choice([0.35, 1.0, 1.4])
        radii = [0.118 * fat + 0.5 * slack, 0.1 * fat + slack, 0.085 * fat + 1.1 * slack]
        self._tube(
            TOP, points, [*radii, 0.075 * fat + 1.1 * slack, flare], [upper] * 2 + [fore] * 2
        )

    def _armpit(self, side: str, radius: float) -> None:
        """Bridge the armpit where the arm is near enough to the trunk for the cloth to span it."""
        joints, sign = self.skeleton.joints, 1 if side == "left" else -1
        arm = joints[f"{side}_shoulder"] + 0.4 * (
            joints[f"{side}_elbow"] - joints[f"{side}_shoulder"]
        )
        flank = self._chest(0.22 * sign, -0.26, 0.0)
        if np.linalg.norm(arm - flank) < 0.5:
            self._add(TOP, (arm, flank), (radius, radius * 1.3), PART["trunk"])

    def _shirt(self) -> None:
        wide = self.wear.loose * float(self.rng.uniform(0.035, 0.08))
        hem = float(self.rng.uniform(-0.1, 0.12)) - 0.28 * max(self.wear.hem, 0)
        trunk, pelvis, fat = PART["trunk"], PART["pelvis"], self.scene.shape.fat
        for side in (-1, 1):
            points = [
                self._chest(0.15 * side, -0.1, 0.0),
                self._chest(0.16 * side, -0.5, 0.03),
                self._basin(0.13 * side, 0.1, 0.02),
                self._basin(0.15 * side, hem, 0.03),
            ]
            radii = [0.17 + 0.5 * wide, 0.2 + wide, 0.17 * fat + wide, 0.15 * fat + 1.2 * wide]
            self._tube(TOP, points, radii, [trunk, trunk, pelvis])
        belly = 0.24 * (0.55 + 0.45 * fat)
        spine = [self._chest(0, -0.35, 0.04), self._basin(0, 0.3, 0.05), self._basin(0, hem, 0.03)]
        self._tube(TOP, spine, [0.2 + wide, belly + wide, 0.19 + wide], [trunk, pelvis])

    def _seat(self) -> None:
        joints, slack = self.skeleton.joints, self.wear.loose * float(self.rng.uniform(0.03, 0.07))
        pelvis = PART["pelvis"]
        ends = self._basin(-0.13, -0.02, 0), self._basin(0.13, -0.02, 0)
        self._add(LEGS, ends, (0.215 + slack, 0.215 + slack), pelvis)
        inner = []
        for side in SIDES:
            hip, knee = joints[f"{side}_hip"], joints[f"{side}_knee"]
            inner.append(hip + self.rng.uniform(0.2, 0.38) * (knee - hip))
        crotch = self._basin(0, -0.14, 0)
        for place in inner:
            self._add(LEGS, (crotch, place), (0.15 + slack, 0.12 + slack), pelvis)
        if np.linalg.norm(inner[0] - inner[1]) < 0.75:
            self._add(LEGS, (inner[0], inner[1]), (0.11 + slack, 0.11 + slack), pelvis)

    def _trouser(self, side: str) -> None:
        joints, fat, loose = self.skeleton.joints, self.scene.shape.fat, self.wear.loose
        hip, knee, ankle = (joints[f"{side}_{n}"] for n in ("hip", "knee", "ankle"))
        thigh, shank = PART[f"thigh_{side}"], PART[f"shank_{side}"]
        slack = loose * self.rng.uniform(0.05, 0.095)
        middle = 0.5 * (hip + knee)
        if self.wear.shorts:
            end = hip + self.rng.uniform(0.6, 1.0) * (knee - hip)
            radii = [0.155 * fat + 0.6 * slack, 0.13 * fat + slack, 0.115 * fat + 1.3 * slack]
            self._tube(LEGS, [hip, middle, end], radii, [thigh, thigh])
            return
        end = ankle + self.wear.hem * 0.28 * (ankle - knee)
        flare = 0.06 + slack * self.rng.choice([0.3, 1.0, 1.4])
        radii = [0.155 * fat + 0.6 * slack, 0.13 * fat + slack, 0.105 * fat + 1.1 * slack]
        points = [hip, middle, knee, 0.5 * (knee + end), end]
        parts = [thigh, thigh, shank, shank]
        self._tube(LEGS, points, [*radii, 0.09 * fat + 1.2 * slack, flare], parts)
        if self.wear.hem > 0.4:  # a romper with feet in it
            toes = end + 0.2 * self.skeleton.toes[side][:, 0]
            self._add(LEGS, (end, toes), (flare + 0.02, 0.085), PART[f"foot_{side}"])

    def sack(self, kind: str) -> None:
        """Sew a sleeping bag (legs inside) or a swaddling cloth (arms too)."""
        joints, rng = self.skeleton.joints, self.rng
        trunk, pelvis = PART["trunk"], PART["pelvis"]
        wide = float(rng.uniform(0.02, 0.07))

        def line(name: str, share: float, spread: float = 1.0) -> Array:
            left, right = joints[f"left_{name}"], joints[f"right_{name}"]
            middle = 0.5 * (left + right)
            return middle + spread * ((1 - share) * left + share * right - middle)

        toes = {s: joints[f"{s}_ankle"] + 0.12 * self.skeleton.toes[s][:, 0] for s in SIDES}
        for share in np.linspace(0, 1, _LANES):
            end = (1 - share) * toes["left"] + share * toes["right"]
            lane = [line("shoulder", share, 0.62), line("hip", share, 0.9)]
            lane += [line("knee", share), line("ankle", share), end]
            lane[0] = lane[0] + self.skeleton.thorax @ np.array([0, -0.16, 0], np.float32)
            radii = [0.19 + wide, 0.19 + wide, 0.15 + wide, 0.13 + wide, 0.11 + wide]
            self._tube(SACK, lane, radii, [trunk, pelvis, pelvis, pelvis])
        if kind == "swaddle":
            for side in SIDES:
                arm = [joints[f"{side}_{n}"] for n in ("shoulder", "elbow", "wrist")]
                tip = arm[2] + 0.18 * self.skeleton.palms[side][:, 0]
                self._tube(SACK, [*arm, tip], [0.16, 0.13 + wide, 0.12 + wide, 0.1], [trunk] * 3)
                hold = joints[f"{side}_hip"]
                self._tube(SACK, [arm[1], hold], [0.13 + wide, 0.16 + wide], [trunk])
        self._head()


def loose_slack(wear: Wardrobe) -> float:
    """Return by how much more than tight ones loose clothes stand off a joint, in trunk lengths."""
    return 0.09 * wear.loose
