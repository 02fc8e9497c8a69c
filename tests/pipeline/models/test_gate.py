"""The gate: each check holds back what it is there for, and says why in figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.models.gate import (
    CHECKS,
    Limits,
    Trial,
    calibration,
    judge,
    latency,
    parity,
    shares,
    strata,
)
from pipeline.models.session import load_model
from tests.support.comparing import comparison, difference, part
from tests.support.tiny_models import dot_graph, write_model

ISOTONIC = {"kind": "isotonic", "x": [0.0, 1.0], "y": [0.0, 1.0], "threshold": 0.3}


@pytest.fixture
def trial(tmp_path: Path):
    """Make a trial of two tiny models with the figures given."""

    def make(figures, before=None, limits=None, **changes) -> Trial:
        pair = []
        for name, each in (("new", figures), ("old", before or {})):
            write_model(tmp_path / name, dot_graph(), figures=each, **changes)
            pair.append(load_model(tmp_path / name, "cpu"))
        return Trial(*pair, limits or Limits())

    return make


def clips(limbs: float) -> dict[str, object]:
    return {"clips": {"pck_0.1": {"limbs": limbs, "nose": 0.0}}}


def test_parity_must_be_said_and_be_small(trial):
    assert not parity(trial({})).passed
    assert not parity(trial({"parity_max_difference": 0.02})).passed
    assert parity(trial({"parity_max_difference": 1e-6})).passed


def test_no_stratum_may_fall_below_the_floor_or_the_model_in_use(trial):
    assert not strata(trial({})).passed
    assert not strata(trial(clips(0.1))).passed
    fallen = strata(trial(clips(0.5), clips(0.6)))
    assert not fallen.passed
    assert "0.50, the one in use 0.60" in fallen.line
    assert strata(trial(clips(0.59), clips(0.6))).passed


def test_a_stratum_that_is_no_longer_given_holds_it_back(trial):
    found = strata(trial(clips(0.9), {**clips(0.5), "at night": {"pck_0.1": {"limbs": 0.4}}}))
    assert not found.passed
    assert "at night" in found.line


@pytest.fixture
def compared(trial):
    """Make a trial whose models were compared on the same pictures."""

    def make(**given) -> Trial:
        pair = trial({})
        shas = pair.candidate.manifest.sha256, pair.in_use.manifest.sha256
        found = comparison(**({"shas": shas} | given))
        return replace(pair, comparison=found)

    return make


def test_a_comparison_on_the_same_pictures_goes_before_what_manifests_state(compared):
    found = strata(compared())
    assert found.passed
    assert "20 labelled pictures of 4 infants" in found.line


def test_a_stratum_falls_only_where_the_interval_leaves_no_doubt(compared):
    lost = strata(compared(prone=(0.4, 0.6, "worse")))
    assert not lost.passed
    assert "labelled posture prone: 0.40, the one in use 0.60" in lost.line
    assert strata(compared(prone=(0.4, 0.6, "no difference shown"))).passed


def test_all_pictures_together_fall_without_that(compared):
    assert not strata(compared(overall=(0.5, 0.6, "no difference shown"))).passed
    assert strata(compared(overall=(0.59, 0.6, "no difference shown"))).passed


def test_what_was_forgotten_and_what_lies_below_the_floor_hold_it_back(compared):
    forgotten = strata(compared(old=part((0.4, 0.7, "worse"))))
    assert not forgotten.passed
    assert "old all" in forgotten.line
    low = strata(compared(prone=(0.1, 0.05, "better")))
    assert not low.passed
    assert "below 0.2" in low.line


def test_points_that_lie_less_near_hold_it_back_though_as_many_are_found(compared):
    pair = compared()
    images = pair.comparison.images
    overall = images.overall | {"PCK@0.1": difference(0.4, 0.6, "no difference shown")}
    found = pair.comparison.model_copy(
        update={"images": images.model_copy(update={"overall": overall})}
    )
    held = strata(replace(pair, comparison=found))
    assert not held.passed
    assert "0.40, the one in use 0.60 (PCK@0.1)" in held.line


def test_without_an_infant_that_it_did_not_learn_from_it_is_held_back(compared):
    pair = compared()
    alone = pair.comparison.model_copy(update={"images": None})
    found = strata(replace(pair, comparison=alone))
    assert not found.passed
    assert "label another infant" in found.line


def test_a_comparison_with_another_model_than_the_one_in_use_counts_for_nothing(compared):
    found = strata(compared(shas=("somebody", "else")))
    assert not found.passed
    assert "not in use" in found.line


def test_scores_must_be_calibrated(trial):
    assert not calibration(trial({})).passed
    assert calibration(trial({}, calibration=ISOTONIC)).passed


def test_latency_is_measured(trial):
    assert not latency(trial({}, limits=Limits(latency_ms=1e-6))).passed
    assert latency(trial({}, limits=Limits(latency_ms=1e6))).passed


def test_every_check_is_asked(trial):
    assert len(judge(trial({}))) == len(CHECKS) == 4


def test_strata_are_found_however_deep_they_lie():
    figures = {
        "parameters": 3,
        "clips": {"pck_0.1": {"limbs": 0.5}, "light dim": {"pictures": 9, "pck_0.2": 0.7}},
    }
    assert dict(shares(figures)) == {"clips, pck_0.1": 0.5, "clips, light dim, pck_0.2": 0.7}
