"""Tables of events, segments and the monitor's figures, as columns of plain text and as markup."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from html import escape

from app.views.times import US_PER_S, day_and_clock
from app.views.words import GRADE_WORDS, duration_words, flag_words, sentence
from db.schema import Event, Recording, Segment
from pipeline.live import CotStatus, MonitorStatus

_SEVERITY_SIGNS = {"high": "▲ high", "medium": "◆ medium", "low": "● low", "info": "○ info"}


# A table: its columns by their headings, all of the same length.
Columns = Mapping[str, Sequence[object]]


def columns_of(rows: Sequence[Sequence[object]], headings: Sequence[str]) -> Columns:
    """Return rows as columns."""
    return {heading: [row[at] for row in rows] for at, heading in enumerate(headings)}


def table_html(table: Columns, *, whole: bool = False) -> str:
    """Return a table as markup: light, wrapping on narrow screens, every cell escaped.

    ``whole``: however long it is; else it scrolls within itself.
    """
    heads = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table)
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td data-label="{escape(str(name))}">{escape(_cell(value))}</td>'
            for name, value in zip(table, row, strict=True)
        )
        + "</tr>"
        for row in zip(*table.values(), strict=True)
    )
    return (
        f'<div class="cotside-table{" is-whole" if whole else ""}" tabindex="0"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def events_table(events: Sequence[Event], cot_names: Mapping[int, str], zone: tzinfo) -> Columns:
    """Return events, newest first as given, one row each."""
    return {
        "Time": [day_and_clock(event.time_us, zone) for event in events],
        "Cot": [_cot_name(event, cot_names) for event in events],
        "Weight": [_SEVERITY_SIGNS.get(event.severity, event.severity) for event in events],
        "What": [sentence(event.kind.replace("_", " ")) for event in events],
        "Message": [event.message for event in events],
    }


def segments_table(segments: Sequence[Segment], now_us: int, zone: tzinfo) -> Columns:
    """Return segments, newest first, one row each; an open one lasts until now."""
    newest_first = list(reversed(segments))
    return {
        "From": [day_and_clock(one.started_us, zone) for one in newest_first],
        "Lasts": [_lasts(one, now_us) for one in newest_first],
        "Picture": [f"{one.width} × {one.height}" for one in newest_first],
        "Frames/s": [round(one.fps, 1) if one.fps else None for one in newest_first],
        "Began by": [one.reason for one in newest_first],
    }


def recordings_table(recordings: Sequence[Recording], now_us: int, zone: tzinfo) -> Columns:
    """Return recordings as given, one row each, with how each ended."""
    return {
        "From": [day_and_clock(one.started_us, zone) for one in recordings],
        "Lasts": [_lasts(one, now_us) for one in recordings],
        "End": [_end_words(one) for one in recordings],
    }


def cots_table(status: MonitorStatus) -> Columns:
    """Return the monitor's figures, one row per cot."""
    cots = list(status.cots.values())
    return {
        "Cot": [cot.name for cot in cots],
        "State": [_state_words(cot) for cot in cots],
        "Stream": [GRADE_WORDS.get(cot.grade, cot.grade) for cot in cots],
        "Decoded as, by": [cot.decoder or "–" for cot in cots],
        "Camera frames/s": [round(cot.fps, 1) for cot in cots],
        "Pose frames/s": [round(cot.pose_fps, 1) for cot in cots],
        "Dropped": [cot.dropped for cot in cots],
        "Bad times": [cot.bad_times for cot in cots],
        "Lag p50 (ms)": [_rounded(cot.lag_ms_p50) for cot in cots],
        "Lag p95 (ms)": [_rounded(cot.lag_ms_p95) for cot in cots],
        "Reconnects/h": [round(cot.reconnects_per_h, 1) for cot in cots],
        "Stalls/h": [round(cot.stalls_per_h, 1) for cot in cots],
        "Frame age (s)": [
            None if cot.frame_age_s is None else round(cot.frame_age_s, 1) for cot in cots
        ],
    }


def _cot_name(event: Event, cot_names: Mapping[int, str]) -> str:
    return "" if event.cot_id is None else cot_names.get(event.cot_id, f"removed ({event.cot_id})")


def _lasts(one: Segment | Recording, now_us: int) -> str:
    end_us = one.ended_us if one.ended_us is not None else now_us
    open_sign = "" if one.ended_us is not None else ", still open"
    return duration_words(max(0, end_us - one.started_us) / US_PER_S) + open_sign


def _end_words(recording: Recording) -> str:
    if recording.clean_end is None:
        return "still open"
    words = "orderly" if recording.clean_end else "cut off"
    return f"{words}, clock doubtful" if recording.clock_suspect else words


def _state_words(cot: CotStatus) -> str:
    flags = flag_words(cot.flags)
    return ", ".join(part for part in (cot.state, cot.line, flags) if part)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)
