"""Retrainings as markup: how each stands, how far each of its steps is, how long it will take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from html import escape
from typing import Any

from app.views.jobs import bar_html, header_html, timing_words
from app.views.times import day_and_clock
from app.views.words import duration_words, sentence
from db.job_schema import TrainingJob

Stage = Mapping[str, Any]


def training_job_html(job: TrainingJob, now_us: int, zone: tzinfo) -> str:
    """Return one retraining; every name is escaped."""
    asked = job.request
    title = f"Retraining {job.id}: from {asked['model_words']}"
    began = f"{day_and_clock(job.created_us, zone)[:16]}, {job.by}"
    facts = [began, *timing_words(job, now_us, _left_s(job))]
    line = f'<p class="line">{escape(sentence(job.line))}</p>' if job.line else ""
    steps = "".join(_step(stage) for stage in _stages(job))
    return (
        f'<article class="cotside-job">{header_html(title, job)}'
        f"{bar_html(share_done(job), 'the whole retraining')}"
        f"<small>{escape(' · '.join(facts))}</small>{line}<ul>{steps}</ul></article>"
    )


def share_done(job: TrainingJob) -> float:
    """Return how much of a retraining is done, 0..1, each step counting the same."""
    if job.state == "finished":
        return 1.0
    stages = _stages(job)
    return sum(float(stage["share"]) for stage in stages) / len(stages) if stages else 0.0


def stage_now(job: TrainingJob) -> str:
    """Return the step that a retraining is at, in words."""
    if job.state != "running":
        return job.state
    unfinished = [str(stage["name"]) for stage in _stages(job) if float(stage["share"]) < 1]
    return unfinished[0] if unfinished else "beginning"


def time_left_words(job: TrainingJob) -> str:
    """Return how long a running retraining will take; nothing while nobody can tell."""
    left_s = _left_s(job)
    return "" if left_s is None else f"about {duration_words(left_s)} left"


def _stages(job: TrainingJob) -> list[Stage]:
    stages: list[Stage] = (job.progress or {}).get("stages", [])
    return stages


def _left_s(job: TrainingJob) -> float | None:
    left_s = (job.progress or {}).get("left_s")
    return float(left_s) if job.state == "running" and left_s is not None else None


def _step(stage: Stage) -> str:
    name, share = escape(sentence(str(stage["name"]))), float(stage["share"])
    if share >= 1:
        return f"<li><span>● {name}</span><em>{escape(str(stage['line']))}</em></li>"
    if share > 0:
        return f"<li><span>▶ {name}</span><em>{share:.0%}</em>{bar_html(share, name)}</li>"
    return f"<li><span>◌ {name}</span></li>"
