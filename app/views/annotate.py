"""Annotation for people: the editor's data, pictures in words, disagreement, history."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from typing import Any

from app.views.tables import Columns
from app.views.times import clock_s, day_and_clock
from db.annotation_schema import AnnotationFrame, AnnotationRevision
from db.annotations import Work
from db.schema import Recording
from pipeline.annotation.disagreement import JointDisagreement
from pipeline.annotation.points import Points, to_points
from pipeline.drawing import MIDLINE_BGR, Colour, side_colour
from pipeline.movement.body import LIMBS
from pipeline.skeleton import INFANT13

STATE_WORDS = ("absent", "occluded", "visible")
_STATUS_WORDS = {"done": "saved", "skipped": "skipped", "draft": "draft"}
# Later than this a time is a wall clock's, not an offset within a video.
_WALL_CLOCK_US = 10**15
_WITHOUT = {
    "previous": "No finished picture of this video comes before",
    "between": "Needs finished pictures of this video before and after",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Points that the visitor may take over: where from, and how the version will say so."""

    points: Points
    words: str
    step: str

    def data(self) -> dict[str, Any]:
        """Return the offer as the editor takes it."""
        return {"points": self.points.tolist(), "words": self.words, "step": self.step}


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies before an annotator: the picture, own work on it, what is offered and said.

    ``round`` rises when own changes are thrown away. ``ghosts``: others' points, to be compared.
    """

    frame: AnnotationFrame
    url: str
    annotator: str
    mine: Work | None
    offers: Mapping[str, Offer]
    ghosts: Sequence[Points] = ()
    fault: str = ""
    round: int = 0


def joint_words(name: str) -> str:
    """Return a keypoint's name as a person says it: the infant's own side first."""
    return name.replace("_", " ")


def editor_data(desk: Desk, zone: tzinfo) -> dict[str, Any]:
    """Return what the editor component takes."""
    frame, mine = desk.frame, desk.mine
    latest = None if mine is None else mine.latest
    revision = 0 if mine is None else mine.revision
    kept = json.dumps([revision, latest])
    points = to_points(latest or {}).tolist()
    return {
        "mark": f"{frame.id}:{revision}:{desk.round}",
        "frame": frame.id,
        "annotator": desk.annotator,
        "url": desk.url,
        "name": f"Picture {frame.id}, to be labelled",
        "width": frame.width,
        "height": frame.height,
        "points": points,
        "kept_points": points,
        "kept": hashlib.sha256(kept.encode()).hexdigest()[:16],
        "steps": [] if mine is None else list(mine.draft_steps),
        "offers": {name: offer.data() for name, offer in desk.offers.items()},
        "without": _WITHOUT,
        "ghosts": [one.tolist() for one in desk.ghosts],
        "line": kept_line(mine, zone),
        "fault": desk.fault,
    } | _SKELETON


def _sides() -> list[str]:
    prefixes = ("left_", "right_")
    return [
        next((p[:-1] for p in prefixes if name.startswith(p)), "middle")
        for name in INFANT13.keypoints
    ]


def _hex(colour: Colour) -> str:
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


def _limb_colour(a: str, b: str) -> str:
    sides = {side_colour(end) for end in (a, b)} - {MIDLINE_BGR}
    return _hex(sides.pop() if len(sides) == 1 else MIDLINE_BGR)


def _swapped_together() -> list[list[int]]:
    """Return the keypoints of both sides that "swap limb" swaps: arms, legs, shoulders, hips."""
    groups = [
        [INFANT13.index(name) for side in ("left", "right") for name in LIMBS[f"{side}_{limb}"]]
        for limb in ("arm", "leg")
    ]
    return groups + [
        [INFANT13.index(f"{side}_{joint}") for side in ("left", "right")]
        for joint in ("shoulder", "hip")
    ]


# In the list: the nose, then the right side beside the left, as a supine infant is seen.
_ORDER = [
    INFANT13.index("nose"),
    *(
        INFANT13.index(f"{side}_{joint}")
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("right", "left")
    ),
]
_SKELETON: dict[str, Any] = {
    "names": [joint_words(name) for name in INFANT13.keypoints],
    "joints": [name.split("_")[-1].capitalize() for name in INFANT13.keypoints],
    "sides": _sides(),
    "colours": [_hex(side_colour(name)) for name in INFANT13.keypoints],
    "limbs": [
        [INFANT13.index(a), INFANT13.index(b), _limb_colour(a, b)] for a, b in INFANT13.limbs
    ],
    "twins": list(INFANT13.flip_indices),
    "order": _ORDER,
}
_SKELETON["limbs_of"] = _swapped_together()


def kept_line(mine: Work | None, zone: tzinfo) -> str:
    """Return how far own work on a picture is kept."""
    if mine is None:
        return "Nothing labelled yet"
    if mine.draft is not None:
        return "Draft kept; not saved yet"
    if mine.saved_us is None:
        return "Nothing labelled yet"
    words = _STATUS_WORDS[mine.status].capitalize()
    return f"{words} {day_and_clock(mine.saved_us, zone)}, version {mine.revision}"


def frame_words(frame: AnnotationFrame, zone: tzinfo) -> str:
    """Return a picture's number, where it comes from, and the first reason for it."""
    parts = [f"{frame.id} · {frame.source}"]
    if frame.time_us is not None:
        parts.append(moment_words(frame.time_us, zone))
    parts += [str(words) for words in list(frame.reasons.values())[:1]]
    return " · ".join(parts)


