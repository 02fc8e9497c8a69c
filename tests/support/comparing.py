"""Comparisons of a candidate with the model in use, made up."""

from __future__ import annotations

from pipeline.models.comparison import Comparison, Difference, Part
from pipeline.skeleton import INFANT13

Given = tuple[float, float, str]


def difference(candidate: float, in_use: float, verdict: str) -> Difference:
    """Return a difference with an interval that agrees with its verdict."""
    middle = candidate - in_use
    half = 0.1 + abs(middle) if verdict == "no difference shown" else abs(middle) / 2
    ends = {"low": middle - half, "high": middle + half}
    return Difference.model_validate(
        {"candidate": candidate, "in_use": in_use, "difference": middle, "verdict": verdict} | ends
    )


NOTHING = Difference(
    candidate=None,
    in_use=None,
    difference=None,
    low=None,
    high=None,
    verdict="nothing to compare",
)


def part(overall: Given = (0.6, 0.5, "better"), **strata: Given) -> Part:
    """Return a part; each stratum a posture."""
    values = {
        name: {"pictures": 9, "PCK@0.2": difference(*given)} for name, given in strata.items()
    }
    one = difference(*overall)
    return Part(
        pictures=20,
        infants_or_sources=4,
        overall={"PCK@0.1": one, "PCK@0.2": one},
        joints={name: NOTHING if name == "nose" else one for name in INFANT13.keypoints},
        strata={"posture": values} if values else {},
    )


def comparison(
    overall: Given = (0.6, 0.5, "better"),
    shas: tuple[str, str] = ("new", "old"),
    old: Part | None = None,
    **strata: Given,
) -> Comparison:
    """Return a comparison with labelled infants, and old data where some is given."""
    return Comparison(
        research_use="Research use only.",
        candidate="<b>new</b> 2",
        candidate_sha256=shas[0],
        in_use="old 1",
        in_use_sha256=shas[1],
        images=part(overall, **strata),
        old=old,
    )
