"""Ways of holding a limb and of lying, as mean angles in degrees; a pose is drawn about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FREE_ARMS = {
    "sitting": [
        {"raise": 20, "forward": 25, "twist": 20, "elbow": 35},  # hands by the knees
        {"raise": 35, "forward": 50, "twist": 30, "elbow": 80},  # holds something
        {"raise": 25, "forward": 5, "twist": 10, "elbow": 20},  # props on the floor
        {"raise": 75, "forward": 30, "twist": 60, "elbow": 60},  # waves
        {"raise": 35, "forward": 25, "twist": 50, "elbow": 130},  # hand to the mouth
    ],
    "crawling": [
        {"raise": 20, "forward": 85, "twist": 20, "elbow": 15},  # on straight arms
        {"raise": 15, "forward": 70, "twist": 80, "elbow": 90},  # on elbows
        {"raise": 40, "forward": 75, "twist": 60, "elbow": 45},
        {"raise": 110, "forward": 50, "twist": 40, "elbow": 20},  # reaches out
    ],
}
_FREE_LEGS = {
    "sitting": [
        {"flex": 88, "spread": 40, "twist": 55, "knee": 85},  # cross-legged
        {"flex": 85, "spread": 30, "twist": 10, "knee": 25},  # legs out
        {"flex": 75, "spread": 20, "twist": 5, "knee": 75},  # on a chair
    ],
    "crawling": [
        {"flex": 95, "spread": 18, "twist": 5, "knee": 95},
        {"flex": 75, "spread": 30, "twist": 25, "knee": 100},
        {"flex": 30, "spread": 30, "twist": 30, "knee": 50},
        {"flex": 10, "spread": 12, "twist": 0, "knee": 15},
    ],
    "standing": [{"flex": 12, "spread": 14, "twist": 0, "knee": 18}],
}


@dataclass(frozen=True)
class Habit:
    """A whole way of lying: both arms or both legs alike, a slope of the trunk in degrees.

    ``soft`` is how freely limbs may press into the body: those lain upon do.
    """

    arms: dict[str, float] | None = None
    legs: dict[str, float] | None = None
    pitch: tuple[float, float] | None = None
    nod: tuple[float, float] | None = None
    facing: float = 1.0  # what the head's turn is multiplied by
    soft: float = 0.0


HABITS = {
    "legs_crossed": Habit(legs={"flex": 42, "spread": -3, "twist": 55, "knee": 75}, soft=0.6),
    "legs_stacked": Habit(legs={"flex": 70, "spread": 2, "twist": 0, "knee": 80}, soft=0.5),
    "arms_under": Habit(arms={"raise": 45, "forward": 75, "twist": 35, "elbow": 115}, soft=0.9),
    "propped": Habit(
        arms={"raise": 20, "forward": 75, "twist": 80, "elbow": 85},
        pitch=(-45, -15),
        nod=(-28, 5),
        facing=0.4,
    ),
    "bottom_up": Habit(
        legs={"flex": 122, "spread": 22, "twist": 10, "knee": 135}, pitch=(8, 28), soft=0.6
    ),
    "swaddled": Habit(
        arms={"raise": 12, "forward": 12, "twist": 25, "elbow": 60},
        legs={"flex": 40, "spread": 6, "twist": 10, "knee": 50},
        soft=0.7,
    ),
}
# The ways of lying that a posture goes with.
HABITS_OF = {
    "supine": ("legs_crossed",),
    "prone": ("arms_under", "propped", "bottom_up"),
    "left_side": ("legs_stacked",),
    "right_side": ("legs_stacked",),
}


def arm_means(rng: np.random.Generator, posture: str) -> dict[str, float]:
    """Draw a manner of holding an arm: by the head, out, along the trunk, to the face."""
    if posture in _FREE_ARMS and rng.uniform() < 0.8:
        return _FREE_ARMS[posture][rng.integers(len(_FREE_ARMS[posture]))]
    manners = [
        {"raise": 75, "forward": 5, "twist": 75, "elbow": 95},  # W beside the head
        {"raise": 60, "forward": 35, "twist": 30, "elbow": 110},  # flexed over the chest
        {"raise": 35, "forward": 25, "twist": 50, "elbow": 125},  # hand to the face
        {"raise": 30, "forward": 5, "twist": 10, "elbow": 45},  # along the trunk
        {"raise": 85, "forward": 15, "twist": 20, "elbow": 40},  # stretched out
        {"raise": 120, "forward": 20, "twist": 70, "elbow": 60},  # above the head
        {"raise": 60, "forward": 65, "twist": 40, "elbow": 50},  # reaching up
    ]
    weights = np.array([0.27, 0.17, 0.14, 0.14, 0.12, 0.08, 0.08])
    if posture.endswith("side"):
        weights = np.array([0.1, 0.32, 0.22, 0.12, 0.08, 0.03, 0.13])
    return manners[rng.choice(len(manners), p=weights / weights.sum())]


def leg_means(rng: np.random.Generator, posture: str) -> dict[str, float]:
    """Draw a manner of holding a leg: frog, flexed, kicking, stretched, crossed."""
    if posture in _FREE_LEGS:
        return _FREE_LEGS[posture][rng.integers(len(_FREE_LEGS[posture]))]
    manners = [
        {"flex": 50, "spread": 58, "twist": 45, "knee": 105},  # frog
        {"flex": 75, "spread": 30, "twist": 20, "knee": 95},  # flexed, knee up
        {"flex": 35, "spread": 20, "twist": 10, "knee": 40},  # half stretched
        {"flex": 8, "spread": 14, "twist": 0, "knee": 12},  # stretched
        {"flex": 100, "spread": 25, "twist": 10, "knee": 110},  # tucked
        {"flex": 45, "spread": 5, "twist": 55, "knee": 70},  # crossed
    ]
    weights = np.array([0.3, 0.25, 0.18, 0.1, 0.07, 0.1])
    if posture == "prone":
        weights = np.array([0.55, 0.1, 0.15, 0.12, 0.08, 0.0])
    return manners[rng.choice(len(manners), p=weights / weights.sum())]
