"""The list of reviewed videos, as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from html import escape
from typing import Any

from app.views.times import day_and_clock
from app.views.words import duration_words, sentence
from db.schema import Recording, ReviewedFile

_VERDICTS = {
    "open": ("idle", "◌", "Under way"),
    "done": ("good", "●", "Done"),
    "incomplete": ("attention", "◐", "Incomplete"),
    "failed": ("trouble", "■", "Failed"),
}


def films_html(films: Sequence[tuple[ReviewedFile, Recording]], zone: tzinfo) -> str:
    """Return the reviewed videos, as given, each with its way to the player."""
    return f'<ul class="cotside-films">{"".join(_film(*film, zone) for film in films)}</ul>'


def _film(file: ReviewedFile, recording: Recording, zone: tzinfo) -> str:
    level, sign, word = _VERDICTS.get(file.verdict, _VERDICTS["failed"])
    verdict = f'<span aria-hidden="true">{sign}</span> {word}'
    name = escape(recording.name or f"Recording {recording.id}")
    facts = [f"recorded {day_and_clock(recording.started_us, zone)[:16]}", *_facts(file.summary)]
    line = f"<p>{escape(sentence(file.line))}</p>" if file.line else ""
    return (
        f'<li><a href="/review?recording={recording.id}" target="_self">{name}</a>'
        f'<span class="cotside-verdict {level}">{verdict}</span>'
        f"<small>{escape(' · '.join(facts))}</small>{line}</li>"
    )


def _facts(summary: Mapping[str, Any] | None) -> list[str]:
    if not summary:
        return []
    motion = summary["quantity_of_motion"]["mean"]
    moved = "movement not assessable" if motion is None else f"movement {motion:.2f} trunk/s"
    return [
        str(summary["model"]),
        duration_words(summary["duration_s"]),
        f"coverage {100 * summary['coverage']:.0f} %",
        moved,
    ]
