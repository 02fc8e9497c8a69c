"""Times as people read them: the stored µs of UTC in a named zone, which is always said."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

US_PER_S = 1_000_000
US_PER_MINUTE = 60 * US_PER_S


def zone_of(name: str | None) -> tzinfo:
    """Return the zone of that name, or UTC when the name is unknown."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def zone_name(zone: tzinfo) -> str:
    """Return the name under which a zone is shown."""
    return str(getattr(zone, "key", None) or "UTC")


def local(time_us: int, zone: tzinfo) -> datetime:
    """Return a stored time in a zone."""
    return datetime.fromtimestamp(time_us / US_PER_S, UTC).astimezone(zone)


def clock(time_us: int, zone: tzinfo) -> str:
    """Return hours and minutes."""
    return local(time_us, zone).strftime("%H:%M")


def clock_s(time_us: int, zone: tzinfo) -> str:
    """Return hours, minutes and seconds."""
    return local(time_us, zone).strftime("%H:%M:%S")


def day_and_clock(time_us: int, zone: tzinfo) -> str:
    """Return the day and the time, for lists that span days."""
    return local(time_us, zone).strftime("%Y-%m-%d %H:%M:%S")