def moment_words(time_us: int, zone: tzinfo) -> str:
    """Return a frame's time: of the day, or from the start of its video."""
    if time_us >= _WALL_CLOCK_US:
        return clock_s(time_us, zone)
    return f"{time_us / 1e6:.2f} s"


def recording_words(recording: Recording, cots: Mapping[int, str], zone: tzinfo) -> str:
    """Return a recording's number, its cot or file, and when it began."""
    of = recording.name if recording.cot_id is None else cots.get(recording.cot_id, "a cot")
    return f"{recording.id} · {of} · {day_and_clock(recording.started_us, zone)}"


def reasons_html(frame: AnnotationFrame) -> str:
    """Return why a picture is in the queue, in one line."""
    told = "; ".join(str(words) for words in frame.reasons.values())
    return f'<p class="cotside-reasons"><strong>Why this picture:</strong> {escape(told)}</p>'


def disagreement_table(found: Sequence[JointDisagreement]) -> Columns:
    """Return annotators side by side, one row a joint, the farthest apart first."""
    rows = sorted(found, key=lambda one: (not one.is_notable, -_number(one.distance_trunks)))
    annotators = list(rows[0].states) if rows else []
    table: dict[str, list[str]] = {
        "Point": [joint_words(one.joint) for one in rows],
        "Apart": [_apart(one) for one in rows],
    }
    for who in annotators:
        table[who] = [STATE_WORDS[one.states[who]] for one in rows]
    return table


def _apart(one: JointDisagreement) -> str:
    if math.isnan(one.distance_trunks):
        return "▲ only one placed it" if one.is_notable else "–"
    return f"{'▲ ' if one.is_notable else ''}{one.distance_trunks:.2f} trunks"


def _number(value: float) -> float:
    return math.inf if math.isnan(value) else value


def history_table(history: Sequence[tuple[str, AnnotationRevision]], zone: tzinfo) -> Columns:
    """Return every saved version, newest first, one row each."""
    newest_first = list(reversed(history))
    return {
        "Time": [day_and_clock(one.time_us, zone) for _, one in newest_first],
        "Annotator": [who for who, _ in newest_first],
        "Version": [one.number for _, one in newest_first],
        "What": [_STATUS_WORDS[one.status] for _, one in newest_first],
        "How": [_how(one) for _, one in newest_first],
    }


def _how(revision: AnnotationRevision) -> str:
    steps = [str(step) for step in revision.made.get("steps", [])]
    return ", ".join(steps) or "by hand"
