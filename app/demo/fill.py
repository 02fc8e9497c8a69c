"""``python -m app.demo.fill --out F.db``: a database with days of a made-up ward.

For looking at pages and for tests: no camera, no network. Minutes are stored for the whole time;
keypoints, which cost more room, for the last part of it. Around the middle the infants of the
third and fourth cot change places, and for 40 minutes nobody monitors.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.demo.story import HANDLED, NO_PICTURE, POSTURES, Story, tell
from db.codec import KeypointBlock, encode
from db.engine import writing
from db.lifecycle import open_database
from db.schema import Chunk, Event, MinuteRollup, Model, Recording, Segment
from db.store import Store
from db.times import MINUTE_US, now_us, to_us
from pipeline.errors import SettingsError
from pipeline.movement import MOVEMENT_VERSION
from pipeline.movement.body import LIMBS
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag

FPS = 15
SIZE_WH = (640, 480)
_DAY_MIN = 1440
_GAP_MIN = 40
_SWAPPED = (2, 3)
# A supine infant in fractions of the picture, in the order of INFANT13, and how far each swings.
_LYING_KC = np.array(
    [
        [0.50, 0.22], [0.58, 0.36], [0.42, 0.36], [0.66, 0.45], [0.34, 0.45], [0.68, 0.33],
        [0.31, 0.34], [0.55, 0.60], [0.45, 0.60], [0.63, 0.72], [0.37, 0.72], [0.57, 0.84],
        [0.43, 0.84],
    ]
)  # fmt: skip
_SWING_K = np.array([0.4, 0.3, 0.3, 0.9, 0.9, 1.8, 1.8, 0.3, 0.3, 1.0, 1.0, 1.7, 1.7])
_TRUNK_PX = 0.24 * SIZE_WH[1]
_FLAG_OF = {HANDLED: FrameFlag.HANDLED}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make up: ``minutes`` of ``cots`` cots that end at ``end_us``."""

    cots: int = 12
    minutes: int = _DAY_MIN
    end_us: int = 0
    keypoint_minutes: int = 15
    seed: int = 1

    @property
    def start_us(self) -> int:
        """Return the first minute."""
        end_us = self.end_us or now_us()
        return end_us - end_us % MINUTE_US - self.minutes * MINUTE_US

    @property
    def gap(self) -> tuple[int, int]:
        """Return the minutes [from, to) in which nobody monitored."""
        first = int(self.minutes * 0.62)
        return first, min(self.minutes, first + _GAP_MIN)

    @property
    def swap(self) -> int:
        """Return the minute in which two infants change places."""
        return self.minutes // 2


def fill(engine: Engine, plan: Plan) -> list[int]:
    """Store the made-up ward in an empty database; return the cots' ids in order."""
    store = Store(engine)
    cot_ids = [store.add_cot(f"Cot {number + 1}") for number in range(plan.cots)]
    infant_ids = [
        store.add_infant(f"INF-{number + 1:02d}", gestational_age_days=int(age_days))
        for number, age_days in enumerate(
            np.random.default_rng(plan.seed).integers(26 * 7, 36 * 7, plan.cots)
        )
    ]
    # The last cot's infant is not known: pages must manage without.
    for infant_id, cot_id in list(zip(infant_ids, cot_ids, strict=True))[: max(1, plan.cots - 1)]:
        store.place_infant(infant_id, cot_id, from_us=plan.start_us)
    _swap_infants(store, plan, cot_ids, infant_ids)
    stories = [tell(plan.minutes, plan.seed * 1000 + number) for number in range(plan.cots)]
    with writing(engine) as session:
        model = Model(name="made up", version="1", sha256="0" * 64, skeleton=INFANT13.name)
        model.manifest = {}
        session.add(model)
        session.flush()
        for number, cot_id in enumerate(cot_ids):
            pieces = _pieces(plan, number)
            for last, (story_number, first, stop) in enumerate(pieces, 1):
                part = _Part(session, plan, cot_id, stories[story_number], first, stop)
                part.store(model.id, keypoints=last == len(pieces))
    return cot_ids


def _swap_infants(store: Store, plan: Plan, cot_ids: list[int], infant_ids: list[int]) -> None:
    one, other = _SWAPPED
    if plan.cots <= other + 1:
        return
    at_us = plan.start_us + plan.swap * MINUTE_US
    store.place_infant(infant_ids[one], cot_ids[other], from_us=at_us)
    store.place_infant(infant_ids[other], cot_ids[one], from_us=at_us)


