"""What a report says, before it is placed on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from importlib.metadata import version
from typing import Any

from app import following
from app.following import Followed
from app.views.banner import RESEARCH_LINE
from app.views.marks import NOTE_KIND
from app.views.own_days import days_seen
from app.views.strips import trends_chart
from app.views.summary import coverage_line, summarise, summary_figures
from app.views.system import Figure
from app.views.times import US_PER_MINUTE, Tick, clock, day_and_clock, ticks, weekday, zone_name
from app.views.trends import Trends
from app.views.words import duration_words, sentence
from db.schema import Event, Model
from db.store import Store
from pipeline.movement import MOVEMENT_VERSION

_HOUR_US = 60 * US_PER_MINUTE
_DAY_US = 24 * _HOUR_US
LONGEST_US = 31 * _DAY_US
# As many as leave the second page whole beside a table of hours, or of days.
_MOST_EVENTS = {False: 12, True: 24}
_MOST_ROWS = 26
# Notes weigh as much as what is urgent: somebody wrote them.
_WEIGHTS = {"high": 0, "medium": 1, "low": 2}
_MOST_LETTERS = 90
TABLE_HEADS = ("", "Assessable", "Movement", "Still", "Moving", "Posture")


@dataclass(frozen=True, slots=True)
class Report:
    """A report, as words and one drawing's data; nothing in it is markup."""

    title: str
    banner: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    chart: dict[str, Any]
    caption: str
    rows: tuple[tuple[str, ...], ...]
    reasons: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, str], ...]
    method: tuple[str, ...]
    foot: str


def gather(
    store: Store,
    followed: Followed,
    cot_names: dict[int, str],
    span_us: tuple[int, int],
    zone: tzinfo,
    made_us: int,
) -> Report:
    """Gather the report of an infant (or of a cot where nobody is known) over a span."""
    trends = following.trends(store, followed, *span_us)
    own = following.own_usual(store, followed, span_us, zone)
    marks = following.marks(store, followed, span_us, cot_names)
    usual = ""
    if own:
        usual = f" Grey band: own quartiles at the same hour, {days_seen(own)} of the 7 before."
    return Report(
        title="Movement report",
        banner=RESEARCH_LINE,
        facts=_facts(followed, cot_names, span_us, zone, made_us),
        figures=tuple(summary_figures(summarise(trends, span_us))),
        chart=trends_chart(trends, span_us, zone, own=own, marks=marks),
        caption="Movement in trunk lengths per second; light: the highest minute. Hatched: not "
        "assessable, never zero. Empty: nothing was recorded." + usual,
        rows=_rows(trends, span_us, zone),
        reasons=tuple(
            (sentence(reason), duration_words(minutes * 60))
            for reason, minutes in summarise(trends, span_us).reasons.items()
        )[:8],
        events=_events(store, followed, span_us, zone),
        method=_method(store, followed, trends, span_us),
        foot=f"Cotside {version('cotside')}. {RESEARCH_LINE}",
    )


def subject_of(followed: Followed) -> str:
    """Return whom a report is of, as the audit trail names them: the infant where it is known."""
    infant = followed.infant
    return f"cot/{followed.stays[0].cot_id}" if infant is None else f"infant/{infant.id}"


def _facts(
    followed: Followed,
    cot_names: dict[int, str],
    span_us: tuple[int, int],
    zone: tzinfo,
    made_us: int,
) -> tuple[tuple[str, str], ...]:
    stays = followed.within(*span_us)
    cots = list(dict.fromkeys(cot_names.get(stay.cot_id, "removed") for stay in stays))
    facts = [("Infant", "not known")]
    if followed.infant is not None:
        facts = [("Infant", followed.infant.pseudonym)]
        age_days = followed.infant.gestational_age_days
        if age_days is not None:
            facts.append(("Gestational age at birth", f"{age_days // 7} + {age_days % 7} weeks"))
    span = " to ".join(f"{weekday(at, zone)}, {clock(at, zone)}" for at in span_us)
    return (
        *facts,
        ("Cot" if len(cots) == 1 else "Cots", ", ".join(cots) or "none"),
        ("Span", f"{span} ({zone_name(zone)})"),
        ("Made", day_and_clock(made_us, zone)),
    )


