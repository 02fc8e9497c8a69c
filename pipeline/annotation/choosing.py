"""What to label next: the frames that tell most, none like another, with reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.annotation.points import Points, from_estimate
from pipeline.annotation.signals import Signal, Stretch, signals
from pipeline.annotation.strata import rarity, strata_of
from pipeline.types import IntArray

Float = NDArray[np.float64]
# Poses closer than this (root mean square over points, in body sizes) are near-duplicates.
ALIKE = 0.12
_RARITY_WEIGHT = 1.0
# A signal below this share of its scale is not told as a reason.
_TOLD_FROM = 0.25
_MOST_CONSIDERED = 4000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame to be labelled: ``row`` of its stretch, its priority, why, and its kinds."""

    row: int
    time_us: int
    priority: float
    reasons: dict[str, str]
    strata: dict[str, str]
    embedding: Float


@dataclass(frozen=True, slots=True)
class Known:
    """What is labelled or queued already: embeddings (N, 26), and counts of kinds."""

    embeddings: Float = field(default_factory=lambda: np.zeros((0, 26)))
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    labelled: int = 0


def embedding(points_k3: Points) -> Float:
    """Return a pose (13, 3) as (26,) numbers: centred, of unit size, hidden points at the middle.

    The direction in the picture stays: the same pose turned is another picture to a network.
    """
    seen = points_k3[:, 2] > 0
    if not seen.any():
        return np.zeros(2 * len(points_k3))
    away = points_k3[:, :2] - points_k3[seen, :2].mean(axis=0)
    size = float(np.sqrt((away[seen] ** 2).sum(axis=1).mean())) or 1.0
    return np.asarray(np.where(seen[:, None], away / size, 0.0)).ravel()


def distances(embeddings: Float, one: Float) -> Float:
    """Return how far poses (N, 26) lie from one (26,): root mean square over the points."""
    away = (embeddings - one).reshape(len(embeddings), -1, 2)
    return np.asarray(np.sqrt((away**2).sum(axis=2).mean(axis=1)))


def choose(
    stretch: Stretch,
    size_wh: tuple[int, int],
    count: int,
    known: Known | None = None,
    allowed_t: NDArray[np.bool_] | None = None,
    apart_us: int = 1_000_000,
) -> list[Candidate]:
    """Return up to ``count`` frames, the most telling first; none alike, none within ``apart_us``.

    ``known``: near-duplicates of it are left out, and kinds that are rare in it count more.
    ``allowed_t``: (T,) frames whose picture can be had.
    """
    known = known or Known()
    usable_t = stretch.usable_t if allowed_t is None else stretch.usable_t & allowed_t
    found = signals(stretch)
    total_t = np.zeros(len(stretch.times_us))
    for heard, weight in found.values():
        total_t += weight * heard.score_t
    # The best first, as many as can be looked at closely; ties in the order of time.
    rows = np.flatnonzero(usable_t)
    rows = rows[np.argsort(-total_t[rows], kind="stable")][:_MOST_CONSIDERED]
    considered = [_candidate(stretch, int(row), size_wh, known) for row in rows]
    scores = np.array([total_t[one.row] + one.priority for one in considered])
    chosen: list[Candidate] = []
    for at in _greedy(considered, scores, stretch.times_us, known.embeddings, count, apart_us):
        one = considered[at]
        chosen.append(_with_reasons(one, float(scores[at]), _reasons(found, one.row)))
    return chosen


def _reasons(found: Mapping[str, tuple[Signal, float]], row: int) -> dict[str, str]:
    """Return what the signals say of a frame, the weightiest first."""
    order = sorted(found, key=lambda name: -found[name][1] * found[name][0].score_t[row])
    return {
        name: found[name][0].words(row)
        for name in order
        if found[name][0].score_t[row] >= _TOLD_FROM
    }


def _candidate(stretch: Stretch, row: int, size_wh: tuple[int, int], known: Known) -> Candidate:
    """Return a frame with its rarity as the priority, to which the signals are added."""
    points = from_estimate(stretch.keypoints_tkc[row], stretch.scores_tk[row])
    strata = strata_of(points, size_wh)
    rare, words = rarity(strata, known.counts, known.labelled)
    reasons = {"rare": words} if rare >= 0.5 else {}
    return Candidate(
        row,
        int(stretch.times_us[row]),
        _RARITY_WEIGHT * rare,
        reasons,
        strata,
        embedding(points),
    )


def _with_reasons(one: Candidate, priority: float, reasons: dict[str, str]) -> Candidate:
    told = {name: words[:1].upper() + words[1:] for name, words in (reasons | one.reasons).items()}
    told = told or {"variety": "Unlike the pictures labelled so far"}
    return Candidate(one.row, one.time_us, priority, told, one.strata, one.embedding)


def _greedy(
    considered: Sequence[Candidate],
    scores: Float,
    times_us: IntArray,
    known: Float,
    count: int,
    apart_us: int,
) -> list[int]:
    """Return positions by falling score; each choice rules out what is alike or near in time."""
    if not considered:
        return []
    embeddings = np.stack([one.embedding for one in considered])
    moments_us = np.array([one.time_us for one in considered])
    open_n = np.ones(len(considered), np.bool_)
    for one in known:
        open_n &= distances(embeddings, one) > ALIKE
    chosen: list[int] = []
    while len(chosen) < count and open_n.any():
        at = int(np.where(open_n, scores, -np.inf).argmax())
        chosen.append(at)
        open_n &= distances(embeddings, embeddings[at]) > ALIKE
        open_n &= np.abs(moments_us - moments_us[at]) >= apart_us
        open_n[at] = False
    return chosen
