"""Clothes and hair have a shape of their own, and hide what they hide."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from pipeline.skeleton import INFANT13
from training.synthetic.body import PARTS
from training.synthetic.clothes import dressed, hidden_joints
from training.synthetic.cots import cot_scene
from training.synthetic.geometry import Cones
from training.synthetic.headwear import HAT_KINDS
from training.synthetic.march import march
from training.synthetic.materials import HAIR, HAT, SACK
from training.synthetic.pose import figure_of
from training.synthetic.render import render
from training.synthetic.scene import Clutter, Cover, Wardrobe

BARE = Clutter(nest=False, rolls=0, tubes=0, sensors=0, hands=0, cloths=0, mattress_edges=0)
NAPPY_ONLY = Wardrobe(True, "none", False, False, False, False, "none", False, 1, 2, 3)
SUIT = replace(NAPPY_ONLY, top="long", legs=True)
BELOW = ("left_knee", "right_knee", "left_ankle", "right_ankle")


def infant(seed: int, wear: Wardrobe, **changes):
    scene = cot_scene(seed, (128, 128), posture="supine", fill=0.75, yaw_deg=20, tilt_deg=0)
    cover = Cover("none", 0, 9.0, 0.03, 3)
    return replace(scene, wardrobe=wear, clutter=BARE, cover=cover, hairdo="bald", **changes)


def worn_by(scene):
    return dressed(scene, *figure_of(scene.shape, scene.pose))


def covered_px(scene) -> int:
    return int((render(scene).canvas.kind == 1).sum())


@pytest.mark.parametrize("seed", [61, 62])
def test_loose_clothes_stand_off_the_body(seed):
    naked, tight, loose = (
        covered_px(infant(seed, wear))
        for wear in (NAPPY_ONLY, SUIT, replace(SUIT, loose=1.0, hem=0.2))
    )
    assert naked < tight < loose


@pytest.mark.parametrize("seed", [61, 62, 63])
def test_what_a_sleeping_bag_holds_is_hidden_whatever_lies_on_top(seed):
    open_air = render(infant(seed, NAPPY_ONLY))
    bagged = render(infant(seed, replace(NAPPY_ONLY, sack="bag")))
    for name in BELOW:
        k = INFANT13.index(name)
        assert open_air.visibility_k[k] >= 1
        assert bagged.visibility_k[k] == 1, name
    assert np.array_equal(open_air.keypoints_kc, bagged.keypoints_kc)


def test_a_swaddling_cloth_hides_arms_too():
    assert hidden_joints(replace(NAPPY_ONLY, sack="swaddle")) > set(BELOW)
    assert "left_wrist" in hidden_joints(replace(NAPPY_ONLY, sack="swaddle"))
    assert not hidden_joints(SUIT)


@pytest.mark.parametrize("sack", ["none", "bag", "swaddle"])
def test_every_piece_belongs_to_a_part_of_the_body(sack):
    worn = worn_by(infant(64, replace(SUIT, loose=1.2, hem=0.8, sack=sack, hat=True)))
    assert len(worn.cones) == len(worn.fabric)
    assert worn.cones.part.min() >= 0
    assert worn.cones.part.max() < len(PARTS)
    assert (SACK in worn.fabric) == (sack != "none")


@pytest.mark.parametrize("kind", HAT_KINDS)
def test_every_hat_is_on_the_head(kind):
    scene = infant(65, replace(NAPPY_ONLY, hat=True, hat_kind=kind))
    worn, head = worn_by(scene), figure_of(scene.shape, scene.pose)[0].joints["head"]
    hat = worn.fabric == HAT
    assert hat.any()
    assert np.linalg.norm(worn.cones.a[hat] - head, axis=1).max() < 1.0


def test_hair_that_falls_has_more_volume_than_hair_that_is_short():
    count = [
        int((worn_by(replace(infant(66, NAPPY_ONLY), hairdo=cut)).fabric == HAIR).sum())
        for cut in ("short", "full", "falling")
    ]
    assert count[0] == 0 < count[1] < count[2]


def test_a_crowd_of_cones_leaves_no_hole():
    rng = np.random.default_rng(0)
    points = rng.uniform(10, 22, (180, 3)).astype(np.float32)
    radius = np.full(180, 6, np.float32)
    surface = march(Cones(points, points, radius, radius, np.zeros(180, int)), (32, 32), blend=1)
    assert surface.alpha[12:20, 12:20].min() > 0.999
