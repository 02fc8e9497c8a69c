"""Things that begin and end, told as events: one row opened at the start, closed at the end."""

from __future__ import annotations

from collections.abc import Callable

from db.schema import Event


class SpellBook:
    """The open spells of one cot (or of the monitor itself, ``cot_id`` None).

    A spell opens once its cause has lasted ``onset_s`` and closes once it has been away for
    ``release_s``, so that flicker makes no events.
    """

    def __init__(self, put: Callable[[Event], None], cot_id: int | None) -> None:
        self._put = put
        self._cot_id = cot_id
        self._since_ns: dict[str, int] = {}
        self._away_ns: dict[str, int] = {}
        self._open: dict[str, Event] = {}

    def update(
        self,
        kind: str,
        active: bool,
        message: str,
        *,
        now_us: int,
        now_ns: int,
        onset_s: float = 0.0,
        release_s: float = 0.0,
        severity: str = "medium",
    ) -> None:
        """Say whether a cause is there now; ``now_us`` is UTC, ``now_ns`` the monotonic clock."""
        if active:
            self._away_ns.pop(kind, None)
            since_ns = self._since_ns.setdefault(kind, now_ns)
            if kind not in self._open and now_ns - since_ns >= onset_s * 1e9:
                began_us = now_us - (now_ns - since_ns) // 1000
                self._begin(kind, message, began_us, severity)
            return
        self._since_ns.pop(kind, None)
        if kind in self._open:
            away_ns = self._away_ns.setdefault(kind, now_ns)
            if now_ns - away_ns >= release_s * 1e9:
                self._end(kind, now_us - (now_ns - away_ns) // 1000)

    def tell(self, kind: str, message: str, now_us: int, severity: str = "info") -> None:
        """Tell a moment: an event that begins and ends at once."""
        self._put(self._event(kind, message, now_us, severity, end_us=now_us))

    def close(self, now_us: int) -> None:
        """End all open spells."""
        for kind in list(self._open):
            self._end(kind, now_us)

    def _begin(self, kind: str, message: str, began_us: int, severity: str) -> None:
        event = self._open[kind] = self._event(kind, message, began_us, severity, end_us=None)
        self._put(event)

    def _end(self, kind: str, end_us: int) -> None:
        event = self._open.pop(kind)
        self._away_ns.pop(kind, None)
        event.end_us = max(end_us, event.time_us)
        self._put(event)

    def _event(
        self, kind: str, message: str, time_us: int, severity: str, end_us: int | None
    ) -> Event:
        return Event(
            cot_id=self._cot_id,
            kind=kind,
            message=message[:1000],
            time_us=time_us,
            end_us=end_us,
            severity=severity,
        )
