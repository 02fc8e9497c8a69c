"""Times as Cotside keeps them: integer microseconds since 1970 in UTC, exact, without zones."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

MINUTE_US = 60_000_000
DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST_TRUSTED_US = 1_735_689_600_000_000  # 2025-01-01; Cotside did not exist before


def now_us() -> int:
    """Return the wall clock in integer µs UTC."""
    return time.time_ns() // 1000


def to_us(moment: datetime) -> int:
    """Convert an aware time to integer µs UTC, exactly; raise ``ValueError`` for a naive one."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a time without a zone cannot be stored; give one, for example UTC")
    return (moment - _EPOCH) // _MICROSECOND


def from_us(time_us: int) -> datetime:
    """Convert integer µs UTC to an aware time in UTC, exactly."""
    return _EPOCH + timedelta(microseconds=int(time_us))


def clock_is_suspect(time_us: int) -> bool:
    """Tell whether a wall clock so early was never set (1970 after a dead battery, say)."""
    return time_us < _EARLIEST_TRUSTED_US
