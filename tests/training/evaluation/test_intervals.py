import numpy as np
import pytest

pytest.importorskip("mmpose")

from tests.support.judged import answers, pictures
from training.evaluation.intervals import drawn_weights, figures_of, joint_figures


def test_infants_are_drawn_whole():
    groups = ("a", "b", "a", "c")
    weights = drawn_weights(groups, 50, seed=0)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3]].sum(1) == 3).all()


def test_pictures_of_one_infant_do_not_narrow_the_interval():
    rng = np.random.default_rng(0)

    def width(copies):
        truth = pictures(20 * copies, infants=20)
        off = np.tile(rng.choice([0.0, 40.0], 20), copies)
        figure = figures_of(answers(truth, off), truth, draws=400)["PCK@0.2"]
        return figure.high - figure.low

    rng = np.random.default_rng(0)
    once = width(1)
    rng = np.random.default_rng(0)
    assert width(5) == pytest.approx(once, abs=0.02)
    assert once > 0.2


def test_an_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for trial in range(60):
        truth = pictures(40, infants=40)
        off = np.where(rng.random(40) < 0.7, 0.0, 40.0)
        figure = figures_of(answers(truth, off), truth, draws=100, seed=trial)["PCK@0.2"]
        held += figure.low <= 0.7 <= figure.high
    assert held >= 50


def test_what_nobody_saw_has_no_figure():
    truth = pictures(4)
    truth.keypoints_nkc[:, 0, 2] = 0
    nose = joint_figures(answers(truth, 0.0), truth, draws=5)["nose"]
    assert (nose.value, nose.low, nose.high) == (None, None, None)


def test_without_draws_there_is_a_figure_and_no_interval():
    truth = pictures(4)
    figure = figures_of(answers(truth, 0.0), truth, draws=0)["OKS-AP"]
    assert (figure.value, figure.low) == (pytest.approx(1.0), None)
