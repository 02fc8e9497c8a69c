"""Everything that one picture is made of, as numbers drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.synthetic.body import BodyShape, sample_shape
from training.synthetic.pose import Pose, figure_of, sample_pose, skeleton_of, swaddled
from training.synthetic.textures import ward_cloth
from training.synthetic.view import View, framed

LIGHTS = ("day", "lamp", "dim", "phototherapy", "infrared")
LIGHT_SHARES = (0.42, 0.18, 0.10, 0.06, 0.24)
BEDS = ("cot", "incubator", "warmer")


@dataclass(frozen=True)
class Wardrobe:
    """What the infant wears; cloth numbers index :func:`training.synthetic.textures.cloth`."""

    nappy: bool
    top: str  # 'none', 'vest', 'short', 'long'
    legs: bool
    socks: bool
    mittens: bool
    hat: bool
    mask: str  # 'none', 'cpap', 'prongs', 'tube'
    eye_cover: bool
    top_cloth: int
    leg_cloth: int
    hat_cloth: int
    loose: float = 0.0  # how far clothes stand off the body: 0 close to it, 1 several sizes large
    hem: float = 0.0  # by how much sleeves and legs end past (above 0) or before wrist and ankle
    shorts: bool = False
    hat_kind: str = "cap"  # one of training.synthetic.headwear.HAT_KINDS
    hood: bool = False
    sack: str = "none"  # 'bag' holds the legs, 'swaddle' the arms too
    sack_cloth: int = 0


@dataclass(frozen=True)
class Cover:
    """A blanket; ``angle_deg`` and ``reach`` say which side of a line over the body it lies on."""

    kind: str  # 'none', 'legs', 'half', 'corner', 'all'
    angle_deg: float
    reach: float
    thickness: float
    cloth: int


@dataclass(frozen=True)
class Clutter:
    """Things around and on the infant, as counts and switches."""

    nest: bool
    rolls: int
    tubes: int
    sensors: int
    hands: int
    cloths: int
    mattress_edges: int
    cot: bool = False
    bed: str = "cot"  # with ``cot``: 'cot', 'incubator' or 'warmer'
    sheet: int | None = None  # cloth of the mattress; None: drawn
    roll_cloth: int | None = None
    nest_room: float | None = None  # the nest's size, as a share of the infant's box
    toys: int = 0
    withdrawn: float = 0.0  # how far carers' hands are drawn back, in short sides of the picture


@dataclass(frozen=True)
class Look:
    """Light and camera faults."""

    light: str
    direction_deg: float
    elevation_deg: float
    softness: float
    exposure: float
    contrast: float
    tint: tuple[float, float, float]
    glare: int
    noise: float
    blur: float
    motion_blur: float
    jpeg: int
    shrink: float
    hot_spot: float
    bars: tuple[float, float, float, float]
    h264: bool = False


@dataclass(frozen=True)
class Scene:
    """One picture; ``infant`` False is an empty cot or a carer alone."""

    seed: int
    infant: bool
    shape: BodyShape
    pose: Pose
    wardrobe: Wardrobe
    cover: Cover
    clutter: Clutter
    look: Look
    view: View
    skin: float  # 0 very light to 1 very dark
    redness: float
    hair: float
    eyes_open: float
    mouth_open: float
    frame: int = 0
    background: str | None = None  # path of a picture of the cot; None: it is drawn
    lens: float = 0.0  # see training.synthetic.lens
    hairdo: str = "short"  # 'bald', 'fuzz', 'short', 'full' or 'falling'


def stream(seed: int, name: str) -> np.random.Generator:
    """Return one aspect's own generator: one more draw here moves nothing there."""
    return np.random.default_rng([seed, *name.encode()])


def sample_wardrobe(rng: np.random.Generator) -> Wardrobe:
    """Draw clothes: nearly half the infants wear a nappy only, as in an incubator."""
    dressed = rng.uniform() < 0.58
    top = str(rng.choice(["vest", "short", "long"], p=[0.25, 0.35, 0.4])) if dressed else "none"
    masks = ["none", "cpap", "prongs", "tube"]
    leg_cloth, top_cloth = (ward_cloth(rng, loud=0.45) for _ in range(2))
    return Wardrobe(
        nappy=bool(rng.uniform() < 0.93),
        top=top,
        legs=bool(dressed and rng.uniform() < 0.5),
        socks=bool(rng.uniform() < 0.18),
        mittens=bool(rng.uniform() < 0.09),
        hat=bool(rng.uniform() < 0.28),
        mask=str(rng.choice(masks, p=[0.62, 0.12, 0.12, 0.14])),
        eye_cover=bool(rng.uniform() < 0.04),
        top_cloth=top_cloth,
        leg_cloth=top_cloth if rng.uniform() < 0.6 else leg_cloth,
        hat_cloth=ward_cloth(rng, loud=0.5),
    )


