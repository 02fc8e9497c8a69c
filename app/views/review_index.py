"""The index of a review: one file that holds all it shows, and opens without a server."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from app.theme import PALETTE
from app.views.banner import RESEARCH_LINE
from app.views.words import sentence
from db.folders import CSV_FILE, OVERLAY_FILE, PARQUET_FILE, SUMMARY_FILE, THUMBNAIL_FILE
from pipeline.review.film import Outcome
from pipeline.review.folder import VIDEOS_FOLDER

_STYLE = Path(__file__).with_name("review_index.css").read_text(encoding="utf-8")
_VERDICTS = {
    "done": ("good", "●", "Done"),
    "incomplete": ("attention", "◐", "Incomplete"),
    "failed": ("trouble", "■", "Failed"),
}
_LINKS = {
    OVERLAY_FILE: "Overlay video",
    CSV_FILE: "Table (CSV)",
    PARQUET_FILE: "Table (Parquet)",
    SUMMARY_FILE: "Summary (JSON)",
}
_STRIP_WIDTH, _STRIP_HEIGHT = 960, 46
_HATCH = (
    '<svg class="defs" width="0" height="0" aria-hidden="true"><pattern id="hatch" width="7" '
    'height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="2" height="7" class="hatch"/></pattern></svg>'
)
_LEAST_FULL_SCALE = 0.5


Earlier = Mapping[str, Sequence[Mapping[str, Any]]]


def index_html(
    out: Path, outcomes: Sequence[Outcome], earlier: Earlier = MappingProxyType({})
) -> str:
    """Return the page for a review's folder; thumbnails are read from it and laid into the page.

    ``earlier``: a video's fingerprint → the summaries of its reviews before this one, oldest first.
    """
    cards = "".join(_card(out, outcome, earlier) for outcome in outcomes)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>Cotside review</title>'
        f"<style>{_colours()}"
        f"{_STYLE}</style></head><body>{_HATCH}<header><h1>Review</h1>"
        f'<p class="research" role="note">{escape(RESEARCH_LINE)}</p>'
        f"<p>{escape(_counts(outcomes))}</p>{_models(outcomes)}</header><main>{cards}</main></body></html>"
    )


def _colours() -> str:
    light = "".join(f"--{name}:{hue.light};" for name, hue in PALETTE.items())
    dark = "".join(f"--{name}:{hue.dark};" for name, hue in PALETTE.items())
    return f":root{{{light}}}@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"


def _counts(outcomes: Sequence[Outcome]) -> str:
    counts = {
        word: sum(o.verdict == verdict for o in outcomes)
        for verdict, (_, _, word) in _VERDICTS.items()
    }
    told = [f"{count} {word.lower()}" for word, count in counts.items() if count]
    return f"{len(outcomes)} video{'s' * (len(outcomes) != 1)}: {', '.join(told)}"


def _models(outcomes: Sequence[Outcome]) -> str:
    names = {str(outcome.summary["model"]) for outcome in outcomes if outcome.summary}
    return f"<p>Model: {escape(', '.join(sorted(names)))}</p>" if names else ""


def _card(out: Path, outcome: Outcome, earlier: Earlier) -> str:
    level, shape, word = _VERDICTS.get(outcome.verdict, _VERDICTS["failed"])
    line = f'<p class="line">{escape(sentence(outcome.line))}</p>' if outcome.line else ""
    summary = outcome.summary
    body = "" if not summary else _body(out, outcome, summary)
    body += beside_html(earlier.get(summary["fingerprint"], ()), summary) if summary else ""
    return (
        f'<article><h2>{escape(outcome.name)}</h2><p class="verdict {level}">'
        f'<span aria-hidden="true">{shape}</span> {word}</p>{line}{body}</article>'
    )


def _body(out: Path, outcome: Outcome, summary: Mapping[str, Any]) -> str:
    folder = f"{VIDEOS_FOLDER}/{quote(outcome.folder)}"
    files = summary.get("files", [])
    links = "".join(
        f'<a href="{folder}/{name}">{escape(words)}</a>'
        for name, words in _LINKS.items()
        if name in files
    )
    video = f"{folder}/{OVERLAY_FILE}" if OVERLAY_FILE in files else None
    return (
        f'<div class="row">{_thumbnail(out / VIDEOS_FOLDER / outcome.folder, video)}'
        f'<div class="facts">{_figures(summary)}</div></div>'
        f"{strip_svg(summary)}{_worst(summary, video)}<nav>{links}</nav>"
        f'<p class="small">{escape(_provenance(summary))}</p>'
    )


def beside_html(earlier: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]) -> str:
    """Return this review beside those of the same video before it; nothing where there are none."""
    if not earlier:
        return ""
    rows = "".join(_beside(f"recording {one['recording']}", one) for one in earlier)
    names = ("Review", "Model", "Coverage", "No infant seen", "Jumps", "Movement")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f"<h3>The same video, reviewed before</h3><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}{_beside('this one', summary)}</tbody></table>"
    )


def _beside(name: str, summary: Mapping[str, Any]) -> str:
    unseen, frames = summary["reasons"].get("no infant seen", 0), max(1, summary["frames"])
    cells = (
        name,
        summary["model"],
        f"{100 * summary['coverage']:.0f} %",
        f"{100 * unseen / frames:.0f} % of the frames",
        str(summary["jumps"]),
        _measure(summary["quantity_of_motion"]["mean"], "trunk/s"),
    )
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"


def _thumbnail(folder: Path, video: str | None) -> str:
    try:
        data = base64.b64encode((folder / THUMBNAIL_FILE).read_bytes()).decode()
    except OSError:
        return ""
    words = "A picture of the video with the pose drawn"
    picture = f'<img alt="{words}" src="data:image/jpeg;base64,{data}">'
    return f'<a class="picture" href="{video}">{picture}</a>' if video else picture


def _figures(summary: Mapping[str, Any]) -> str:
    motion = summary["quantity_of_motion"]
    size = f"{summary['width']}×{summary['height']}"
    rate = f"{summary['fps']:.4g} frames/s" if summary.get("fps") else "no rate"
    figures = [
        ("Movement", _measure(motion["mean"], "trunk lengths/s"), _greatest(motion)),
        ("Coverage", f"{100 * summary['coverage']:.0f} %", "of the video has a measure"),
        (
            "Length",
            clock_words(summary["duration_s"]),
            f"{summary['frames']} frames, {rate}, {size}",
        ),
    ]
    return "".join(
        f"<div><span>{escape(name)}</span><strong>{escape(value)}</strong>"
        f"<small>{escape(note)}</small></div>"
        for name, value, note in figures
    )


def _measure(value: float | None, unit: str) -> str:
    return "not assessable" if value is None else f"{value:.2f} {unit}"


def _greatest(motion: Mapping[str, Any]) -> str:
    if motion["max"] is None:
        return "too little of the video has a measure"
    return f"at most {motion['max']:.2f}; lengths in trunks"


def strip_svg(summary: Mapping[str, Any]) -> str:
    """Return movement over the video as bars; what cannot be assessed is hatched, not empty."""
    strip = summary["strip"]
    values = strip["motion"]
    known = [value for value in values if value is not None]
    scale = max([_LEAST_FULL_SCALE, *known])
    width = _STRIP_WIDTH / max(len(values), 1)
    bars = "".join(_bar(number * width, width, value, scale) for number, value in enumerate(values))
    n_blocked = len(values) - len(known)
    label = f"Movement, {strip['bin_s']:g} s a bar"
    if n_blocked:
        label += f"; hatched: not assessable ({n_blocked} of {len(values)})"
    return (
        f'<figure><svg viewBox="0 0 {_STRIP_WIDTH} {_STRIP_HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">{bars}</svg><figcaption><span>0:00</span>'
        f"<span>{escape(label)}</span><span>{clock_words(summary['duration_s'])}</span>"
        "</figcaption></figure>"
    )


def _bar(x: float, width: float, value: float | None, scale: float) -> str:
    if value is None:
        return (
            f'<rect x="{x:.2f}" y="0" width="{width:.2f}" height="{_STRIP_HEIGHT}" '
            'class="blocked"/>'
        )
    height = max(0.6, _STRIP_HEIGHT * value / scale)
    return (
        f'<rect x="{x:.2f}" y="{_STRIP_HEIGHT - height:.1f}" width="{0.9 * width:.2f}" '
        f'height="{height:.1f}" class="bar"/>'
    )


def _worst(summary: Mapping[str, Any], video: str | None) -> str:
    items = []
    for stretch in summary["worst"]:
        span = f"{clock_words(stretch['from_s'])}–{clock_words(stretch['to_s'])}"
        told = escape(f"{span} {stretch['reason']}")
        link = f'<a href="{video}#t={stretch["from_s"]:g}">{told}</a>' if video else told
        items.append(f"<li>{link}</li>")
    if not items:
        return '<p class="small">Every second of it could be assessed.</p>'
    return f"<h3>Least to be seen</h3><ol>{''.join(items)}</ol>"


def _provenance(summary: Mapping[str, Any]) -> str:
    jumps = summary["jumps"]
    leaps = f"{jumps} frame{'s' * (jumps != 1)} with a keypoint that leapt. " if jumps else ""
    smoothing = f"{sentence(summary['smoothing'])}. " if "smoothing" in summary else ""
    return (
        f"{leaps}{smoothing}Model {summary['model']}, {summary['software']}, movement version "
        f"{summary['movement_version']}, recording {summary['recording']}."
    )


def clock_words(seconds: float) -> str:
    """Return a time of a video: minutes and seconds, hours where there are any."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}:{minutes:02d}:{whole % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"
