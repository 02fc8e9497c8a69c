import contextlib
import io

import numpy as np
import pytest

pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13
from tests.support.judged import answers, pictures
from training.evaluation.measures import (
    JOINT_MEASURES,
    MEASURES,
    average_precision,
    keypoint_similarity,
    picture_scores,
)

TRUNK = 80.0


def value(name, off_px):
    truth = pictures(4)
    return MEASURES[name](answers(truth, off_px), truth).value()


@pytest.mark.parametrize(
    ("name", "off_trunks", "wanted"),
    [
        ("PCK@0.05", 0.04, 1.0),
        ("PCK@0.05", 0.06, 0.0),
        ("PCK@0.1", 0.09, 1.0),
        ("PCK@0.2", 0.21, 0.0),
        ("PCKh@0.5", 0.22, 1.0),
        ("PCKh@0.5", 0.23, 0.0),
        ("NME", 0.3, 0.3),
        ("AUC@0.2", 0.0, 1.0),
        ("AUC@0.2", 0.1, 0.525),
    ],
)
def test_a_measure_says_what_its_name_says(name, off_trunks, wanted):
    # The head, nose to mid-shoulder, is 0.45 trunks.
    nudge = 1e-3 if wanted == 0.525 else 0
    assert value(name, TRUNK * (off_trunks - nudge)) == pytest.approx(wanted, abs=1e-3)


def test_points_that_nobody_saw_do_not_count():
    truth = pictures(4)
    truth.keypoints_nkc[:, 3, 2] = 1
    off = np.zeros((4, 13))
    off[:, 3] = 500
    assert MEASURES["PCK@0.1"](answers(truth, off), truth).value() == 1
    assert np.isnan(JOINT_MEASURES["left_elbow"](answers(truth, off), truth).value())


def test_a_point_that_was_not_found_is_wrong_and_leaves_the_mean_error_alone():
    truth = pictures(4)
    found = answers(truth, 0.0)
    found.errors_nk[0] = np.inf
    assert MEASURES["PCK@0.2"](found, truth).value() == 0.75
    assert MEASURES["NME"](found, truth).value() == 0


def _flat(points_kc, scores_k):
    return np.column_stack([points_kc, scores_k]).ravel().tolist()


def test_average_precision_is_that_of_cocos_own_code():
    from xtcocotools.coco import COCO
    from xtcocotools.cocoeval import COCOeval

    rng = np.random.default_rng(0)
    truth = pictures(40, empty=4)
    truth.keypoints_nkc[:36, :, 2] = rng.integers(1, 3, (36, 13))
    truth.keypoints_nkc[:36, 5, 2] = 0
    found = answers(truth, rng.gamma(1.2, 12, (40, 13)))
    found.scores_nk[:] = rng.uniform(0.1, 1, (40, 13))
    images = [{"id": i + 1, "width": 640, "height": 480} for i in range(40)]
    annotations = [
        {
            "id": i + 1, "image_id": i + 1, "category_id": 1, "iscrowd": 0,
            "bbox": truth.boxes_n4[i].tolist(), "area": float(np.prod(truth.boxes_n4[i, 2:])),
            "num_keypoints": int((truth.keypoints_nkc[i, :, 2] > 0).sum()),
            "keypoints": truth.keypoints_nkc[i].ravel().tolist(),
        }
        for i in range(36)
    ]  # fmt: skip
    results = [
        {
            "image_id": i + 1, "category_id": 1, "score": float(picture_scores(found)[i]),
            "keypoints": _flat(found.points_nkc[i], found.scores_nk[i]),
        }
        for i in range(40)
    ]  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        category = {"id": 1, "name": "infant", "keypoints": list(INFANT13.keypoints)}
        coco.dataset = {"images": images, "annotations": annotations, "categories": [category]}
        coco.createIndex()
        judged = COCOeval(coco, coco.loadRes(results), "keypoints", np.array(INFANT13.sigmas))
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    ours = average_precision(keypoint_similarity(found, truth), picture_scores(found))
    assert 0.2 < ours[0] < 0.9
    assert ours == pytest.approx((judged.stats[0], judged.stats[5]), abs=1e-6)


def test_counting_a_picture_twice_is_having_it_twice():
    alike, scores = np.array([0.9, 0.4, 0.8, np.nan]), np.array([0.9, 0.8, 0.5, 0.3])
    twice = average_precision(alike, scores, np.array([1.0, 2, 1, 0]))
    wanted = average_precision(alike[[0, 1, 1, 2]], scores[[0, 1, 1, 2]])
    assert twice == pytest.approx(wanted)


def test_without_an_infant_there_is_no_precision():
    assert np.isnan(average_precision(np.array([np.nan]), np.array([0.5]))).all()
