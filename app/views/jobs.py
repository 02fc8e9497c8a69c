"""What the cards of all kinds of jobs share: the sign of a state, the bar, how long it took."""

from __future__ import annotations

from html import escape

from app.views.times import US_PER_S
from app.views.words import duration_words
from db.job_schema import JobRow

_STATES = {
    "waiting": ("idle", "◌", "Waiting"),
    "running": ("good", "▶", "Running"),
    "finished": ("good", "●", "Finished"),
    "failed": ("trouble", "■", "Failed"),
    "cancelled": ("idle", "○", "Cancelled"),
    "interrupted": ("attention", "◐", "Interrupted"),
}


def header_html(title: str, job: JobRow) -> str:
    """Return a card's head: what the job is, and how it stands, as a sign and a word."""
    level, sign, word = _STATES[job.state]
    return (
        f'<header><strong>{escape(title)}</strong><span class="cotside-verdict {level}">'
        f'<span aria-hidden="true">{sign}</span> {word}</span></header>'
    )


def bar_html(share: float, name: str) -> str:
    """Return a bar of progress, 0..1."""
    percent = min(100, round(100 * share))
    return (
        f'<div class="cotside-bar" role="progressbar" aria-label="{escape(name)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}">'
        f'<i style="width:{percent}%"></i></div>'
    )


def timing_words(job: JobRow, now_us: int, left_s: float | None) -> list[str]:
    """Return how long a job will take, has been at work, or took; nothing before it began."""
    if job.state == "running" and left_s is not None:
        return [f"about {duration_words(left_s)} left"]
    if job.state == "running" and job.started_us:
        return [f"for {duration_words((now_us - job.started_us) / US_PER_S)}"]
    if job.started_us and job.ended_us:
        return [f"took {duration_words((job.ended_us - job.started_us) / US_PER_S)}"]
    return []
