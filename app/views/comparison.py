"""A candidate beside the model in use as markup: each difference with its interval, as a drawing.

What is better is a filled circle right of the middle, what is worse a triangle left of it, what
shows no difference a hollow ring; each says so in words too. What cannot be assessed is hatched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from app.views.words import sentence
from pipeline.models.comparison import Comparison, Difference, Part

_WORDS = {
    "better": "better",
    "worse": "worse",
    "no difference shown": "no difference shown",
    "nothing to compare": "not assessable",
}
_MEASURES = {
    "PCK@0.1": "Within 0.1 trunk",
    "PCK@0.2": "Within 0.2 trunk",
    "AUC@0.2": "Area under the curve up to 0.2",
}
_MARKS = {"better": "●", "worse": "▼", "no difference shown": "○", "nothing to compare": "○"}
# Half the width of the drawings, in points, at least.
_LEAST_REACH = 0.05
Row = tuple[str, Difference]


def comparison_html(found: Comparison) -> str:
    """Return the whole comparison; every name is escaped."""
    return (
        '<div class="cotside-compared">'
        f"<p><strong>{escape(found.candidate)}</strong> beside "
        f"<strong>{escape(found.in_use)}</strong>, on the same pictures. Lines are 95 % intervals "
        "over infants drawn anew.</p>"
        f"{_part('Infants that neither has learned from', found.images, _NOBODY)}"
        f"{_part('What must not be forgotten', found.old, _NOTHING_OLD)}</div>"
    )


_NOBODY = (
    "No labelled infant was left to compare on: all labels are of infants that the candidate "
    "learned from. Label pictures of another infant."
)
_NOTHING_OLD = "There was nothing old to compare on."


def _part(title: str, part: Part | None, otherwise: str) -> str:
    head = f"<h4>{escape(title)}</h4>"
    if part is None:
        return f'<section>{head}<p class="blind">Not assessable. {escape(otherwise)}</p></section>'
    count = f"{part.pictures} pictures of {part.infants_or_sources} infants or sources"
    if part.infants_or_sources == 1:
        count += ": of one alone no interval can be given, and nothing be said of others"
    overall = [(words, part.overall[n]) for n, words in _MEASURES.items() if n in part.overall]
    joints = [(name.replace("_", " "), one) for name, one in part.joints.items()]
    strata = [row for row in part.by_stratum("PCK@0.2") if row[0] != "all"]
    return (
        f"<section>{head}<p><small>{count}</small></p>{_rows('Overall', overall)}"
        f"{_folded('Each joint, within 0.1 trunk', joints)}"
        f"{_folded('Each stratum, within 0.2 trunk', strata)}</section>"
    )


def _folded(title: str, rows: list[Row]) -> str:
    if not rows:
        return ""
    counts = {word: sum(one.verdict == word for _, one in rows) for word in ("better", "worse")}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    said = f" <small>{told or 'no difference shown'}</small>"
    summary = f"<summary>{escape(title)}{said}</summary>"
    return f"<details>{summary}{_rows(title, rows)}</details>"


def _rows(title: str, rows: list[Row]) -> str:
    reach = reach_of(one for _, one in rows)
    body = "".join(_row(name, one, reach) for name, one in rows)
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("", "In use", "Candidate", f"Difference, ± {100 * reach:.0f} points", "")
    )
    return (
        f'<table aria-label="{escape(title)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def reach_of(differences: Iterable[Difference]) -> float:
    """Return what half the width of a drawing stands for, so that every interval fits into it."""
    ends = [abs(end) for one in differences for end in (one.low, one.high) if end is not None]
    return math.ceil(20 * max([_LEAST_REACH, *ends])) / 20


def _row(name: str, one: Difference, reach: float) -> str:
    words = _WORDS[one.verdict]
    change = "" if one.difference is None else f"{100 * one.difference:+.1f}, "
    return (
        f'<tr class="{escape(words.replace(" ", "-"))}"><th scope="row">{escape(sentence(name))}'
        f"</th><td>{_percent(one.in_use)}</td><td>{_percent(one.candidate)}</td>"
        f"<td>{_drawing(one, reach)}</td><td>{change}{words}</td></tr>"
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _drawing(one: Difference, reach: float) -> str:
    """Return the interval and its middle on a line from −reach to +reach."""
    if one.difference is None or one.low is None or one.high is None:
        return '<div class="line blind"></div>'
    low, middle, high = (50 + 50 * end / reach for end in (one.low, one.difference, one.high))
    return (
        f'<div class="line" aria-hidden="true"><i style="left:{low:.1f}%;width:{high - low:.1f}%">'
        f'</i><b style="left:{middle:.1f}%">{_MARKS[one.verdict]}</b></div>'
    )
