import pytest

from pipeline.skeleton import COCO17, INFANT13, Skeleton


def test_the_13_points_stand_in_cocos_order():
    assert " ".join(INFANT13.keypoints) == (
        "nose left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
        "left_hip right_hip left_knee right_knee left_ankle right_ankle"
    )


def test_flipping_twice_changes_nothing_and_the_nose_stays():
    flip = INFANT13.flip_indices
    assert [flip[i] for i in flip] == list(range(13))
    assert flip[INFANT13.index("nose")] == INFANT13.index("nose")
    assert flip[INFANT13.index("left_knee")] == INFANT13.index("right_knee")


def test_points_are_mapped_by_name():
    positions = INFANT13.map_from(COCO17)
    assert [COCO17.keypoints[i] for i in positions] == list(INFANT13.keypoints)


def test_a_mapping_that_would_invent_a_point_fails_and_names_it():
    with pytest.raises(ValueError, match="left_eye"):
        COCO17.map_from(INFANT13)


def test_an_unknown_point_is_named_with_the_known_ones():
    with pytest.raises(KeyError, match="left_shoulder"):
        INFANT13.index("crown")


@pytest.mark.parametrize(
    ("keypoints", "limbs", "sigmas"),
    [
        (("a", "a"), (), (0.1, 0.1)),
        (("a", "b"), (("a", "c"),), (0.1, 0.1)),
        (("a", "b"), (), (0.1,)),
    ],
)
def test_a_skeleton_that_contradicts_itself_is_refused(keypoints, limbs, sigmas):
    with pytest.raises(ValueError, match="skeleton"):
        Skeleton("broken", 1, keypoints, limbs, sigmas)
