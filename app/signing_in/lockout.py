"""How long wrong passwords lock a name: not at all, then twice as long with each further one."""

from __future__ import annotations

from db.times import MINUTE_US

FREE_TRIES = 4
_FIRST_LOCK_US = MINUTE_US // 2
_LONGEST_LOCK_US = 15 * MINUTE_US


def lock_us(wrong_in_a_row: int) -> int:
    """Return for how long a name is locked after so many wrong passwords in a row.

    The fifth locks it for 30 s, and each further one for twice as long, up to 15 minutes: enough to
    make guessing hopeless, little enough that nobody is kept from the ward by a prank for long.
    """
    beyond = wrong_in_a_row - FREE_TRIES
    if beyond <= 0:
        return 0
    return min(_FIRST_LOCK_US << min(beyond - 1, 10), _LONGEST_LOCK_US)
