"""What a day in a cot is like, made up: cycles of rest and movement, care, covers, faults.

Nothing here is measured; it stands in for a ward so that pages can be looked at and tested. The
figures are of the size that rendered infants give. A story is told by a seed, so the same seed
tells it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.hidden import PARTS
from pipeline.types import FLAG_WORDS, FrameFlag

HANDLED = FLAG_WORDS[FrameFlag.HANDLED]
LENS_COVERED = FLAG_WORDS[FrameFlag.LENS_COVERED]
CAMERA_MOVED = FLAG_WORDS[FrameFlag.CAMERA_MOVED]
NO_INFANT = FLAG_WORDS[FrameFlag.NO_INFANT]
LOW_CONFIDENCE = "low confidence"
NO_PICTURE = "no picture"
POSTURES = ("supine", "right", "prone", "left")
_POSTURE_ODDS = (0.55, 0.18, 0.07, 0.20)
_CARE_EVERY_MIN = 180
_CYCLE_MIN = 52

Float = NDArray[np.float64]


@dataclass(slots=True)
class Story:
    """T minutes of one infant. Arrays are (T,); NaN = not assessable.

    ``share_gross`` and ``share_small``: of the minute, 0..1. ``quantity``: trunk lengths a second.
    ``balance``: left minus right over their sum. ``reasons``: why a minute is not assessable, ""
    where it is. ``covered``: the parts under a blanket. ``posture`` indexes ``POSTURES``.
    """

    share_gross: Float
    share_small: Float
    quantity: Float
    balance: Float
    coverage: Float
    posture: NDArray[np.int64]
    reasons: list[str] = field(default_factory=list)
    covered: list[tuple[str, ...]] = field(default_factory=list)

    def limb(self, name: str) -> Float:
        """Return the quantity of motion of a limb; NaN where it is covered."""
        side = 1 + self.balance if name.startswith("left") else 1 - self.balance
        level = self.quantity * side * (1.25 if name.endswith("arm") else 1.1)
        hidden = np.array([name in parts for parts in self.covered])
        return np.where(hidden, np.nan, level)


def tell(minutes: int, seed: int) -> Story:
    """Tell the story of one infant over ``minutes``."""
    rng = np.random.default_rng(seed)
    at = np.arange(minutes, dtype=np.float64)
    arousal = _arousal(at, rng)
    gross = np.clip(arousal - 0.55 + rng.normal(0, 0.07, minutes), 0, 0.9)
    small = np.clip(0.12 + 0.45 * arousal + rng.normal(0, 0.06, minutes), 0, 1 - gross)
    quiet = rng.gamma(4, 0.01, minutes)
    temperament = rng.uniform(0.8, 1.35)
    quantity = quiet + temperament * (1.15 * gross + 0.22 * small)
    lean = rng.normal(0, 0.06)
    story = Story(
        gross,
        small,
        quantity,
        np.clip(lean + rng.normal(0, 0.09, minutes), -0.8, 0.8),
        np.clip(rng.normal(0.955, 0.025, minutes), 0.82, 1.0),
        _postures(minutes, rng),
        [""] * minutes,
        [()] * minutes,
    )
    _care(story, rng)
    _blankets(story, rng)
    _faults(story, rng)
    return story


def _arousal(at: Float, rng: np.random.Generator) -> Float:
    """Return how awake an infant is, 0..1: an ultradian cycle that is never quite regular."""
    phase = 2 * np.pi * (at / _CYCLE_MIN + rng.random()) + np.cumsum(rng.normal(0, 0.03, len(at)))
    before_feeds = 0.12 * np.cos(2 * np.pi * (at + rng.integers(0, 180)) / _CARE_EVERY_MIN)
    return np.asarray(np.clip(0.45 + 0.38 * np.sin(phase) + before_feeds, 0, 1))


def _postures(minutes: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the posture of each minute: turned at every care or two."""
    made = np.zeros(minutes, np.int64)
    for start in range(0, minutes, _CARE_EVERY_MIN):
        made[start:] = rng.choice(len(POSTURES), p=_POSTURE_ODDS)
    return made


def _care(story: Story, rng: np.random.Generator) -> None:
    first = int(rng.integers(20, _CARE_EVERY_MIN))
    for start in range(first, len(story.quantity), _CARE_EVERY_MIN):
        _block(story, start, int(rng.integers(9, 24)), HANDLED, rng)


def _blankets(story: Story, rng: np.random.Generator) -> None:
    """Cover the legs often, all of the infant seldom."""
    minutes = len(story.quantity)
    for start in rng.integers(0, minutes, max(1, minutes // 500)).tolist():
        length = int(rng.integers(25, 110))
        if rng.random() < 0.35:
            _block(story, start, length // 2, LOW_CONFIDENCE, rng, tuple(PARTS))
            continue
        for at in range(start, min(minutes, start + length)):
            story.covered[at] = ("left_leg", "right_leg")


def _faults(story: Story, rng: np.random.Generator) -> None:
    """Cover the lens, move the camera, lose the picture, take the infant out: a little of each."""
    minutes = len(story.quantity)
    for reason, every, longest in (
        (LENS_COVERED, 1400, 25),
        (CAMERA_MOVED, 700, 4),
        (NO_PICTURE, 1600, 18),
        (NO_INFANT, 900, 60),
    ):
        for start in rng.integers(0, minutes, max(1, round(minutes / every))).tolist():
            _block(story, start, int(rng.integers(2, longest + 1)), reason, rng)


def _block(
    story: Story,
    start: int,
    length: int,
    reason: str,
    rng: np.random.Generator,
    covered: tuple[str, ...] = (),
) -> None:
    """Make a stretch not assessable."""
    seen = 0.0 if reason in (NO_PICTURE, LENS_COVERED, NO_INFANT) else rng.uniform(0.05, 0.5)
    for at in range(start, min(len(story.quantity), start + length)):
        story.reasons[at] = reason
        story.covered[at] = covered
        story.coverage[at] = seen * rng.uniform(0.9, 1.1)
    stretch = slice(start, start + length)
    for values in (story.share_gross, story.share_small, story.quantity, story.balance):
        values[stretch] = np.nan
