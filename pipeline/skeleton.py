"""The keypoint sets: names, limbs, left/right pairs and sigmas, said once and frozen.

Everything that speaks of keypoints (training metainfo, manifests, drawing, storage, measures)
derives from a :class:`Skeleton`. Other sets are other values, mapped by name, never by position.

How to add one: write another ``Skeleton(...)`` value below and add it to ``SKELETONS``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A named, ordered set of keypoints.

    ``sigmas`` are COCO's per-keypoint standard deviations as a fraction of the object scale
    (Lin et al. 2014, as published in COCO's evaluation code).
    """

    name: str
    version: int
    keypoints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...]
    sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(set(self.keypoints)) != len(self.keypoints):
            raise ValueError(f"skeleton {self.name}: a keypoint is named twice")
        if len(self.sigmas) != len(self.keypoints):
            raise ValueError(
                f"skeleton {self.name}: {len(self.keypoints)} keypoints, {len(self.sigmas)} sigmas"
            )
        unknown = {end for limb in self.limbs for end in limb} - set(self.keypoints)
        if unknown:
            raise ValueError(f"skeleton {self.name}: limbs name unknown points {sorted(unknown)}")

    def __len__(self) -> int:
        return len(self.keypoints)

    def index(self, keypoint: str) -> int:
        """Return the position of a keypoint; raise ``KeyError`` naming the known ones."""
        try:
            return self.keypoints.index(keypoint)
        except ValueError:
            raise KeyError(f"{keypoint!r} is not one of {', '.join(self.keypoints)}") from None

    @property
    def limb_indices(self) -> tuple[tuple[int, int], ...]:
        """Return the limbs as pairs of keypoint positions."""
        return tuple((self.index(a), self.index(b)) for a, b in self.limbs)

    @property
    def flip_indices(self) -> tuple[int, ...]:
        """Return, for each keypoint, the position of its mirror twin (itself on the midline)."""
        swap = {"left_": "right_", "right_": "left_"}
        twins = []
        for name in self.keypoints:
            prefix = next((p for p in swap if name.startswith(p)), None)
            twin = swap[prefix] + name.removeprefix(prefix) if prefix else name
            twins.append(self.index(twin))
        return tuple(twins)

    def map_from(self, source: Skeleton) -> tuple[int, ...]:
        """Return positions in ``source`` that give this skeleton's points, by name.

        Raises ``ValueError`` naming the points that ``source`` does not have: a mapping never
        invents a point.
        """
        missing = [name for name in self.keypoints if name not in source.keypoints]
        if missing:
            raise ValueError(f"{source.name} has no {', '.join(missing)}; {self.name} needs them")
        return tuple(source.index(name) for name in self.keypoints)


_COCO_KEYPOINTS = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow "
    "right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle "
    "right_ankle"
).split()
_COCO_SIGMAS_PER_MILLE = dict(
    zip(
        _COCO_KEYPOINTS,
        [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89],
        strict=True,
    )
)
_BODY_LIMBS = (
    ("nose", "left_shoulder"),
    ("nose", "right_shoulder"),
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
)

COCO17 = Skeleton(
    name="coco17",
    version=1,
    keypoints=tuple(_COCO_KEYPOINTS),
    limbs=(
        ("left_eye", "right_eye"),
        ("nose", "left_eye"),
        ("nose", "right_eye"),
        ("left_eye", "left_ear"),
        ("right_eye", "right_ear"),
        *_BODY_LIMBS,
    ),
    sigmas=tuple(sigma / 1000 for sigma in _COCO_SIGMAS_PER_MILLE.values()),
)

_INFANT_KEYPOINTS = tuple(name for name in _COCO_KEYPOINTS if not name.endswith(("_eye", "_ear")))

INFANT13 = Skeleton(
    name="infant13",
    version=1,
    keypoints=_INFANT_KEYPOINTS,
    limbs=_BODY_LIMBS,
    sigmas=tuple(_COCO_SIGMAS_PER_MILLE[name] / 1000 for name in _INFANT_KEYPOINTS),
)

SKELETONS = {skeleton.name: skeleton for skeleton in (INFANT13, COCO17)}
