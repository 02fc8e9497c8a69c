"""Bodies are kept once and composed into endless pictures whose truth stays true."""

import numpy as np
import pytest

pytest.importorskip("torch")

from pipeline.skeleton import INFANT13
from training.data.composed import turned
from training.spec import AugmentSpec, ComposeSpec
from training.synthetic import bodies as kept
from training.synthetic.bodies import Bodies, march_body, sample_body, write_shard
from training.synthetic.body import PART, PARTS
from training.synthetic.compose import SKIN, Composer, Sample, _over_clothed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("bodies")
    write_shard(out / "bodies_0000000.npy", first=0, count=3)
    return out


@pytest.fixture(scope="module")
def composer(folder):
    plain = AugmentSpec(crop_low=1.25, crop_high=1.2500001, shift=0, flip=0, half_body=0)
    spec = ComposeSpec(bodies=folder, empty=0, blankets=0, things_before=0, borders=0)
    return Composer(Bodies(folder), spec, plain)


def test_a_body_is_the_same_for_the_same_seed(folder):
    body = march_body(1)
    stored = Bodies(folder)[1]
    assert np.array_equal(body.maps, stored.maps)
    assert np.array_equal(body.points_k3, stored.points_k3)


def test_a_shard_counts_only_when_it_is_whole(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    bodies = Bodies(tmp_path)
    labels = tmp_path / "bodies_0000000.npz"
    (tmp_path / "bodies_0000500.npz").write_bytes(labels.read_bytes())
    half = tmp_path / "bodies_0000500.part"
    half.write_bytes((tmp_path / "bodies_0000000.npy").read_bytes())
    assert not bodies.refresh()
    half.rename(half.with_suffix(".npy"))
    assert bodies.refresh()
    assert len(bodies) == 6


def test_shards_that_do_not_say_what_is_clothed_serve_too(folder, tmp_path):
    old = {k: v for k, v in np.load(folder / "bodies_0000000.npz").items() if k != "clothed_p"}
    np.savez(tmp_path / "bodies_0000000.npz", **old)
    maps = folder / "bodies_0000000.npy"
    (tmp_path / maps.name).write_bytes(maps.read_bytes())
    assert not Bodies(tmp_path)[0].clothed_p.any()
    assert Bodies(folder)[0].clothed_p.dtype == bool


@pytest.mark.parametrize("seed", range(3))
def test_points_that_are_seen_lie_on_the_body(folder, seed):
    body = Bodies(folder)[seed]
    seen = body.points_k3[body.points_k3[:, 2] == 2, :2].round().astype(int)
    assert len(seen)
    assert (body.maps[seen[:, 1], seen[:, 0], kept.ALPHA] > 0).all()


@pytest.mark.parametrize(
    ("seed", "sack", "inside"),
    [(143, "bag", ("knee", "ankle")), (114, "swaddle", ("elbow", "wrist", "knee", "ankle"))],
)
def test_what_a_sack_holds_is_kept_as_hidden(seed, sack, inside):
    assert sample_body(seed).wardrobe.sack == sack
    body = march_body(seed)
    for name in inside:
        for side in ("left", "right"):
            assert body.points_k3[INFANT13.index(f"{side}_{name}"), 2] == 1, name
    assert body.clothed_p[PART["trunk"]]


def test_no_part_that_cloth_stands_off_is_painted_bare_for_long():
    clothed = np.zeros(len(PARTS), bool)
    clothed[[PART["trunk"], PART["shank_left"]]] = True
    bare = [
        (_over_clothed(np.zeros(256, np.uint8), clothed, np.random.default_rng(seed)) == SKIN)[
            : len(PARTS)
        ]
        for seed in range(40)
    ]
    assert 0.1 < np.mean([b[PART["trunk"]] for b in bare]) < 0.5
    assert all(b[~clothed].all() for b in bare)


def test_a_composed_picture_is_the_same_for_the_same_seed(composer):
    first, again = (composer.compose(np.random.default_rng(4), 96) for _ in range(2))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.points_k3, again.points_k3)


def test_a_room_without_an_infant_has_no_points(composer):
    nobody = Composer(
        composer.bodies, composer.spec.model_copy(update={"empty": 1.0}), composer.augment
    )
    sample = nobody.compose(np.random.default_rng(0), 96)
    assert sample.empty
    assert not sample.points_k3[:, 2].any()


def test_what_lies_under_a_thing_counts_as_hidden(composer):
    covered = Composer(
        composer.bodies, composer.spec.model_copy(update={"blankets": 1.0}), composer.augment
    )
    hidden = [
        (covered.compose(np.random.default_rng(seed), 96).points_k3[:, 2] == 1).sum()
        - (composer.compose(np.random.default_rng(seed), 96).points_k3[:, 2] == 1).sum()
        for seed in range(12)
    ]
    assert min(hidden) >= 0
    assert max(hidden) > 0


def test_turning_a_picture_turns_its_points_with_it():
    left = INFANT13.index("left_wrist")
    right = INFANT13.index("right_wrist")
    for seed in range(12):
        image = np.zeros((16, 16, 3), np.uint8)
        points = np.full((13, 3), [8, 8, 2], np.float32)
        points[left, :2], points[right, :2] = (3, 5), (12, 9)
        image[5, 3], image[9, 12] = 100, 200
        parts = np.zeros((4, 4), np.uint8)
        parts[1, 0], parts[2, 3] = 1 + PART["hand_left"], 1 + PART["hand_right"]
        sample = turned(
            Sample(image, points, False, parts), np.random.default_rng(seed), quarter_turns=1.0
        )
        out, moved = sample.image, sample.points_k3
        mirrored = out[int(moved[left, 1]), int(moved[left, 0]), 0] == 200
        values = (200, 100) if mirrored else (100, 200)
        for joint, value in zip((left, right), values, strict=True):
            assert out[int(moved[joint, 1]), int(moved[joint, 0]), 0] == value
            cell = sample.parts[int(moved[joint, 1]) // 4, int(moved[joint, 0]) // 4]
            assert cell == 1 + PART["hand_left" if joint == left else "hand_right"]
