"""The loop as a whole on a real newborn: what a person corrects comes back as a judged model.

One test, for the walk takes minutes and is to be walked once, by whichever worker.
"""

from __future__ import annotations

import pytest

from tests.benchmarks.loop import CORRECTED, SECOND_INFANT, run
from tests.benchmarks.newborn import CLIP

pytest.importorskip("mmpose", reason="the training group is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(not CLIP.exists(), reason="the newborn clip is not beside this checkout"),
]


def gate_of(retraining) -> dict[str, dict]:
    return {finding["check"]: finding for finding in retraining["gate"]}


def a_killed_retraining_went_on_and_let_live_inference_go_first(happened):
    alone = happened["retrained on one infant"]
    assert alone["after the kill"] == "interrupted"
    assert alone["training at nice"] == 19
    assert alone["steps"]["labels"].startswith(f"{CORRECTED} pictures of 1 infant")


def labels_of_one_infant_did_not_get_past_the_gate(happened):
    found = gate_of(happened["retrained on one infant"])
    assert not found["strata"]["passed"]
    assert "label another infant" in found["strata"]["line"]
    assert found["parity"]["passed"]
    assert found["calibration"]["passed"]


def a_second_infant_was_compared_on_and_the_gate_decided_by_that(happened):
    judged = happened["retrained with a second infant"]
    steps = judged["steps"]
    total = CORRECTED + SECOND_INFANT
    assert steps["labels"].startswith(f"{total} pictures of 2 infants, {SECOND_INFANT} of them")
    assert steps["comparison"].startswith(f"on {SECOND_INFANT} labelled pictures")
    strata = gate_of(judged)["strata"]
    assert "label another infant" not in strata["line"]
    passed = all(finding["passed"] for finding in judged["gate"])
    assert happened["promoted"]["by the gate"] == passed


def the_promotion_stands_in_the_audit_trail_with_what_the_gate_found(happened):
    entry = happened["promoted"]["audit"]
    assert (entry["who"], entry["before"]) == ("Ada", "bundled")
    if not happened["promoted"]["by the gate"]:
        assert entry["despite"] == "to show the whole loop"
        assert entry["failed"]
    assert happened["audit is whole"]


def the_clip_was_reviewed_again_by_the_new_model_and_the_report_shows_both(happened):
    first, second = happened["first review"], happened["second review"]
    assert first["frames"] == second["frames"] > 0
    assert first["model"] != second["model"]
    for model in (first["model"], second["model"]):
        assert model in happened["report"]
    assert "The same video, reviewed before" in happened["report"]


def test_a_person_corrects_a_retraining_is_judged_and_promoted_and_the_report_shows_both(tmp_path):
    happened = run(tmp_path, minutes=1.0)
    a_killed_retraining_went_on_and_let_live_inference_go_first(happened)
    labels_of_one_infant_did_not_get_past_the_gate(happened)
    a_second_infant_was_compared_on_and_the_gate_decided_by_that(happened)
    the_promotion_stands_in_the_audit_trail_with_what_the_gate_found(happened)
    the_clip_was_reviewed_again_by_the_new_model_and_the_report_shows_both(happened)
