"""The loop as a whole on a real newborn: what a person corrects comes back as a judged model."""

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


@pytest.fixture(scope="module")
def happened(tmp_path_factory):
    return run(tmp_path_factory.mktemp("loop"), minutes=1.0)


def gate_of(retraining) -> dict[str, dict]:
    return {finding["check"]: finding for finding in retraining["gate"]}


def test_a_retraining_whose_process_was_killed_goes_on_and_live_inference_goes_first(happened):
    alone = happened["retrained on one infant"]
    assert alone["after the kill"] == "interrupted"
    assert alone["training at nice"] == 19
    assert alone["steps"]["labels"].startswith(f"{CORRECTED} pictures of 1 infant")


def test_labels_of_one_infant_do_not_get_past_the_gate(happened):
    found = gate_of(happened["retrained on one infant"])
    assert not found["strata"]["passed"]
    assert "label another infant" in found["strata"]["line"]
    assert found["parity"]["passed"]
    assert found["calibration"]["passed"]


def test_a_second_infant_is_compared_on_and_the_gate_decides_by_that(happened):
    judged = happened["retrained with a second infant"]
    steps = judged["steps"]
    total = CORRECTED + SECOND_INFANT
    assert steps["labels"].startswith(f"{total} pictures of 2 infants, {SECOND_INFANT} of them")
    assert steps["comparison"].startswith(f"on {SECOND_INFANT} labelled pictures")
    strata = gate_of(judged)["strata"]
    assert "label another infant" not in strata["line"]
    passed = all(finding["passed"] for finding in judged["gate"])
    assert happened["promoted"]["by the gate"] == passed


def test_the_promotion_stands_in_the_audit_trail_with_what_the_gate_found(happened):
    entry = happened["promoted"]["audit"]
    assert (entry["who"], entry["before"]) == ("Ada", "bundled")
    if not happened["promoted"]["by the gate"]:
        assert entry["despite"] == "to show the whole loop"
        assert entry["failed"]
    assert happened["audit is whole"]


def test_the_clip_is_reviewed_again_by_the_new_model_and_the_report_shows_both(happened):
    first, second = happened["first review"], happened["second review"]
    assert first["frames"] == second["frames"] > 0
    assert first["model"] != second["model"]
    for model in (first["model"], second["model"]):
        assert model in happened["report"]
    assert "The same video, reviewed before" in happened["report"]
