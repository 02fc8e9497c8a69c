"""What a detector makes of true points: jitter, wandering, bursts, swaps, gaps, and its scores.

Each keypoint has a sureness that wanders over seconds. The less sure, the further the found point
strays: white jitter with heavy tails, and an error that wanders over a third of a second. Now and
then a point jumps: to its counterpart on the other side (with the other's whole limb), to another
joint of its limb, or anywhere near, and stays for some frames. The score is the probability, over
this model's own errors, of lying within a tenth of a trunk, as the bundled model's is; below
``PRESENT_SCORE`` the point is missing. training/temporal/measure.py compares it with the bundled
model. Ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.synthetic.body import SIDES

Float = NDArray[np.float64]

_LIMBS = tuple(
    tuple(INFANT13.index(f"{side}_{part}") for part in parts)
    for parts in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
    for side in SIDES
)
# Mean sureness by joint as a logit: the bundled model is least sure of knees and elbows.
_SURENESS = {"nose": 0.0, "shoulder": 0.5, "elbow": -0.1, "hip": 0.2, "knee": -0.2}


@dataclass(frozen=True, slots=True)
class Detected:
    """What a detector finds: ``points`` (N, T, 13, 2) in trunks and ``scores`` (N, T, 13).

    ``steady``: the part of the error that stays with a pose, which no filter over time can know.
    """

    points: Float
    scores: Float
    steady: Float


@dataclass(frozen=True, slots=True)
class DetectorNoise:
    """The sizes of a detector's faults, in trunk lengths and seconds, at middling sureness.

    ``jitter`` is the scale of a t distribution with 2.2 degrees of freedom, ``wander`` and ``bias``
    standard deviations, all a coordinate; ``bursts_hz`` is how often a
    point jumps; ``burst_s`` how long it stays away, at the median; ``swaps_hz`` how often a whole
    limb is taken for the other; ``losses_hz`` and ``loss_s`` the same of being lost.
    """

    jitter: float = 0.0025
    wander: float = 0.033
    wander_s: float = 0.5
    bias: float = 0.075
    bursts_hz: float = 0.3
    burst_s: float = 0.25
    burst_reach: float = 0.55
    swaps_hz: float = 0.03
    losses_hz: float = 0.12
    loss_s: float = 0.35
    sureness_s: float = 1.0

    def see(self, points_ntkc: Float, times_nt: Float, rng: np.random.Generator) -> Detected:
        """Return what is found of true points (N, T, 13, 2) in trunks, at times (N, T) in s."""
        sure = self._sureness(times_nt, rng)
        unsure = np.exp(-0.55 * sure)
        jitter = self.jitter * rng.standard_t(2.2, points_ntkc.shape)
        wander = self.wander * _wandering(times_nt, self.wander_s, (13, 2), rng)
        bias = self.bias * rng.standard_normal((len(times_nt), 1, 13, 2))
        steady = unsure[..., None] * bias
        found = points_ntkc + steady + unsure[..., None] * (jitter + wander)
        away = self._jump(found, points_ntkc, times_nt, rng)
        # A detector doubts many of its jumps, not all.
        doubt = 1.4 * away * rng.uniform(0, 1.5, (len(times_nt), 1, 13))
        lost = _spells(times_nt, self.losses_hz, self.loss_s, (13,), rng)
        spread = unsure * max(np.hypot(self.wander, self.bias), 1e-6)
        within = 1 - np.exp(-0.5 * (0.1 / spread) ** 2)
        logit = np.log(within / (1 - np.clip(within, 0, 0.999))) - doubt
        scores = np.clip(1 / (1 + np.exp(-logit)), 0.02, 0.95)
        scores = np.where(lost, 0.1 * rng.uniform(0.5, 1.5, lost.shape), scores)
        return Detected(found, scores, steady)

    def _sureness(self, times_nt: Float, rng: np.random.Generator) -> Float:
        mean = np.array([_SURENESS.get(name.split("_")[-1], 0.2) for name in INFANT13.keypoints])
        whole = 0.5 * rng.standard_normal((len(times_nt), 1, 1))
        own = 0.5 * rng.standard_normal((len(times_nt), 1, 13))
        return mean + whole + own + 0.5 * _wandering(times_nt, self.sureness_s, (13,), rng)

    def _jump(
        self, found: Float, points_ntkc: Float, times_nt: Float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Move points away in place, for spells; return (N, T, 13) where they are away."""
        away = _spells(times_nt, self.bursts_hz, self.burst_s, (13,), rng)
        offset = self.burst_reach * rng.standard_normal((len(times_nt), 1, 13, 2))
        elsewhere = points_ntkc + offset
        for limb in _LIMBS:
            for place, joint in enumerate(limb):
                # As often as not it lands on a neighbour in its own limb.
                on_limb = rng.uniform(size=len(times_nt)) < 0.5
                neighbour = limb[place - 1 if place else 1]
                shift = 0.15 * offset[on_limb, :, joint]
                elsewhere[on_limb, :, joint] = points_ntkc[on_limb, :, neighbour] + shift
        found[away] = elsewhere[away] + 0.02 * rng.standard_normal((int(away.sum()), 2))
        for left, right in (_LIMBS[:2], _LIMBS[2:]):
            swapped = _spells(times_nt, self.swaps_hz, self.burst_s, (1,), rng)[..., 0]
            n, t = np.nonzero(swapped)
            for one, other in zip(left[1:], right[1:], strict=True):
                found[n, t, one], found[n, t, other] = (
                    found[n, t, other].copy(),
                    found[n, t, one].copy(),
                )
                away[n, t, one] = away[n, t, other] = True
        return away


def _wandering(
    times_nt: Float, over_s: float, shape: tuple[int, ...], rng: np.random.Generator
) -> Float:
    """Return processes (N, T, *shape) of about unit variance that move without corners.

    An Ornstein–Uhlenbeck process behind a low-pass of a fifth of its time constant.
    """
    n, frames = times_nt.shape
    out = np.empty((n, frames, *shape))
    rough = rng.standard_normal((n, *shape))
    out[:, 0] = smooth = rough
    for t in range(1, frames):
        gap_s = (times_nt[:, t] - times_nt[:, t - 1]).reshape(n, *(1 for _ in shape))
        kept = np.exp(-gap_s / over_s)
        rough = kept * rough + np.sqrt(1 - kept**2) * rng.standard_normal((n, *shape))
        smooth = smooth + (1 - np.exp(-5 * gap_s / over_s)) * (rough - smooth)
        out[:, t] = smooth
    return out * np.sqrt(1.2)


def _spells(
    times_nt: Float,
    often_hz: float,
    median_s: float,
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return (N, T, *shape), true within spells that begin at random and last log-normally."""
    n, frames = times_nt.shape
    left_s = np.zeros((n, *shape))
    out = np.zeros((n, frames, *shape), np.bool_)
    gaps_s = np.diff(times_nt, axis=1, prepend=times_nt[:, :1] - 1.0)
    for t in range(frames):
        gap_s = gaps_s[:, t].reshape(n, *(1 for _ in shape))
        left_s = np.maximum(left_s - gap_s, 0)
        begins = rng.uniform(size=left_s.shape) < 1 - np.exp(-often_hz * gap_s)
        lasts_s = median_s * np.exp(0.9 * rng.standard_normal(left_s.shape))
        left_s = np.where(begins & (left_s == 0), lasts_s, left_s)
        out[:, t] = left_s > 0
    return out
