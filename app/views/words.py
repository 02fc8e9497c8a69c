"""The words and shapes of states: each is a shape and a word before it is a colour."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.live import CotStatus
from pipeline.movement import Held
from pipeline.types import FLAG_WORDS, FrameFlag


@dataclass(frozen=True, slots=True)
class Standing:
    """How a cot stands: ``level`` chooses the colour, ``shape`` the sign, ``word`` says it."""

    level: str
    shape: str
    word: str


NOT_MONITORING = Standing("trouble", "square", "Not monitoring")
_NOT_WATCHED = Standing("idle", "dots", "Not watched")
_CAPTURE_STANDINGS = {
    "starting": Standing("idle", "dots", "Starting"),
    "stalled": Standing("trouble", "triangle", "Stalled"),
    "offline": Standing("trouble", "square", "Camera offline"),
    "refused": Standing("trouble", "square", "Camera refused"),
}
SEEN = Standing("good", "circle", "Infant seen")
# The gravest first: the word shown is the first one that applies.
_FLAG_ORDER = (
    FrameFlag.LENS_COVERED,
    FrameFlag.FROZEN,
    FrameFlag.MODEL_REJECTED,
    FrameFlag.TOO_DARK,
    FrameFlag.CAMERA_MOVED,
    FrameFlag.HANDLED,
    FrameFlag.NO_INFANT,
)
GRADE_WORDS = {
    "good": "good stream",
    "fair": "fair stream",
    "poor": "poor stream",
    "none": "no stream",
}


def standing(cot: CotStatus | None, monitoring: bool) -> Standing:
    """Return how a cot stands, the gravest thing first."""
    if not monitoring:
        return NOT_MONITORING
    if cot is None:
        return _NOT_WATCHED
    if cot.state != "live":
        return _CAPTURE_STANDINGS.get(cot.state, Standing("trouble", "square", cot.state))
    for flag in _FLAG_ORDER:
        if cot.flags & flag:
            # Somebody is at the cot: nothing can be assessed, and nobody needs to come.
            level = "blind" if flag is FrameFlag.HANDLED else "attention"
            return Standing(level, "hatch", sentence(FLAG_WORDS[flag]))
    return SEEN


def sentence(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def flag_words(flags: FrameFlag) -> str:
    """Return the reasons in a frame's flags, in words."""
    return ", ".join(word for flag, word in FLAG_WORDS.items() if flags & flag)


# Told with a frame, yet no reason against its movement.
_HARMLESS_WORDS = {word for flag, word in FLAG_WORDS.items() if not flag.blocks_movement}


def reason_words(reasons: dict[str, int]) -> str:
    """Return why frames were not assessable: the three commonest reasons, the commonest first."""
    ordered = sorted(reasons.items(), key=lambda item: -item[1])
    told = [word for word, frames in ordered if frames > 0 and word not in _HARMLESS_WORDS]
    return ", ".join(told[:3])


def bytes_words(count: int | float) -> str:
    """Return a number of bytes as a person reads it."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def duration_words(seconds: float) -> str:
    """Return a duration as a person reads it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f}".removesuffix(".0") + " days"


def held_words(held: Held) -> str:
    """Return how long a position was held, and how much of that was seen where not all was."""
    lasted = duration_words((held.to_us - held.from_us) / 1e6)
    return lasted if round(held.seen, 2) >= 1 else f"{lasted} ({held.seen:.0%} of it seen)"


def counted(count: int, thing: str) -> str:
    """Return a count with its thing, in the plural where it is not one."""
    return f"{count} {thing}{'s' * (count != 1)}"