def _pieces(plan: Plan, number: int) -> list[tuple[int, int, int]]:
    """Return the stretches of one cot: whose story, from which minute, to which."""
    gap_from, gap_to = plan.gap
    cuts = [(0, gap_from), (gap_to, plan.minutes)]
    if number not in _SWAPPED or plan.cots <= max(_SWAPPED) + 1:
        return [(number, first, stop) for first, stop in cuts if stop > first]
    other = sum(_SWAPPED) - number
    made = []
    for first, stop in cuts:
        edges = sorted({first, min(max(plan.swap, first), stop), stop})
        for begin, end in pairwise(edges):
            made.append((number if end <= plan.swap else other, begin, end))
    return made


class _Part:
    """One recording of one cot."""

    def __init__(
        self, session: Session, plan: Plan, cot_id: int, story: Story, first: int, stop: int
    ) -> None:
        self.session, self.plan, self.cot_id = session, plan, cot_id
        self.story, self.first, self.stop = story, first, stop
        self.limbs = {name: story.limb(name) for name in LIMBS}

    def at_us(self, minute: int) -> int:
        return self.plan.start_us + minute * MINUTE_US

    @property
    def _is_cut_off(self) -> bool:
        return self.stop == self.plan.gap[0]

    def store(self, model_id: int, *, keypoints: bool) -> None:
        recording = Recording(
            cot_id=self.cot_id,
            source="live",
            name="made up",
            started_us=self.at_us(self.first),
            ended_us=self.at_us(self.stop),
            clean_end=not self._is_cut_off,
            clock_suspect=False,
        )
        self.session.add(recording)
        self.session.flush()
        segment = Segment(
            recording_id=recording.id,
            number=1,
            started_us=recording.started_us,
            ended_us=recording.ended_us,
            width=SIZE_WH[0],
            height=SIZE_WH[1],
            fps=float(FPS),
            reason="start",
        )
        self.session.add(segment)
        self.session.flush()
        self.session.add_all(self._events(recording.id))
        self.session.add_all(
            self._row(recording.id, minute) for minute in range(self.first, self.stop)
        )
        if keypoints:
            since = max(self.first, self.stop - self.plan.keypoint_minutes)
            self.session.add_all(
                self._chunk(segment.id, model_id, minute) for minute in range(since, self.stop)
            )

    def _row(self, recording_id: int, at: int) -> MinuteRollup:
        story, expected = self.story, FPS * 60
        reason, coverage = story.reasons[at], float(story.coverage[at])
        seen = 0 if reason == NO_PICTURE else expected - 3
        lost = {reason: round((1 - coverage) * expected)} if reason else {}
        # Lists and words stand for what numpy would give: NaN is stored as NULL.
        known = not reason
        gross_s, small_s = 60 * float(story.share_gross[at]), 60 * float(story.share_small[at])
        quantity = float(story.quantity[at])
        posture = POSTURES[int(story.posture[at])] if coverage >= 0.3 else None
        handled_s = 60.0 * (1 - coverage) if reason == HANDLED else 0.0
        return MinuteRollup(
            recording_id=recording_id,
            minute_us=self.at_us(at),
            version=MOVEMENT_VERSION,
            frames_expected=expected,
            frames_seen=seen,
            frames_assessable=round(coverage * seen),
            coverage=coverage,
            quantity_of_motion_mean=quantity,
            quantity_of_motion_sd=0.6 * quantity,
            quantity_of_motion_max=4.2 * quantity,
            quantity_of_motion_low=0.9 * quantity,
            quantity_of_motion_high=1.1 * quantity,
            cutoff_hz=6.0 if seen else float("nan"),
            symmetry=float(story.balance[at]),
            still_s=60 * coverage - gross_s - small_s if known else float("nan"),
            small_s=small_s,
            gross_s=gross_s,
            bouts=round(gross_s / 4) if known else float("nan"),
            longest_rest_s=max(2.0, 45 - gross_s - small_s / 2) if known else float("nan"),
            handled_s=handled_s if seen else float("nan"),
            posture=posture,
            head_side=_head_side(posture, at),
            covered={part: 60.0 for part in story.covered[at]},
            limbs={name: _number(level[at]) for name, level in self.limbs.items()},
            reasons=lost,
        )

    def _events(self, recording_id: int) -> list[Event]:
        """Tell of the faults, and of the gap that this recording ends in."""
        made: list[Event] = []
        at = self.first
        while at < self.stop:
            reason, begin = self.story.reasons[at], at
            while at < self.stop and self.story.reasons[at] == reason:
                at += 1
            if reason in _EVENT_OF:
                kind, severity, message = _EVENT_OF[reason]
                made.append(self._event(recording_id, (begin, at), kind, severity, message))
        if self._is_cut_off:
            span = (self.stop, self.stop)
            message = "the recording ended without an orderly stop"
            made.append(self._event(recording_id, span, "unclean_end", "medium", message))
        return made

    def _event(
        self, recording_id: int, span: tuple[int, int], kind: str, severity: str, message: str
    ) -> Event:
        return Event(
            cot_id=self.cot_id,
            recording_id=recording_id,
            time_us=self.at_us(span[0]),
            end_us=self.at_us(span[1]),
            kind=kind,
            severity=severity,
            message=message,
        )

    def _chunk(self, segment_id: int, model_id: int, at: int) -> Chunk:
        block = _keypoints(self.story, at, self.at_us(at))
        return Chunk(
            segment_id=segment_id,
            model_id=model_id,
            start_us=int(block.times_us[0]),
            end_us=int(block.times_us[-1]),
            n_frames=len(block),
            payload=encode(block),
        )