HAT_SHARES = {"cap": 0.3, "beanie": 0.3, "knot": 0.1, "bonnet": 0.15, "brim": 0.03, "band": 0.12}


def fitted(wear: Wardrobe, rng: np.random.Generator, *, sacks: float = 0.1) -> Wardrobe:
    """Draw how the clothes fit: mostly too large, as they are on preterm infants; a sack for some.

    ``sacks`` is the chance of a sleeping bag or swaddling cloth.
    """
    loose = float(
        rng.choice([0.0, rng.uniform(0.15, 0.6), rng.uniform(0.6, 1.2)], p=[0.3, 0.4, 0.3])
    )
    hem, shorts = float(np.clip(rng.normal(0.1, 0.35), -0.6, 0.9)), bool(rng.uniform() < 0.2)
    hat_kind = str(rng.choice(list(HAT_SHARES), p=list(HAT_SHARES.values())))
    hood = bool(wear.top == "long" and rng.uniform() < 0.12)
    sack = str(rng.choice(["bag", "swaddle"], p=[0.7, 0.3])) if rng.uniform() < sacks else "none"
    return replace(
        wear,
        loose=loose,
        hem=hem,
        shorts=shorts,
        hat_kind=hat_kind,
        hood=hood,
        sack=sack,
        sack_cloth=ward_cloth(rng, loud=0.4),
    )


def in_sack(seed: int, shape: BodyShape, wear: Wardrobe, pose: Pose) -> tuple[Wardrobe, Pose]:
    """Return clothes and pose that go together: a swaddled infant lies as the cloth holds it.

    None lies prone in a sack, nor does one stretch over knees that are far apart.
    """
    if wear.sack == "swaddle" and pose.posture != "prone" and not pose.lift:
        return wear, swaddled(stream(seed, "swaddle"), shape, pose)
    joints = skeleton_of(shape, pose).joints
    apart = float(np.linalg.norm(joints["left_knee"] - joints["right_knee"]))
    if wear.sack == "bag" and pose.posture != "prone" and apart < 0.95:
        return wear, pose
    return replace(wear, sack="none"), pose


def sample_hairdo(rng: np.random.Generator, hair: float, *, grown: bool) -> str:
    """Draw the hair's cut; ``hair`` 0 (bald) to 1, ``grown``: some months old."""
    kinds = ("bald", "fuzz", "short", "full", "falling")
    shares = [0.1, 0.15, 0.3, 0.28, 0.17] if grown else [0.0, 0.25, 0.45, 0.28, 0.02]
    return "bald" if hair <= 0.25 and not grown else str(rng.choice(kinds, p=shares))


def sample_cover(rng: np.random.Generator) -> Cover:
    """Draw a blanket, or none (two thirds)."""
    kinds = ["none", "legs", "half", "corner", "all"]
    kind = str(rng.choice(kinds, p=[0.66, 0.11, 0.09, 0.11, 0.03]))
    reach = {"none": 9.0, "legs": rng.uniform(-1.75, -1.05), "half": rng.uniform(-0.95, -0.25)}
    angle = rng.normal(0, 14)
    if kind == "corner":
        angle = rng.uniform(0, 360)
    return Cover(
        kind,
        float(angle),
        float(reach.get(kind, rng.uniform(-0.1, 0.1))),
        float(rng.uniform(0.015, 0.06)),
        ward_cloth(rng, loud=0.3),
    )


def sample_clutter(rng: np.random.Generator) -> Clutter:
    """Draw nest, rolls, tubes, sensors, carers' hands, cloths."""
    return Clutter(
        nest=bool(rng.uniform() < 0.28),
        rolls=int(rng.choice([0, 1, 2], p=[0.75, 0.17, 0.08])),
        tubes=int(rng.choice([0, 1, 2, 3, 5], p=[0.4, 0.22, 0.18, 0.12, 0.08])),
        sensors=int(rng.choice([0, 1, 3], p=[0.6, 0.2, 0.2])),
        hands=int(rng.choice([0, 1, 2], p=[0.86, 0.09, 0.05])),
        cloths=int(rng.choice([0, 1, 2], p=[0.6, 0.27, 0.13])),
        mattress_edges=int(rng.choice([0, 1, 2, 4], p=[0.5, 0.22, 0.16, 0.12])),
        cot=bool(rng.uniform() < 0.3),
        toys=int(rng.choice([0, 1, 2], p=[0.8, 0.15, 0.05])),
        bed=str(rng.choice(BEDS, p=[0.3, 0.5, 0.2])),
    )


