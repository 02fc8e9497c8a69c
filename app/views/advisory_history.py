"""Past advisories as a table, and how many there were per cot and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta, tzinfo

from app.views.advisories import SIGNS, PastRow
from app.views.tables import Columns
from app.views.times import US_PER_S, clock, day_and_clock, local
from app.views.words import duration_words
from db.notices import Stuck


def history_table(rows: Sequence[PastRow], now_us: int, zone: tzinfo) -> Columns:
    """Return advisories as given, one row each."""
    return {
        "Raised": [day_and_clock(row.raised_us, zone) for row in rows],
        "Cot": [row.cot_name for row in rows],
        "Priority": [f"{SIGNS.get(row.priority, '!')} {row.priority}" for row in rows],
        "What": [row.title for row in rows],
        "Why": [row.message for row in rows],
        "Lasted": [_lasted(row, now_us) for row in rows],
        "Seen to": [_seen_to(row) for row in rows],
    }


def _lasted(row: PastRow, now_us: int) -> str:
    if row.ended_us is None:
        return f"{duration_words(max(0, now_us - row.onset_us) / US_PER_S)}, still open"
    return duration_words(max(0, row.ended_us - row.onset_us) / US_PER_S)


def _seen_to(row: PastRow) -> str:
    if row.acknowledged_us is None:
        return "nobody"
    after = duration_words(max(0, row.acknowledged_us - row.raised_us) / US_PER_S)
    note = f" ({row.note})" if row.note else ""
    return f"{row.acknowledged_by} after {after}: {row.acknowledged_for}{note}"


def last_days(now_us: int, zone: tzinfo, days: int) -> list[date]:
    """Return the last days of a zone's calendar, today last."""
    today = local(now_us, zone).date()
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


def load_table(raised: Mapping[str, Iterable[int]], days: Sequence[date], zone: tzinfo) -> Columns:
    """Return how many advisories each cot had a day: ``raised`` are times by the cot's name."""
    counted = {
        name: Counter(local(time_us, zone).date() for time_us in times)
        for name, times in raised.items()
    }
    columns: dict[str, list[object]] = {"Cot": list(counted)}
    for day in days:
        columns[day.strftime("%a %d %b")] = [str(one[day]) for one in counted.values()]
    sums = [sum(one[day] for day in days) for one in counted.values()]
    columns["A day"] = [f"{total / len(days):.1f}" for total in sums]
    return columns


def comparison_line(given: int, now_set: int, newly_set: int, days: int) -> str:
    """Say what a new setting would have changed over the last days."""
    change = newly_set - now_set
    more = f"{abs(change)} {'more' if change > 0 else 'fewer'} than"
    direction = more if change else "as many as"
    return (
        f"Over the last {days} days this setting would have given {newly_set} "
        f"({newly_set / days:.1f} a day), {direction} the one in use, which gives "
        f"{now_set} on the same record. Really given: {given}."
    )


def stuck_line(stuck: Stuck, zone: tzinfo) -> str:
    """Say that nobody is told on a channel at present, and why."""
    since = clock(stuck.since_us, zone)
    return (
        f"Notices by {stuck.channel} do not arrive: {stuck.waiting} waiting since {since}. "
        f"{stuck.error}. They are tried again."
    )
