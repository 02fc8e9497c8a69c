"""What there is to do in one video, found out without decoding it: its pictures and its parts.

A video is worked on in parts of about a minute, each beginning at a key picture. A part depends
on the file and on nothing else, so parts may run side by side, again, or after an interruption,
and always give the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from db.times import clock_is_suspect, now_us, to_us
from pipeline.errors import Unreadable
from pipeline.review.finding import breaks_off
from pipeline.sources.base import SourceSpec, StreamInfo
from pipeline.sources.file import FileSource, PacketMark

PART_US = 60_000_000
_HASHED_BYTES = 4_000_000
# An index rounds; a container's length may be that of its sound.
_FORGIVEN_STEPS = 1.5
_FORGIVEN_SHARE, _FORGIVEN_S = 0.02, 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch ``start_us <= time < end_us`` of a video's own clock.

    ``n_coded``: coded pictures in it. ``has_times`` False: the video gives no times, or times that
    cannot be sought by; the one part is then all of it, read from its beginning.
    """

    number: int
    start_us: int
    end_us: int
    n_coded: int
    has_times: bool = True


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """One video as it was found.

    ``fingerprint``: SHA-256 of its size, its first and its last 4 MB. ``n_expected``: pictures
    that its own index promises or that are there, whichever is more; one more where it breaks off.
    ``started_us``: UTC of its first picture, by ``time_from``: "file" (it says so), or the file's
    "modification" less its length.
    """

    path: Path
    info: StreamInfo
    bytes: int
    fingerprint: str
    n_expected: int
    duration_s: float
    first_us: int
    started_us: int
    time_from: str
    parts: tuple[Part, ...]

    @property
    def step_us(self) -> int:
        """Return the usual time from one picture to the next."""
        return round(1e6 / self.info.fps) if self.info.fps else 40_000


@dataclass(slots=True)
class _Scan:
    """Gathers packet marks into parts, with the memory of one part.

    ``n_useless``: coded pictures that nobody can be shown: cut away by the file, or from before the
    first key picture.
    """

    part_us: int
    starts_us: list[int] = field(default_factory=list)
    times_us: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    n_coded: int = 0
    n_useless: int = 0
    last_us: int = -(2**62)
    last_key_us: int = -(2**62)
    has_times: bool = True

    def take(self, mark: PacketMark) -> None:
        self.n_coded += 1
        if mark.stream_us is None or not self.has_times:
            self.has_times = False
            return
        if mark.is_key and mark.is_shown:
            self._take_key(mark.stream_us)
        if not mark.is_shown or not self.starts_us or mark.stream_us < self.starts_us[0]:
            self.n_useless += 1
            return
        self.last_us = max(self.last_us, mark.stream_us)
        self.times_us.append(mark.stream_us)

    def _take_key(self, stream_us: int) -> None:
        # Key pictures that run backwards belong to a clock that was set anew: no seeking there.
        if stream_us <= self.last_key_us:
            self.has_times = False
        self.last_key_us = stream_us
        if not self.starts_us or stream_us >= self.starts_us[-1] + self.part_us:
            self._close_part(stream_us)
            self.starts_us.append(stream_us)

    def _close_part(self, next_us: int) -> None:
        """Count the pictures shown before ``next_us``; those after it in time stay for the next."""
        if self.starts_us:
            self.counts.append(sum(time_us < next_us for time_us in self.times_us))
            self.times_us = [time_us for time_us in self.times_us if time_us >= next_us]

    def parts(self, step_us: int) -> tuple[Part, ...]:
        if not self.has_times or not self.starts_us:
            return (Part(0, 0, 2**62, self.n_coded, has_times=False),)
        counts = [*self.counts, len(self.times_us)]
        ends_us = [*self.starts_us[1:], self.last_us + step_us]
        return tuple(
            Part(number, *each)
            for number, each in enumerate(zip(self.starts_us, ends_us, counts, strict=True))
        )


def look_into(path: Path, part_us: int = PART_US) -> VideoPlan:
    """Find out what a video holds, reading its packets once and decoding nothing.

    Raises ``SourceError``, one line, for what is no video or may not be opened.
    """
    source = FileSource(SourceSpec(url=f"file:{path}", live=False))
    info = source.open()
    try:
        scan = _scan(source, part_us)
        recorded_at = source.recorded_at()
    finally:
        source.close()
    step_us = round(1e6 / info.fps) if info.fps else 40_000
    parts = scan.parts(step_us)
    first_us = parts[0].start_us
    span_us = parts[-1].end_us - first_us if parts[0].has_times else scan.n_coded * step_us
    started_us, time_from = _start(path, recorded_at, span_us)
    return VideoPlan(
        path=path,
        info=info,
        bytes=path.stat().st_size,
        fingerprint=fingerprint(path),
        n_expected=_expected(info, scan, span_us / 1e6) + breaks_off(path),
        duration_s=span_us / 1e6,
        first_us=first_us,
        started_us=started_us,
        time_from=time_from,
        parts=parts,
    )


def _scan(source: FileSource, part_us: int) -> _Scan:
    """Read all packets; a file that breaks off in the middle has those before it."""
    scan = _Scan(part_us)
    try:
        for mark in source.packets():
            scan.take(mark)
    except Unreadable:
        if not scan.n_coded:
            raise
    if not scan.n_coded:
        raise Unreadable("holds no picture: it is empty or cut off at its beginning")
    return scan


def fingerprint(path: Path) -> str:
    """Return a hash that tells a file from another, or from itself changed; quick for any size."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_HASHED_BYTES))
        file.seek(max(0, size - _HASHED_BYTES))
        digest.update(file.read(_HASHED_BYTES))
    return digest.hexdigest()


def _expected(info: StreamInfo, scan: _Scan, span_s: float) -> int:
    """Return how many pictures there should be: an index may promise more than the file holds.

    Its count is believed where length is missing too: some AVI count ticks instead of pictures.
    """
    useless = scan.n_useless if scan.has_times and scan.starts_us else 0
    there = scan.n_coded - useless
    missing_s = (info.duration_s or 0.0) - span_s
    rate = scan.n_coded / span_s
    if info.n_frames is not None:
        if info.n_frames <= scan.n_coded or missing_s <= _FORGIVEN_STEPS / rate:
            return there
        return info.n_frames - useless if info.fps else there + round(missing_s * rate)
    if missing_s <= max(_FORGIVEN_S, _FORGIVEN_SHARE * span_s):
        return there
    return there + round(missing_s * rate)


def _start(path: Path, recorded_at: str | None, span_us: int) -> tuple[int, str]:
    if recorded_at is not None:
        try:
            moment = datetime.fromisoformat(recorded_at)
        except ValueError:
            moment = datetime.fromtimestamp(0, UTC)
        said_us = to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        # Cameras without a clock write 1904 or 1970.
        if not clock_is_suspect(said_us) and said_us <= now_us():
            return said_us, "file"
    return path.stat().st_mtime_ns // 1000 - span_us, "modification"
