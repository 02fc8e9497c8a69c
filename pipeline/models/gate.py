"""The gate before promotion: what a candidate must show, beside the model in use.

How to add a check: write a function here that takes a ``Trial`` and returns a ``Finding``, add it
to ``CHECKS``, and mirror it in tests/pipeline/models/test_gate.py.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from pipeline.models.comparison import Comparison, Part
from pipeline.models.session import PoseModel

_WARM_UP, _RUNS = 3, 15


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked. ``floor``: the least share of keypoints found, in each stratum that figures
    are given for. ``worse_by``: how much less than the model in use a stratum may have; where both
    were compared on the same pictures, a stratum has fallen when that much is lost and the interval
    of the loss leaves no doubt, all pictures together as soon as that much is lost.
    ``parity``: the most that the exported network may differ from the trained one.
    ``latency_ms`` a crop, on this machine, with one thread.
    """

    floor: float = 0.2
    worse_by: float = 0.02
    parity: float = 1e-3
    latency_ms: float = 60.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate, the model in use, what is asked, and how both did on the same pictures."""

    candidate: PoseModel
    in_use: PoseModel
    limits: Limits = Limits()
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in a line that holds the figures."""

    check: str
    passed: bool
    line: str


def parity(trial: Trial) -> Finding:
    """Ask that the export does what the trained network did, as its manifest says."""
    differs = trial.candidate.manifest.figures.get("parity_max_difference")
    if not isinstance(differs, int | float):
        return Finding("parity", False, "its manifest says nothing of parity with the training")
    passed = differs <= trial.limits.parity
    return Finding("parity", passed, f"differs by {differs:.2g} (at most {trial.limits.parity:g})")


def strata(trial: Trial) -> Finding:
    """Ask that no stratum lies below the floor, or below the model in use by too much.

    By the comparison on the same pictures where there is one, else by what both manifests state.
    """
    if trial.comparison is not None:
        return _compared(trial, trial.comparison)
    limits = trial.limits
    found = dict(shares(trial.candidate.manifest.figures))
    before = dict(shares(trial.in_use.manifest.figures))
    if not found:
        return Finding("strata", False, "its manifest gives no figures of any stratum")
    missing = sorted(before.keys() - found.keys())
    if missing:
        return Finding("strata", False, f"gives no figure of {missing[0]}, the one in use does")
    low = [name for name, share in found.items() if share < limits.floor]
    if low:
        worst = min(low, key=lambda name: found[name])
        return Finding("strata", False, f"{worst}: {found[worst]:.2f}, below {limits.floor:g}")
    drops = {name: before[name] - found[name] for name in before}
    worst = max(drops, key=lambda name: drops[name], default="")
    if worst and drops[worst] > limits.worse_by:
        line = f"{worst}: {found[worst]:.2f}, the one in use {before[worst]:.2f}"
        return Finding("strata", False, line)
    lowest = min(found, key=lambda name: found[name])
    return Finding("strata", True, f"{len(found)}, lowest {lowest}: {found[lowest]:.2f}")


_SHARE, _NEAR = "PCK@0.2", "PCK@0.1"


def _compared(trial: Trial, found: Comparison) -> Finding:
    """Judge by a comparison of these two, on labelled infants that it did not learn from."""
    pair = trial.candidate.manifest.sha256, trial.in_use.manifest.sha256
    if (found.candidate_sha256, found.in_use_sha256) != pair:
        line = f"was compared with {found.in_use}, which is not in use; cotside compare … --keep"
        return Finding("strata", False, line)
    if found.images is None or not found.images.infants_or_sources:
        line = "compared on no labelled infant that it did not learn from; label another infant"
        return Finding("strata", False, line)
    parts = {"labelled": found.images} | ({"old": found.old} if found.old is not None else {})
    faults = [fault for name, part in parts.items() for fault in _fallen(name, part, trial.limits)]
    if faults:
        return Finding("strata", False, faults[0])
    shares = _shares(parts)
    if not shares:
        return Finding("strata", False, "no visible limb joint in the pictures compared on")
    lowest, name = min(shares)
    count = found.images.infants_or_sources
    of = f"{found.images.pictures} labelled pictures of {count} infant{'s' * (count != 1)}"
    line = f"{of}, lowest {name}: {lowest:.2f}"
    return Finding("strata", True, line)


def _fallen(part_name: str, part: Part, limits: Limits) -> Iterator[str]:
    for name, found in part.by_stratum(_SHARE):
        if found.candidate is not None and found.candidate < limits.floor:
            yield f"{part_name} {name}: {found.candidate:.2f}, below {limits.floor:g} ({_SHARE})"
    for measure in (_SHARE, _NEAR):
        for name, found in part.by_stratum(measure):
            if found.candidate is None or found.in_use is None:
                continue
            lost = found.in_use - found.candidate > limits.worse_by
            if lost and (name == "all" or found.verdict == "worse"):
                both = f"{found.candidate:.2f}, the one in use {found.in_use:.2f}"
                yield f"{part_name} {name}: {both} ({measure})"


def _shares(parts: Mapping[str, Part]) -> list[tuple[float, str]]:
    return [
        (found.candidate, f"{part_name} {name}")
        for part_name, part in parts.items()
        for name, found in part.by_stratum(_SHARE)
        if found.candidate is not None
    ]


def calibration(trial: Trial) -> Finding:
    """Ask that scores were calibrated: a threshold means something only then."""
    spec = trial.candidate.manifest.calibration
    if spec.kind == "none":
        return Finding("calibration", False, "its scores were not calibrated")
    return Finding("calibration", True, f"{spec.kind}, {len(spec.x)} points")


def latency(trial: Trial) -> Finding:
    """Measure the bare session, one crop, on this machine as it is now."""
    for _ in range(_WARM_UP):
        trial.candidate.run(1)
    laps_ms = []
    for _ in range(_RUNS):
        began_s = time.perf_counter()
        trial.candidate.run(1)
        laps_ms.append(1000 * (time.perf_counter() - began_s))
    median_ms = statistics.median(laps_ms)
    passed = median_ms <= trial.limits.latency_ms
    return Finding(
        "latency", passed, f"{median_ms:.1f} ms a crop (at most {trial.limits.latency_ms:g})"
    )


CHECKS: tuple[Callable[[Trial], Finding], ...] = (parity, strata, calibration, latency)


def judge(trial: Trial) -> list[Finding]:
    """Return what every check found."""
    return [check(trial) for check in CHECKS]


def shares(figures: Mapping[str, JsonValue], within: str = "") -> Iterator[tuple[str, float]]:
    """Yield each stratum's share of limb joints found (PCK) that a manifest gives, by name.

    A share stands under ``pck_...``, by itself or as ``limbs`` among the joints; strata may lie
    within strata.
    """
    for name, content in figures.items():
        if name.startswith("pck_"):
            share = content.get("limbs") if isinstance(content, dict) else content
            if isinstance(share, int | float):
                yield f"{within}, {name}".removeprefix(", "), float(share)
        elif isinstance(content, dict):
            yield from shares(content, f"{within}, {name}".removeprefix(", "))
