"""Open advisories as markup: a badge for a tile, a strip for a page.

Drawn by the bedside convention (high: red, flashing; medium: yellow, flashing; low: cyan, steady),
and by a sign and a word as well as by colour. What is acknowledged is steady and hollow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from typing import Any

from app.views.times import US_PER_S, clock, local
from app.views.words import duration_words

# As on a monitor at the bedside: the more marks, the more urgent.
SIGNS = {"high": "!!!", "medium": "!!", "low": "!"}
_RANK = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class AdvisoryRow:
    """One open advisory, as pages show it; ``cot_id`` None is the ward.

    ``is_gone``: the cause has gone, it waits to be acknowledged. ``is_current``: its keeper still
    looks; if not, nobody knows whether it still holds. ``paused_until_us``: its cot is paused.
    """

    key: str
    cot_id: int | None
    cot_name: str
    kind: str
    title: str
    family: str
    priority: str
    message: str
    onset_us: int
    raised_us: int
    announcements: int
    is_gone: bool
    is_current: bool
    acknowledged_us: int | None = None
    acknowledged_by: str = ""
    acknowledged_for: str = ""
    paused_until_us: int | None = None

    @property
    def is_acknowledged(self) -> bool:
        """Tell whether somebody has seen to it since it was last announced."""
        return self.acknowledged_us is not None

    @property
    def is_calm(self) -> bool:
        """Tell whether it should be drawn steady: seen to, over, or held back."""
        return self.is_acknowledged or self.is_gone or self.paused_until_us is not None


@dataclass(frozen=True, slots=True)
class PastRow:
    """One advisory of the history; ``ended_us``: when its cause went, None while it is open."""

    cot_id: int | None
    cot_name: str
    kind: str
    title: str
    priority: str
    message: str
    onset_us: int
    raised_us: int
    ended_us: int | None
    announcements: int
    acknowledged_us: int | None
    acknowledged_by: str
    acknowledged_for: str
    note: str


def by_need(rows: Sequence[AdvisoryRow]) -> list[AdvisoryRow]:
    """Return them in the order of need: not seen to first, then urgent, then the oldest."""
    return sorted(rows, key=lambda row: (row.is_calm, _RANK.get(row.priority, 3), row.raised_us))


def by_cot(rows: Sequence[AdvisoryRow]) -> dict[int | None, list[AdvisoryRow]]:
    """Return each cot's advisories (None: the ward's) in the order of need."""
    found: dict[int | None, list[AdvisoryRow]] = {}
    for row in by_need(rows):
        found.setdefault(row.cot_id, []).append(row)
    return found


def badge(rows: Sequence[AdvisoryRow]) -> dict[str, Any] | None:
    """Return what a cot's tile shows of its advisories: the first in need, and how many more.

    Keys: ``level`` (high, medium, low), ``sign``, ``text``, ``more``, ``calm``, ``label`` (for a
    screen reader). None without any.
    """
    if not rows:
        return None
    first, more = by_need(rows)[0], len(rows) - 1
    others = f", and {more} more" if more else ""
    return {
        "level": first.priority,
        "sign": SIGNS.get(first.priority, "!"),
        "text": first.title,
        "more": more,
        "calm": first.is_calm,
        "label": f"Advisory, {first.priority} priority: {first.title}{others}",
    }


def badge_html(rows: Sequence[AdvisoryRow]) -> str:
    """Return the badge as markup, nothing without advisories."""
    shown = badge(rows)
    if shown is None:
        return ""
    more = f" +{shown['more']}" if shown["more"] else ""
    return (
        f'<span class="{_classes(str(shown["level"]), bool(shown["calm"]))} cotside-badge" '
        f'role="img" aria-label="{escape(shown["label"])}">'
        f'<b class="cotside-sign">{shown["sign"]}</b> {escape(shown["text"])}{more}</span>'
    )


def strip_html(rows: Sequence[AdvisoryRow], now_us: int, zone: tzinfo) -> str:
    """Return advisories as a list under one another, nothing without any."""
    if not rows:
        return ""
    items = "".join(f"<li>{card_html(row, now_us, zone)}</li>" for row in by_need(rows))
    return f'<ul class="cotside-advisories" aria-label="Open advisories">{items}</ul>'


def card_html(row: AdvisoryRow, now_us: int, zone: tzinfo) -> str:
    """Return one advisory as markup: sign, priority in words, what, where, since when."""
    where = f"{row.cot_name}: " if row.cot_name else ""
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in _facts(row, now_us, zone))
    return (
        f'<div class="{_classes(row.priority, row.is_calm)} cotside-advisory">'
        f'<b class="cotside-sign" aria-hidden="true">{SIGNS.get(row.priority, "!")}</b>'
        f"<div><strong>{escape(where + row.title)}</strong>"
        f"<small>{escape(row.priority)} priority, {escape(row.family)}</small>{facts}</div></div>"
    )


def _facts(row: AdvisoryRow, now_us: int, zone: tzinfo) -> list[str]:
    lasts = duration_words(max(0, now_us - row.onset_us) / US_PER_S)
    facts = [row.message] if row.message else []
    facts.append(f"since {_moment(row.onset_us, now_us, zone)} ({lasts})")
    if row.announcements > 1:
        facts.append(f"told {row.announcements} times")
    if row.is_gone:
        facts.append("the cause has gone; it waits to be acknowledged")
    elif not row.is_current:
        facts.append("not known whether it still holds: nothing is monitored")
    if row.acknowledged_us is not None:
        at = _moment(row.acknowledged_us, now_us, zone)
        facts.append(f"acknowledged {at} by {row.acknowledged_by}: {row.acknowledged_for}")
    if row.paused_until_us is not None:
        facts.append(f"advisories of this cot are paused until {clock(row.paused_until_us, zone)}")
    return facts


def _moment(time_us: int, now_us: int, zone: tzinfo) -> str:
    moment = local(time_us, zone)
    is_today = moment.date() == local(now_us, zone).date()
    return moment.strftime("%H:%M" if is_today else "%d %B %H:%M")


def _classes(priority: str, is_calm: bool) -> str:
    level = priority if priority in SIGNS else "low"
    return f"cotside-level-{level}{' cotside-calm' if is_calm else ''}"


def counts(rows: Sequence[AdvisoryRow]) -> dict[str, int]:
    """Return how many are open and not seen to, by priority, the most urgent first."""
    return {word: sum(row.priority == word and not row.is_calm for row in rows) for word in SIGNS}


def counts_line(rows: Sequence[AdvisoryRow]) -> str:
    """Return how many are open and not seen to, by priority, as markup."""
    parts = [
        f'<span class="cotside-level-{word} cotside-calm cotside-badge">'
        f'<b class="cotside-sign">{SIGNS[word]}</b> {count} {word}</span>'
        for word, count in counts(rows).items()
    ]
    seen_to = sum(row.is_calm for row in rows)
    return f'<p class="cotside-counts">{"".join(parts)}<span>{seen_to} seen to or over</span></p>'
