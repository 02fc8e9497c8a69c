import numpy as np
import pytest

pytest.importorskip("mmpose")

from tests.support.judged import answers, pictures
from training.evaluation.comparing import Pair, compare


def pair(new, old, infants=20, count=60):
    truth = pictures(count, infants=infants)
    return Pair(answers(truth, new(count)), answers(truth, old(count)), truth)


def test_a_model_beside_itself_shows_no_difference():
    found = compare(pair(lambda n: np.full(n, 5.0), lambda n: np.full(n, 5.0)), draws=100)
    for one in (*found["overall"].values(), *found["joints"].values()):
        assert one["difference"] in (0, None)
        assert one["verdict"] in ("no difference shown", "nothing to compare")


def test_a_better_model_is_called_better_in_shares_and_in_errors():
    found = compare(pair(lambda n: np.zeros(n), lambda n: np.full(n, 40.0)), draws=100)
    assert found["overall"]["PCK@0.1"]["verdict"] == "better"
    assert found["overall"]["NME"]["verdict"] == "better"
    assert found["overall"]["NME"]["difference"] < 0
    turned = compare(pair(lambda n: np.full(n, 40.0), lambda n: np.zeros(n)), draws=100)
    assert turned["overall"]["PCK@0.1"]["verdict"] == "worse"
    assert turned["joints"]["left_wrist"]["verdict"] == "worse"


def test_what_is_hard_for_both_does_not_widen_the_difference():
    """Half of the infants are lost by both; the candidate mends one picture of some."""
    rng = np.random.default_rng(0)
    hard = np.where(rng.random(20) < 0.5, 40.0, 0.0)

    def old(count):
        return np.resize(hard, count)

    def new(count):
        off = np.resize(hard, count)
        off[:12] = 0
        return off

    found = compare(pair(new, old), draws=400)["overall"]["PCK@0.1"]
    assert found["high"] - found["low"] < 0.2
    assert found["low"] <= found["difference"] <= found["high"]


def test_one_infant_alone_gives_figures_but_no_interval_and_no_verdict():
    found = compare(pair(lambda n: np.zeros(n), lambda n: np.full(n, 40.0), infants=1), draws=50)
    one = found["overall"]["PCK@0.1"]
    assert (one["candidate"], one["in_use"], one["difference"]) == (1.0, 0.0, 1.0)
    assert (one["low"], one["high"], one["verdict"]) == (None, None, "nothing to compare")
