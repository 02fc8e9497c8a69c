import numpy as np
import pytest

pytest.importorskip("mmpose")

from tests.support.judged import answers, pictures
from tests.support.tiny_models import standing_body
from training.evaluation.occlusion import COVERED, covered, occlusion_test
from training.evaluation.strata import direction_of, strata_of


@pytest.mark.parametrize(
    ("quarter", "name"), [*enumerate(("head up", "head right", "head down", "head left"))]
)
def test_a_head_lies_where_a_person_would_say(quarter, name):
    body = standing_body(angle_rad=quarter * np.pi / 2)
    assert direction_of(np.column_stack([body, np.full(13, 2)]).astype(np.float32)) == name


def test_without_a_trunk_there_is_no_direction():
    assert direction_of(np.zeros((13, 3), np.float32)) is None


def test_strata_hold_the_pictures_that_say_so_and_no_empty_cots():
    strata = strata_of(pictures(14, empty=2))
    assert set(strata) == {"posture"}
    assert strata["posture"]["supine"].tolist() == [0, 2, 4, 6, 8, 10]


def test_a_stratum_of_few_pictures_is_left_out():
    assert strata_of(pictures(6)) == {}


def test_a_cover_hides_the_limb_and_nothing_far_from_it():
    truth = pictures(1)
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    hidden = covered(image, truth, 0, [5])
    x, y = truth.keypoints_nkc[0, 5, :2].round().astype(int)
    changed = (hidden != image).any(-1)
    assert changed[y - 5 : y + 5, x - 5 : x + 5].mean() > 0.9
    rows, columns = np.nonzero(changed)
    assert np.hypot(rows - y, columns - x).max() < 0.4 * 80
    truth.keypoints_nkc[0, 5, 2] = 0
    assert covered(image, truth, 0, [5]) is image


def test_losses_are_bare_minus_covered(monkeypatch):
    truth = pictures(8)
    bare = answers(truth, 0.0)

    def found_under_cover(model, pictures, look, change):
        return answers(pictures, np.where(np.arange(8) < 4, 0.0, 60.0))

    monkeypatch.setattr("training.evaluation.occlusion.measure", found_under_cover)
    lost = occlusion_test(None, truth, "upright", bare)
    assert set(lost) == set(COVERED)
    assert lost["chest"]["PCK@0.1"] == {"covered": 0.5, "lost": 0.5}
    assert lost["chest"]["OKS-AP"]["lost"] > 0.3
