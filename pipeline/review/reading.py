"""The pictures of one part of a video, in order, each with its time; none lost, none twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from pipeline.errors import Unreadable
from pipeline.review.plan import Part, VideoPlan
from pipeline.sources.base import SourceSpec
from pipeline.sources.container import DecodedPicture
from pipeline.sources.file import FileSource
from pipeline.sources.times import LARGE_GAP_US, StreamTimes, Verdict


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a part. ``time_us``: since the video's first picture. ``inside``: of the part
    itself, not of what leads into it or out of it. ``begins``: a gap or another size lies before.
    """

    picture: DecodedPicture
    time_us: int
    inside: bool
    begins: bool


class PartReader:
    """Reads a part with ``lead_us`` before and ``trail_us`` after it.

    ``bad_times`` counts pictures inside that were left out because their time did not rise.
    """

    def __init__(self, plan: VideoPlan, part: Part, lead_us: int = 0, trail_us: int = 0) -> None:
        self._plan, self._part = plan, part
        self._from_us, self._to_us = part.start_us - lead_us, part.end_us + trail_us
        self.bad_times = 0

    def shots(self) -> Iterator[Shot]:
        """Yield the shots from the lead to the trail; raises ``SourceError``."""
        source = self._open()
        try:
            yield from self._rising(source) if self._part.has_times else self._counted(source)
        finally:
            source.close()

    def _open(self) -> FileSource:
        source = FileSource(SourceSpec(url=f"file:{self._plan.path}", live=False))
        source.open()
        return source

    def _rising(self, source: FileSource) -> Iterator[Shot]:
        part, times, last_us = self._part, StreamTimes(), None
        for picture in self._sought(source):
            stream_us = picture.stream_us
            if stream_us is not None and stream_us < self._from_us:
                continue
            verdict = times.judge(stream_us, picture.size_wh)
            inside = stream_us is not None and part.start_us <= stream_us < part.end_us
            if stream_us is None or verdict is Verdict.DROP:
                self.bad_times += inside
                continue
            if stream_us >= self._to_us:
                return
            begins = verdict is Verdict.NEW_SEGMENT and last_us is not None
            last_us = stream_us
            yield Shot(picture, stream_us - self._plan.first_us, inside, begins)

    def _sought(self, source: FileSource) -> Iterator[DecodedPicture]:
        """Yield pictures from the key picture before the lead; from the start where that fails."""
        if self._from_us <= self._plan.first_us:
            yield from _pictures(source)
            return
        landed = False
        with suppress(Unreadable):
            source.seek(self._from_us)
            for picture in _pictures(source):
                if not landed and (picture.stream_us or 0) > self._part.start_us:
                    break  # the index led past the part
                landed = True
                yield picture
        if not landed:
            again = self._open()
            try:
                yield from _pictures(again)
            finally:
                again.close()

    def _counted(self, source: FileSource) -> Iterator[Shot]:
        """Yield all pictures, their times by the frame rate wherever the file's own do not rise."""
        step_us, time_us, last_us, size_wh = self._plan.step_us, 0, None, (0, 0)
        for number, picture in enumerate(_pictures(source)):
            ahead_us = _ahead_us(last_us, picture.stream_us, step_us)
            time_us += ahead_us if number else 0
            begins = number > 0 and (ahead_us > LARGE_GAP_US or picture.size_wh != size_wh)
            last_us, size_wh = picture.stream_us, picture.size_wh
            yield Shot(picture, time_us, True, begins)


def _pictures(source: FileSource) -> Iterator[DecodedPicture]:
    """Yield what can be decoded; a file that breaks off in the middle ends there."""
    any_came = False
    try:
        for picture in source.frames():
            if picture is not None:
                any_came = True
                yield picture
    except Unreadable:
        if not any_came:
            raise


def _ahead_us(last_us: int | None, now_us: int | None, step_us: int) -> int:
    """Return the time from one picture to the next; a usual step where the clock tells none."""
    if last_us is None or now_us is None or now_us <= last_us:
        return step_us
    return now_us - last_us
