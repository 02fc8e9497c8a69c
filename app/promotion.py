"""Promotion and rollback: the gate, the audit trail, then the change; for pages and commands."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from db import audit
from db.audit import Actor
from pipeline.models.comparison import read_comparison
from pipeline.models.gate import Finding, Trial, judge
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import load_model


@dataclass(frozen=True, slots=True)
class Promotion:
    """What the gate found, and whether the model is in use now."""

    findings: tuple[Finding, ...]
    is_done: bool


def trial_of(registry: ModelRegistry, model_id: str) -> Trial:
    """Load a candidate beside the model in use; raise ``ModelError``."""
    folder = registry.model(model_id).folder
    candidate, in_use = load_model(folder, "cpu"), load_model(registry.in_use_folder(), "cpu")
    return Trial(candidate, in_use, comparison=read_comparison(folder))


def gate(registry: ModelRegistry, model_id: str) -> tuple[Finding, ...]:
    """Return what the gate finds of a model; raise ``ModelError``."""
    return tuple(judge(trial_of(registry, model_id)))


def promote(
    registry: ModelRegistry, engine: Engine, model_id: str, by: Actor, despite: str | None = None
) -> Promotion:
    """Promote a model that passes the gate, or ``despite`` it for a reason that is kept.

    Raises ``ModelError`` for a model that cannot be used or is in use already, and
    ``DatabaseError`` when the audit trail cannot be written: then nothing changes.
    """
    findings = gate(registry, model_id)
    if despite is None and not all(finding.passed for finding in findings):
        return Promotion(findings, False)
    before = registry.in_use_id()
    told = {finding.check: finding.line for finding in findings if not finding.passed}
    detail = {"before": before, "despite": despite or "", "failed": told}
    audit.note(engine, "promoted", _subject(model_id), who=by.name, role=by.role, detail=detail)
    registry.promote(model_id, by.name, despite or "")
    return Promotion(findings, True)


def roll_back(registry: ModelRegistry, engine: Engine, by: Actor) -> str:
    """Go back to the model before, noted in the audit trail first; return its id."""
    detail = {"before": registry.in_use_id()}
    audit.note(engine, "rolled back", "model", who=by.name, role=by.role, detail=detail)
    return registry.rollback()


def _subject(model_id: str) -> str:
    return f"model/{model_id}"[:200]
