"""The lines that stand above every page."""

from __future__ import annotations

from datetime import tzinfo
from html import escape

from app.views.times import clock, local, zone_name
from pipeline.live import MonitorStatus

RESEARCH_LINE = "Research use only. Not a medical device, not an alarm."


def research_html(zone: tzinfo) -> str:
    """Return the line above every page: the research use, and the zone of all its times."""
    times = f"Times are {zone_name(zone)}."
    return (
        f'<p class="cotside-research" role="note"><strong>{escape(RESEARCH_LINE)}</strong> '
        f"{escape(times)}</p>"
    )


def not_monitoring_html(since_us: int | None, now_us: int, zone: tzinfo, why: str = "") -> str:
    """Return the banner shown while nothing is monitored, as markup.

    ``since_us``: when a monitor last showed a sign of life, or None when none ever has.
    """
    title = "NOT MONITORING YET"
    if since_us is not None:
        is_today = local(since_us, zone).date() == local(now_us, zone).date()
        day = "" if is_today else local(since_us, zone).strftime("%d %B ")
        title = f"NOT MONITORING since {day}{clock(since_us, zone)}"
    note = "No camera is being read and nothing is being recorded. What you see below is not live."
    reason = f"<span>{escape(why)}</span>" if why else ""
    return (
        f'<div class="cotside-dead" role="alert"><strong>{escape(title)}</strong>'
        f"<span>{escape(note)}</span>{reason}</div>"
    )


def trouble_html(status: MonitorStatus) -> str:
    """Return the banner shown while the monitor is in trouble, as markup; else nothing."""
    if not status.monitoring or (status.writer in ("", "ok") and not status.trouble):
        return ""
    title = "TROUBLE" if status.writer in ("", "ok") else "NOT STORING. The live view goes on."
    lines = "".join(f"<span>{escape(line)}</span>" for line in status.trouble)
    return f'<div class="cotside-warn" role="alert"><strong>{escape(title)}</strong>{lines}</div>'
