"""What is rendered can be made again, and its truth is where the picture shows it."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from pipeline.skeleton import INFANT13
from training.synthetic import textures
from training.synthetic.cots import cot_scene
from training.synthetic.geometry import Cones
from training.synthetic.march import march
from training.synthetic.marks import as_marked
from training.synthetic.pose import skeleton_of
from training.synthetic.render import render
from training.synthetic.scene import Clutter, Cover, sample_scene

BARE = Clutter(
    nest=False, rolls=0, tubes=0, sensors=0, hands=0, cloths=0, mattress_edges=0, cot=False
)
UNCOVERED = Cover("none", 0, 9.0, 0.03, 3)
LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")


def plain(seed: int):
    """Return a supine infant straight from above with nothing on or around it."""
    scene = cot_scene(seed, (192, 192), posture="supine", fill=0.8, yaw_deg=20, tilt_deg=0)
    dress = replace(scene.wardrobe, mask="none", hat=False)
    return replace(scene, clutter=BARE, cover=UNCOVERED, wardrobe=dress)


def test_a_seed_gives_the_same_bytes_again():
    first = render(sample_scene(77, (128, 128)))
    for cached in (textures.cloth, textures.noise_field, textures.fold_field):
        cached.cache_clear()
    second = render(sample_scene(77, (128, 128)))
    assert first.image.tobytes() == second.image.tobytes()
    assert np.array_equal(first.keypoints_kc, second.keypoints_kc)
    assert np.array_equal(first.visibility_k, second.visibility_k)


def test_another_seed_gives_another_picture():
    first, second = (render(sample_scene(seed, (128, 128))) for seed in (77, 78))
    assert first.image.tobytes() != second.image.tobytes()


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_keypoint_lies_at_the_centre_of_a_marker_rendered_where_people_mark_it(seed):
    scene = cot_scene(seed, (240, 320))
    joints = skeleton_of(scene.shape, scene.pose).joints
    marks = as_marked(np.stack([joints[name] for name in INFANT13.keypoints]))
    truth = render(scene).keypoints_kc
    radius = np.array([0.06], np.float32)
    for index, name in enumerate(INFANT13.keypoints):
        end = marks[index][None]
        ball = scene.view.cones(Cones(end, end, radius, radius, np.array([0])))
        alpha = march(ball, (240, 320), blend=0.3).alpha
        rows, columns = np.mgrid[0:240, 0:320]
        if not 8 < truth[index, 0] < 312 or not 8 < truth[index, 1] < 232:
            continue
        centre = np.array([(alpha * columns).sum(), (alpha * rows).sum()]) / alpha.sum()
        assert np.abs(centre - truth[index]).max() < 0.3, name


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_blanket_over_the_legs_hides_them_and_nothing_else_changes_place(seed):
    scene = plain(seed)
    bare = render(scene)
    covered = render(replace(scene, cover=Cover("legs", 0.0, -0.85, 0.04, 5)))
    for name in LEGS:
        k = INFANT13.index(name)
        assert bare.visibility_k[k] >= 1
        assert covered.visibility_k[k] == 1, name
    assert np.array_equal(bare.keypoints_kc, covered.keypoints_kc)
    assert bare.visibility_k.sum() > covered.visibility_k.sum()


def test_an_infant_on_its_back_with_nothing_on_it_shows_shoulders_and_hips():
    for seed in (22, 23, 25):  # none of them propped up
        seen = render(plain(seed)).visibility_k
        # A hand may lie on a shoulder; at least three of the four are in sight.
        trunk = [
            seen[INFANT13.index(f"{s}_{n}")] for s in ("left", "right") for n in ("shoulder", "hip")
        ]
        assert sum(v == 2 for v in trunk) >= 3


def test_a_face_in_the_mattress_has_no_nose_to_be_seen():
    scene = plain(31)
    pose = replace(
        scene.pose, posture="prone", roll_deg=180.0, head={"turn": 0.0, "nod": 0.0, "tilt": 0.0}
    )
    assert render(replace(scene, pose=pose)).visibility_k[INFANT13.index("nose")] == 1


def test_a_joint_outside_the_picture_is_marked_so():
    scene = plain(41)
    aside = replace(scene.view, centre=(scene.view.centre[0] + 4000, scene.view.centre[1]))
    assert not render(replace(scene, view=aside)).visibility_k.any()


def test_silhouette_lies_in_the_box_and_thin_infants_are_smaller():
    scene = plain(51)
    rendered = render(scene)
    rows, columns = np.nonzero(rendered.canvas.kind == 1)
    x, y, width, height = rendered.box
    slack = 0.06 * scene.view.scale  # clothes reach a little past the bare body
    assert columns.min() >= x - slack
    assert columns.max() <= x + width + slack
    assert rows.min() >= y - slack
    assert rows.max() <= y + height + slack
    thin, stout = (replace(scene, shape=replace(scene.shape, fat=fat)) for fat in (0.72, 1.4))
    area = [(render(s).canvas.kind == 1).sum() for s in (thin, stout)]
    assert area[0] < area[1]


def test_what_a_blanket_covers_is_named_and_clothes_cover_nothing():
    scene = plain(12)
    assert render(scene).covered_parts == ()
    covered = render(replace(scene, cover=Cover("legs", 0.0, -0.85, 0.04, 5))).covered_parts
    assert {"shank_left", "shank_right"} <= set(covered)
    assert "head" not in covered


def test_a_toy_is_no_infant_and_hides_what_it_lies_on():
    scene = plain(13)
    bare = render(scene)
    strewn = render(replace(scene, clutter=replace(BARE, toys=6)))
    assert np.array_equal(bare.keypoints_kc, strewn.keypoints_kc)
    assert (strewn.canvas.kind == 1).sum() < (bare.canvas.kind == 1).sum()
    assert (strewn.visibility_k <= bare.visibility_k).all()


@pytest.mark.parametrize("seed", [14, 15, 16])
def test_an_infant_lies_in_its_nest_not_in_the_roll(seed):
    scene = plain(seed)
    alone = render(scene).canvas.kind == 1
    nested = render(replace(scene, clutter=replace(BARE, nest=True))).canvas.kind
    assert (nested[alone] == 3).mean() < 0.03
