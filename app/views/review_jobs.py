"""Review jobs as markup: how each stands, how far each of its videos is, how long it will take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from html import escape
from typing import Any
from urllib.parse import quote

from app.views.jobs import bar_html, header_html, timing_words
from app.views.times import US_PER_S, day_and_clock
from app.views.words import sentence
from db.job_schema import ReviewJob

_VERDICTS = {"done": "● done", "incomplete": "◐ incomplete", "failed": "■ failed"}
_INDEX, _OVERLAY = "index.html", "overlay"
# The first seconds say little: the model loads.
_LEAST_S = 5.0


def job_html(job: ReviewJob, now_us: int, zone: tzinfo) -> str:
    """Return one job; every name is escaped."""
    files = _files(job)
    title = str(files[0]["name"]) if len(files) == 1 else f"{len(files)} videos"
    facts = [f"{day_and_clock(job.created_us, zone)[:16]}, {job.by}", *_timing(job, now_us)]
    line = f'<p class="line">{escape(sentence(job.line))}</p>' if job.line else ""
    rows = "".join(_file(job, file) for file in files)
    return (
        f'<article class="cotside-job">{header_html(title, job)}'
        f"{bar_html(_share(*_frames(files)), 'all videos')}"
        f"<small>{escape(' · '.join(facts))}</small>{line}<ul>{rows}</ul>{_links(job)}</article>"
    )


def time_left_s(job: ReviewJob, now_us: int) -> float | None:
    """Return how long a running job will take, None while nobody can tell.

    What was done before it was last begun is not counted as its speed.
    """
    n_done, n_all = _frames(_files(job))
    fresh = n_done - int((job.progress or {}).get("done_before", 0))
    if job.state != "running" or job.started_us is None or fresh <= 0 or not n_all:
        return None
    took_s = (now_us - job.started_us) / US_PER_S
    return (n_all - n_done) * took_s / fresh if took_s >= _LEAST_S else None


def _files(job: ReviewJob) -> list[Mapping[str, Any]]:
    told = (job.progress or {}).get("files")
    return told or [{"name": video["name"]} for video in job.request["videos"]]


def _frames(files: list[Mapping[str, Any]]) -> tuple[int, int]:
    done = sum(int(file.get("n_done", 0)) for file in files)
    return done, sum(int(file.get("n_frames", 0)) for file in files)


def _timing(job: ReviewJob, now_us: int) -> list[str]:
    n_done, n_all = _frames(_files(job))
    told = [f"{n_done} of {n_all} frames"] if n_all else []
    return told + timing_words(job, now_us, time_left_s(job, now_us))


def _share(n_done: int, n_all: int) -> float:
    return n_done / n_all if n_all else 0.0


def _file(job: ReviewJob, file: Mapping[str, Any]) -> str:
    name, recording = escape(str(file["name"])), file.get("recording")
    verdict = str(file.get("verdict", ""))
    shown = (
        f'<a href="/review?recording={int(recording)}" target="_self">{name}</a>'
        if recording is not None
        else f"<span>{name}</span>"
    )
    if verdict:
        told = _VERDICTS.get(verdict, verdict)
        line = str(file.get("line", ""))
        said = f"<em>{escape(told)}</em>" + (f"<p>{escape(sentence(line))}</p>" if line else "")
        return f"<li>{shown}{said}{_overlay(job, file)}</li>"
    n_done, n_all = int(file.get("n_done", 0)), int(file.get("n_frames", 0))
    if job.state != "running" or not n_all:
        return f"<li>{shown}</li>"
    return (
        f"<li>{shown}<em>{round(100 * n_done / n_all)} %</em>{bar_html(n_done / n_all, name)}</li>"
    )


def _overlay(job: ReviewJob, file: Mapping[str, Any]) -> str:
    if not job.request["overlay"] or not file.get("folder") or file.get("verdict") == "failed":
        return ""
    folder = quote(str(file["folder"]))
    return (
        f'<a class="small" href="/reviewed/{job.id}/videos/{folder}/{_OVERLAY}.mp4" '
        'target="_blank">overlay video</a>'
    )


def _links(job: ReviewJob) -> str:
    if job.state != "finished":
        return ""
    return (
        f'<a class="small" href="/reviewed/{job.id}/{_INDEX}" target="_blank">'
        "Report with tables and overlays</a>"
    )
