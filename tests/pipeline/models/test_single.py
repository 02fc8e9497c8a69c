import math

import numpy as np
import pytest

from pipeline.models.single import find, upright_angle
from pipeline.types import Rectangle

UPRIGHT = np.zeros((13, 2), np.float32)
UPRIGHT[[1, 2]] = (60, 30), (40, 30)
UPRIGHT[[7, 8]] = (58, 70), (42, 70)


class Model:
    """Stands for a network that is sure only where the crop is turned by ``best_rad``."""

    aspect = 1.0

    def __init__(self, best_rad: float) -> None:
        self.best_rad = best_rad
        self.angles: list[float] = []
        self.manifest = type("M", (), {"crop": type("C", (), {"padding": 1.25})})

    def estimate(self, images, crops):
        self.angles += [crop.angle_rad for crop in crops]
        away = [abs(math.remainder(c.angle_rad - self.best_rad, math.tau)) for c in crops]
        cos, sin = math.cos(self.best_rad), math.sin(self.best_rad)
        turned = (UPRIGHT - 50) @ np.array([[cos, sin], [-sin, cos]]) + 50
        scores = np.array([[1 - a / math.tau] * 13 for a in away], np.float32)
        return np.stack([turned.astype(np.float32)] * len(crops)), scores


@pytest.mark.parametrize("best_rad", [0.0, 0.5, 1.7, 3.0, -1.2])
def test_the_second_look_is_turned_as_the_infant_lies(best_rad):
    model = Model(best_rad)
    _, scores = find(model, np.zeros((100, 100, 3), np.uint8), Rectangle(0, 0, 100, 100))
    assert math.remainder(model.angles[-1] - best_rad, math.tau) == pytest.approx(0, abs=1e-5)
    assert scores == pytest.approx(1.0, abs=1e-5)


def test_without_search_the_picture_is_looked_at_once_as_it_stands():
    model = Model(2.0)
    find(model, np.zeros((100, 100, 3), np.uint8), Rectangle(0, 0, 100, 100), search=False)
    assert model.angles == [0.0]


def test_a_trunk_that_is_not_known_has_no_direction():
    lost = UPRIGHT.copy()
    lost[1] = np.nan
    assert upright_angle(lost) is None