def sample_look(rng: np.random.Generator) -> Look:
    """Draw light and camera."""
    light = str(rng.choice(LIGHTS, p=LIGHT_SHARES))
    tints = {
        "day": (rng.uniform(0.9, 1.12), 1.0, rng.uniform(0.92, 1.1)),
        "lamp": (rng.uniform(0.55, 0.85), rng.uniform(0.88, 0.98), 1.08),
        "dim": (rng.uniform(0.8, 1.1), 1.0, rng.uniform(0.8, 1.1)),
        "phototherapy": (rng.uniform(1.2, 1.5), rng.uniform(0.6, 0.95), rng.uniform(0.2, 0.55)),
        "infrared": (1.0, 1.0, 1.0),
    }
    bright = {"dim": rng.uniform(0.16, 0.42)}.get(light, rng.uniform(0.5, 1.08))
    noisy = light in ("dim", "infrared")
    return Look(
        light=light,
        direction_deg=float(rng.uniform(0, 360)),
        elevation_deg=float(rng.uniform(28, 82)),
        softness=float(rng.uniform(0.2, 0.85)),
        exposure=float(bright),
        contrast=float(rng.uniform(0.8, 1.25)),
        tint=tuple(float(v) for v in tints[light]),
        glare=int(rng.choice([0, 1, 2], p=[0.78, 0.15, 0.07])),
        noise=float(rng.gamma(1.5, 0.012 if noisy else 0.006)),
        blur=float(rng.gamma(1.2, 0.45)),
        motion_blur=float(rng.uniform(3, 10) if rng.uniform() < 0.08 else 0),
        jpeg=int(rng.integers(28, 96)),
        shrink=float(rng.uniform(0.35, 0.8) if rng.uniform() < 0.3 else 1.0),
        hot_spot=float(rng.uniform(0, 1)),
        bars=_sample_bars(rng),
        h264=bool(rng.uniform() < 0.15),
    )


def _sample_lens(rng: np.random.Generator) -> float:
    """Draw how a lens bends the picture: mostly not, else mostly as wide ones do."""
    return float(rng.uniform(-0.08, 0.3)) if rng.uniform() < 0.3 else 0.0


def _sample_bars(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Draw black borders, as where a crop reaches past the camera's picture: mostly none."""
    if rng.uniform() > 0.15:
        return (0.0, 0.0, 0.0, 0.0)
    width = rng.uniform(0.02, 0.22, 4) * (rng.uniform(size=4) < 0.45)
    return (float(width[0]), float(width[1]), float(width[2]), float(width[3]))


def sample_scene(seed: int, size_hw: tuple[int, int] = (256, 256)) -> Scene:
    """Draw the scene of a training picture: the crop around one infant, with jitter."""
    rng = stream(seed, "scene")
    shape = sample_shape(stream(seed, "shape"))
    pose = sample_pose(stream(seed, "pose"), shape)
    wardrobe = fitted(sample_wardrobe(stream(seed, "wardrobe")), stream(seed, "garments"))
    wardrobe, pose = in_sack(seed, shape, wardrobe, pose)
    tilt = float(np.clip(abs(rng.normal(0, 26)), 0, 68))
    upright = rng.uniform() < 0.35
    yaw = rng.normal(0, 18) if upright else rng.uniform(0, 360)
    view = View(
        size_hw,
        float(yaw),
        tilt,
        float(rng.uniform(0, 360)),
        float(rng.uniform(5, 14)),
        100,
        (0, 0),
    )
    fill = rng.uniform(0.55, 1.1)
    slack = 0.5 * abs(1 - fill) + 0.04
    _, cones = figure_of(shape, pose)
    view = framed(view, cones, fill, rng.uniform(-slack, slack, 2))
    infant = bool(rng.uniform() >= 0.05)
    clutter = sample_clutter(stream(seed, "clutter"))
    if not infant and rng.uniform() < 0.5:
        clutter = replace(clutter, hands=max(clutter.hands, 1))
    skin, redness, hair = float(rng.beta(0.9, 1.3)), rng.uniform(0, 1), float(rng.uniform(0, 1))
    return Scene(
        seed=seed,
        infant=infant,
        shape=shape,
        pose=pose,
        wardrobe=wardrobe,
        cover=sample_cover(stream(seed, "cover")),
        clutter=clutter,
        look=sample_look(stream(seed, "look")),
        view=view,
        skin=skin,
        redness=float(redness),
        hair=hair,
        eyes_open=float(rng.uniform() < 0.4) * float(rng.uniform(0.4, 1)),
        mouth_open=float(rng.uniform() < 0.3) * float(rng.uniform(0.3, 1)),
        lens=_sample_lens(stream(seed, "lens")),
        hairdo=sample_hairdo(stream(seed, "hair"), hair, grown=shape.fat > 1.14),
    )
