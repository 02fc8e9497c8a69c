"""The account of a retraining: what is done, and how long it will take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.retraining import account
from training.retraining.account import Account


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(account.time, "monotonic", lambda: now[0])
    return now


def test_the_plan_is_told_first_and_the_speed_when_there_is_one(tmp_path: Path, clock: list[float]):
    made = Account(tmp_path / "p.json", {"a": 10.0, "b": 60.0})
    made.begin("a")
    assert made.left_s() == 70
    clock[0] += 20
    made.advance(0.0)
    clock[0] += 10
    made.advance(0.5)
    assert made.left_s() == pytest.approx(10 + 60)
    made.finish("all of it", pictures=3)
    told = json.loads((tmp_path / "p.json").read_text())
    assert told["stages"][0] == {"name": "a", "share": 1.0, "line": "all of it"}
    assert told["pictures"] == 3


def test_a_run_that_goes_on_is_judged_by_what_it_did_since(tmp_path: Path, clock: list[float]):
    made = Account(tmp_path / "p.json", {"a": 10.0})
    made.begin("a")
    made.advance(0.5)
    clock[0] += 10
    made.advance(0.75)
    assert made.left_s() == pytest.approx(10)
