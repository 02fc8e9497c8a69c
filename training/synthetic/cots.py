"""Scenes for clips: the whole cot in view, as a ward camera sees it; and the demo's four cots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.synthetic.body import sample_shape
from training.synthetic.carer import Visit
from training.synthetic.motion import MotionLaw
from training.synthetic.pose import figure_of, sample_pose
from training.synthetic.scene import Clutter, Cover, Look, Scene, Wardrobe, sample_scene, stream
from training.synthetic.video import Clip
from training.synthetic.view import View, framed

_CALM = MotionLaw()


def cot_scene(
    seed: int,
    size_hw: tuple[int, int],
    *,
    posture: str | None = None,
    fill: float = 0.62,
    yaw_deg: float | None = None,
    tilt_deg: float | None = None,
) -> Scene:
    """Draw a scene with the whole infant in view, smaller in the picture, in its cot."""
    rng = stream(seed, "cot view")
    scene = sample_scene(seed, size_hw)
    shape = sample_shape(stream(seed, "shape"))
    pose = sample_pose(stream(seed, "pose"), shape, posture)
    yaw = rng.uniform(0, 360) if yaw_deg is None else yaw_deg
    tilt = rng.uniform(0, 35) if tilt_deg is None else tilt_deg
    view = View(size_hw, float(yaw), float(tilt), float(rng.uniform(0, 360)), 9.0, 100, (0, 0))
    _, cones = figure_of(shape, pose)
    view = framed(view, cones, fill, rng.uniform(-0.06, 0.06, 2))
    look = replace(scene.look, motion_blur=0.0, shrink=1.0, bars=(0.0, 0.0, 0.0, 0.0), h264=False)
    clutter = replace(
        scene.clutter, cot=True, mattress_edges=0, cloths=min(scene.clutter.cloths, 1)
    )
    return replace(
        scene, infant=True, shape=shape, pose=pose, view=view, look=look, clutter=clutter, lens=0.0
    )


def sample_law(rng: np.random.Generator, seconds: float) -> MotionLaw:
    """Draw what an infant does: writhing, a bout of kicks, a startle, tremor, a rest."""
    start = float(rng.uniform(0.05, 0.4) * seconds)
    rest = float(rng.uniform(seconds * 0.55, seconds * 0.8))
    return MotionLaw(
        writhe=float(rng.uniform(0.04, 0.13)),
        writhe_hz=float(rng.uniform(0.12, 0.35)),
        kick_hz=float(rng.uniform(0.6, 1.6)),
        kick_deg=float(rng.uniform(20, 50)),
        kick_side=str(rng.choice(["left", "right", "both", "alternate"])),
        kicks=((start, start + float(rng.uniform(2, 4))),) if rng.uniform() < 0.75 else (),
        startles_s=(float(rng.uniform(0.1, 0.9) * seconds),) if rng.uniform() < 0.5 else (),
        tremors=((start, start + 2.0),) if rng.uniform() < 0.3 else (),
        rests=((rest, rest + float(rng.uniform(1.5, 3))),) if rng.uniform() < 0.5 else (),
    )


def unseen_clip(
    number: int,
    seed: int,
    seconds: float = 10.0,
    fps: int = 10,
    size_hw: tuple[int, int] = (480, 640),
) -> Clip:
    """Return a test clip: posture, light, cover and clothes as they fall; no carer in the way."""
    posture = ("supine", "supine", "prone", "left_side", "supine", "right_side", "supine", "prone")[
        number % 8
    ]
    scene = cot_scene(seed, size_hw, posture=posture)
    cover = scene.cover if number % 4 == 1 else replace(scene.cover, kind="none", reach=9.0)
    if number % 4 == 1:
        cover = replace(cover, kind="legs", reach=-1.2, angle_deg=6.0)
    scene = replace(scene, cover=cover, clutter=replace(scene.clutter, hands=0))
    law = sample_law(stream(seed, "law"), seconds)
    return Clip(f"clip_{number:02d}", scene, law, seconds, fps, crf=22, preset="fast")


def visited_clip(
    number: int,
    seed: int,
    seconds: float = 10.0,
    fps: int = 10,
    size_hw: tuple[int, int] = (480, 640),
) -> Clip:
    """Return a test clip in which a carer reaches in once, works there and leaves."""
    quiet = unseen_clip(number, seed, seconds, fps, size_hw)
    rng = stream(seed, "visit")
    begin = float(rng.uniform(0.3, 0.45) * seconds)
    visit = Visit(begin, begin + float(rng.uniform(0.25, 0.4) * seconds), int(rng.integers(1, 3)))
    return replace(quiet, name=f"visit_{number:02d}", visits=(visit,))


_PLAIN = Clutter(
    nest=True,
    rolls=0,
    tubes=0,
    sensors=3,
    hands=0,
    cloths=0,
    mattress_edges=0,
    cot=True,
    nest_room=1.3,
)
_DAY = Look(
    light="day",
    direction_deg=235,
    elevation_deg=55,
    softness=0.6,
    exposure=0.74,
    contrast=1.0,
    tint=(0.97, 1.0, 1.03),
    glare=0,
    noise=0.004,
    blur=0.2,
    motion_blur=0.0,
    jpeg=95,
    shrink=1.0,
    hot_spot=0.5,
    bars=(0.0, 0.0, 0.0, 0.0),
)
_BARE = Wardrobe(True, "none", False, False, False, False, "none", False, 0, 0, 0)


def _demo_scene(seed: int, *, yaw_deg: float, tilt_deg: float, skin: float, sheet: int) -> Scene:
    scene = cot_scene(
        seed, (540, 960), posture="supine", fill=0.86, yaw_deg=yaw_deg, tilt_deg=tilt_deg
    )
    return replace(
        scene,
        wardrobe=_BARE,
        cover=Cover("none", 0, 9.0, 0.03, 0),
        clutter=replace(_PLAIN, sheet=sheet, roll_cloth=34),
        look=_DAY,
        skin=skin,
        redness=0.55,
        eyes_open=0.0,
    )


# How the infants of the demonstration move.
_LIVELY = MotionLaw(
    writhe=0.1,
    writhe_hz=0.2,
    kicks=((3, 8), (15, 19)),
    startles_s=(11.5,),
    rests=((21.5, 23.5),),
)
_COVERED = MotionLaw(
    writhe=0.11, writhe_hz=0.22, kicks=(), startles_s=(9.0, 18.5), rests=((12.5, 15.5),)
)
_ASLEEP = MotionLaw(
    writhe=0.05,
    writhe_hz=0.14,
    kicks=((13, 16),),
    kick_side="left",
    startles_s=(7.0,),
    rests=((1.5, 5), (18, 21)),
)
_ACTIVE = MotionLaw(
    writhe=0.12,
    writhe_hz=0.26,
    kicks=((1, 5), (9, 13)),
    kick_hz=1.2,
    tremors=((15, 18),),
    startles_s=(7.0,),
)


def demo_clips() -> list[Clip]:
    """Return the four clips of ``cotside demo``: daylight, half covered, night, another infant."""
    well_lit = _demo_scene(104, yaw_deg=84, tilt_deg=14, skin=0.12, sheet=34)
    blanket = replace(
        _demo_scene(52, yaw_deg=-95, tilt_deg=10, skin=0.42, sheet=13),
        cover=Cover("legs", 8, -0.72, 0.035, 99),
        wardrobe=replace(_BARE, top="long", top_cloth=113, hat=True, hat_cloth=113),
    )
    blanket = replace(blanket, clutter=replace(blanket.clutter, roll_cloth=84, sensors=0))
    night = replace(
        _demo_scene(105, yaw_deg=78, tilt_deg=18, skin=0.3, sheet=58),
        look=replace(_DAY, light="infrared", noise=0.012, exposure=0.6, hot_spot=0.6, softness=0.3),
        wardrobe=replace(_BARE, mask="prongs"),
    )
    other = replace(
        _demo_scene(74, yaw_deg=-80, tilt_deg=12, skin=0.72, sheet=133),
        wardrobe=replace(_BARE, top="vest", top_cloth=104, mask="tube"),
        look=replace(_DAY, light="lamp", tint=(0.8, 0.95, 1.07), direction_deg=300),
    )
    return [
        Clip("well_lit", well_lit, _LIVELY, 24.0),
        Clip("blanket", blanket, _COVERED, 24.0),
        Clip("infrared", night, _ASLEEP, 24.0),
        Clip("dropout", other, _ACTIVE, 20.0),
    ]