_EVENT_OF = {
    NO_PICTURE: ("camera_offline", "high", "the camera does not answer"),
    "lens covered": ("lens_covered", "high", "the lens is covered"),
    "camera moved": ("camera_moved", "medium", "the camera was moved"),
}


def _head_side(posture: str | None, at: int) -> str | None:
    if posture in (None, "left", "right"):
        return posture
    turns = ("left", "midline", "right") if posture == "supine" else ("left", "right")
    return turns[at // 100 % len(turns)]


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _keypoints(story: Story, at: int, minute_us: int) -> KeypointBlock:
    """Make up a minute of keypoints whose speed is about that of its figures."""
    rng = np.random.default_rng(at)
    seconds = np.arange(FPS * 60) / FPS
    times_us = minute_us + (seconds * 1e6).astype(np.int64)
    quantity = float(np.nan_to_num(story.quantity[at], nan=0.3))
    hz = 0.5 + 0.2 * rng.random((len(INFANT13), 2))
    phase = 2 * np.pi * (hz * seconds[:, None, None] + rng.random((len(INFANT13), 2)))
    # A swing of amplitude a and frequency f moves 4·a·f a second.
    reach_px = quantity * _TRUNK_PX / (4 * 0.6) / 1.3
    swing_tkc = np.sin(phase) * reach_px * _SWING_K[:, None]
    keypoints_tkc = (_LYING_KC * SIZE_WH + swing_tkc).astype(np.float32)
    flags_t = np.full(len(seconds), _FLAG_OF.get(story.reasons[at], 0), np.uint16)
    scores_tk = np.full(keypoints_tkc.shape[:2], 0.9, np.float32)
    return KeypointBlock(times_us, flags_t, keypoints_tkc, scores_tk)


def _instant(text: str | None) -> int:
    if text is None:
        return now_us()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"--end {text!r} is not a time; write 2026-10-25T12:00+00:00, for example"
        ) from None
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def main(
    out: Annotated[Path, typer.Option(help="The database to make; must not exist.")],
    cots: Annotated[int, typer.Option(min=1, max=99, help="How many cots.")] = 12,
    days: Annotated[float, typer.Option(min=0.01, max=60, help="How many days.")] = 1.0,
    keypoint_minutes: Annotated[
        int, typer.Option(min=0, help="For how many of the last minutes keypoints are stored.")
    ] = 15,
    end: Annotated[
        str | None, typer.Option(help="When it ends (ISO 8601); default now.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed tells another story.")] = 1,
) -> None:
    """Fill a new database with days of a made-up ward."""
    if out.exists():
        raise SettingsError(f"{out} is there already; name a new file")
    plan = Plan(cots, round(days * _DAY_MIN), _instant(end), keypoint_minutes, seed)
    engine = open_database(out)
    try:
        fill(engine, plan)
    finally:
        engine.dispose()
    typer.echo(f"{out}: {cots} cots, {plan.minutes} minutes each")


if __name__ == "__main__":
    try:
        typer.run(main)
    except SettingsError as error:
        sys.exit(str(error))