def _rows(trends: Trends, span_us: tuple[int, int], zone: tzinfo) -> tuple[tuple[str, ...], ...]:
    """Return one row an hour, or a day for more than 26 hours."""
    by_day = _is_by_day(span_us)
    wanted = 1 if by_day else (span_us[1] - span_us[0]) // _HOUR_US
    edges = [tick for tick in ticks(span_us, zone, max(1, wanted)) if tick.is_day or not by_day]
    edges = [Tick(span_us[0], ""), *(one for one in edges if span_us[0] < one.at_us < span_us[1])]
    stops = [*(edge.at_us for edge in edges[1:]), span_us[1]]
    return tuple(
        _row(trends, (edge.at_us, stop), zone, by_day=by_day)
        for edge, stop in zip(edges, stops, strict=True)
    )


def _is_by_day(span_us: tuple[int, int]) -> bool:
    return span_us[1] - span_us[0] > _MOST_ROWS * _HOUR_US


def _row(
    trends: Trends, span_us: tuple[int, int], zone: tzinfo, *, by_day: bool
) -> tuple[str, ...]:
    part = trends.between(*span_us)
    named = {one.label: one.value for one in summary_figures(summarise(part, span_us))}
    values = [named.get(head, "") for head in TABLE_HEADS[1:]]
    when = weekday(span_us[0], zone) if by_day else ""
    if not by_day or span_us[1] - span_us[0] < 23 * _HOUR_US:
        hours = f"{clock(span_us[0], zone)} to {clock(span_us[1], zone)}"
        when = f"{when} {hours}".strip()
    shown = ["–" if value == "Not assessable" else value for value in values]
    if not len(part):
        shown = ["not recorded", *[""] * (len(values) - 1)]
    return (when, *shown)


def _events(
    store: Store, followed: Followed, span_us: tuple[int, int], zone: tzinfo
) -> tuple[tuple[str, str], ...]:
    """Return what happened in the order of time; where it is too much, what weighs most."""
    most = _MOST_EVENTS[_is_by_day(span_us)]
    events = following.events(store, followed, *span_us)
    chosen = sorted(events, key=lambda one: (_weight(one), -one.time_us))[:most]
    told = [
        (
            f"{weekday(event.time_us, zone)} {clock(event.time_us, zone)}",
            _cut(f"{sentence(event.kind.replace('_', ' '))}: {event.message}"),
        )
        for event in sorted(chosen, key=lambda one: one.time_us)
    ]
    left = len(events) - len(chosen)
    return (*told, ("", f"and {left} of less weight")) if left else tuple(told)


def _weight(event: Event) -> int:
    return 0 if event.kind == NOTE_KIND else _WEIGHTS.get(event.severity, 3)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def _method(
    store: Store, followed: Followed, trends: Trends, span_us: tuple[int, int]
) -> tuple[str, ...]:
    stays = followed.within(*span_us)
    versions: set[int] = set()
    models: dict[int, Model] = {}
    for stay in stays:
        versions.update(store.rollup_versions(stay.cot_id, stay.from_us, stay.to_us))
        found = store.models_used(stay.cot_id, stay.from_us, stay.to_us)
        models |= {model.id: model for model in found}
    cutoffs = summarise(trends, span_us).cutoffs_hz
    return (
        "Quantity of motion: mean speed of 13 body points, in trunk lengths per second, by minute; "
        f"figures are medians of minutes. {coverage_line()} What is not assessable is left out, "
        "never counted as zero; coverage stands beside every figure.",
        f"Filter: zero-phase Butterworth, order 4, {_listed([f'{hz:g}' for hz in cutoffs])} Hz. "
        f"Measures: version {_listed([str(one) for one in sorted(versions)])} "
        f"(this program computes version {MOVEMENT_VERSION}).",
        f"Keypoints: {_listed([_model_words(model) for model in models.values()])}.",
        "Posture and state are derived from keypoints alone. None of this is an assessment of "
        "general or fidgety movements, and none of it replaces looking at the infant.",
    )


def _model_words(model: Model) -> str:
    return f"{model.name} {model.version} ({model.sha256[:12]})"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none stored"
