"""The lens moves pictures and their points together."""

import numpy as np
import pytest

pytest.importorskip("torch")

from training.synthetic.lens import bent_image, bent_points


@pytest.mark.parametrize("bend", [-0.08, 0.1, 0.3])
def test_a_point_stays_on_its_spot(bend):
    for x, y in ((12, 20), (50, 31), (85, 55)):
        image = np.zeros((64, 96), np.float32)
        image[y - 1 : y + 2, x - 1 : x + 2] = 1
        bent = bent_image(image, bend)
        rows, columns = np.mgrid[0:64, 0:96]
        found = np.array([(columns * bent).sum(), (rows * bent).sum()]) / bent.sum()
        assert bent_points(np.array([[x, y]], np.float32), bend, (64, 96))[0] == pytest.approx(
            found, abs=0.35
        )


def test_corners_stay_corners():
    corners = np.array([[0, 0], [95, 63]], np.float32)
    assert bent_points(corners, 0.3, (64, 96)) == pytest.approx(corners, abs=1e-3)


def test_barrel_pushes_the_middle_outwards():
    point = np.array([[70.0, 31.5]], np.float32)
    assert bent_points(point, 0.3, (64, 96))[0, 0] > 70
