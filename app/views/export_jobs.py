"""Exports of films as markup: how each stands, how far it is, and where it is fetched."""

from __future__ import annotations

from datetime import tzinfo
from html import escape

from app.views.jobs import bar_html, header_html, timing_words
from app.views.times import US_PER_S, day_and_clock
from app.views.words import sentence
from db.job_schema import ExportJob

# The first seconds say little: the file is looked into.
_LEAST_S = 3.0


def export_job_html(
    job: ExportJob, now_us: int, zone: tzinfo, *, is_there: bool, keep_days: float
) -> str:
    """Return one export; ``is_there``: its film can be fetched, which it can for ``keep_days``."""
    drawn = "with" if job.request["skeleton"] else "without"
    facts = [f"{day_and_clock(job.created_us, zone)[:16]}, {job.by}", f"{drawn} skeleton"]
    facts += timing_words(job, now_us, _left_s(job, now_us))
    line = f'<p class="line">{escape(sentence(job.line))}</p>' if job.line else ""
    link = _link(job, is_there, keep_days)
    return (
        f'<article class="cotside-job">{header_html("Video with blurred faces", job)}'
        f"{bar_html(share_done(job), 'the whole video')}"
        f"<small>{escape(' · '.join(facts))}</small>{line}{link}</article>"
    )


def share_done(job: ExportJob) -> float:
    """Return how much of an export is done, 0..1."""
    progress = job.progress or {}
    return 1.0 if job.state == "finished" else progress.get("done_s", 0) / progress.get("all_s", 1)


def _left_s(job: ExportJob, now_us: int) -> float | None:
    share = share_done(job)
    if job.state != "running" or job.started_us is None or not share:
        return None
    took_s = (now_us - job.started_us) / US_PER_S
    return took_s * (1 - share) / share if took_s >= _LEAST_S else None


def _link(job: ExportJob, is_there: bool, keep_days: float) -> str:
    if job.state != "finished":
        return ""
    if not is_there:
        return f'<p class="line">Its file is gone; it is kept for {keep_days:g} days.</p>'
    return f'<a class="small" href="/exported/{job.id}.mp4" target="_blank">Download the video</a>'
