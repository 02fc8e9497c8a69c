"""Light on the finished height field, then what a cot camera makes of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.ward import h264
from training.synthetic.canvas import Canvas
from training.synthetic.geometry import Array
from training.synthetic.lens import bent_image
from training.synthetic.scene import Scene, stream
from training.synthetic.sensor import Sensor


def shade(canvas: Canvas, scene: Scene) -> Array:
    """Return the lit picture (H, W, 3), linear, 0 to about 1.3."""
    look, scale = scene.look, scene.view.scale
    azimuth, elevation = np.radians(look.direction_deg), np.radians(look.elevation_deg)
    if look.light == "infrared":
        elevation = max(elevation, np.radians(62))
    light = np.array(
        [
            np.cos(azimuth) * np.cos(elevation),
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
        ],
        np.float32,
    )
    light = scene.view.rotation @ light  # the lamp hangs over the mattress, not before the camera
    light[2] = max(float(light[2]), 0.15)
    light /= np.linalg.norm(light)
    above = canvas.height - scene.view.ground()
    cosine = canvas.normal @ light
    lambert = np.clip(cosine, 0, 1)
    wrapped = np.clip((cosine + 0.45) / 1.45, 0, 1)
    shadow = _shadow(canvas.height, light, scale, look.softness)
    open_sky = _openness(above, scale)
    soft = 0.35 + 0.5 * look.softness
    sky = soft * open_sky * (0.72 + 0.28 * canvas.normal[..., 2])
    bounce = canvas.skin[..., None] * np.array([0.85, 0.92, 1.12], np.float32) + (
        1 - canvas.skin[..., None]
    )
    sun = (1.25 - soft) * shadow
    direct = sun[..., None] * (
        (1 - canvas.skin)[..., None] * lambert[..., None]
        + canvas.skin[..., None] * (0.5 * lambert[..., None] + 0.5 * wrapped[..., None] * bounce)
    )
    warm = 1 + canvas.skin[..., None] * (1 - open_sky)[..., None] * np.array(
        [-0.35, -0.3, 0.15], np.float32
    )
    picture = canvas.albedo * (direct + sky[..., None] * warm)
    half = light + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    spark = np.clip(canvas.normal @ half, 0, 1) ** 24 * canvas.gloss * shadow
    picture = (picture + 0.9 * spark[..., None] * sun[..., None]).astype(np.float32)
    border = canvas.edges()
    picture[border] = cv2.GaussianBlur(picture, (3, 3), 0.75)[border]
    return picture


def _shadow(height: Array, light: Array, scale: float, softness: float) -> Array:
    """Return 1 in the light, less in cast shadow: the field is sampled towards the light."""
    flat = max(float(np.hypot(light[0], light[1])), 1e-3)
    slope = light[2] / flat
    worst = np.zeros_like(height)
    for reach in (0.04, 0.08, 0.14, 0.22, 0.34, 0.5, 0.75):
        step = reach * scale
        dx, dy = light[0] / flat * step, light[1] / flat * step
        matrix = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        moved = cv2.warpAffine(height, matrix, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        moved -= height
        width = np.float32(0.03 * scale + (0.15 + 0.4 * softness) * step)
        blocked = (moved - np.float32(step * slope)) / width
        np.maximum(worst, blocked, out=worst)
    sigma = 0.6 + 0.006 * scale
    # Grown by as much as it is then blurred, or a bright seam would part a thing from its shadow.
    grown = cv2.dilate(np.clip(worst, 0, 1), np.ones((3, 3), np.uint8), iterations=round(sigma))
    return 1 - 0.85 * cv2.GaussianBlur(grown, (0, 0), sigma)


def _openness(height: Array, scale: float) -> Array:
    """Return ambient light reaching each point: less where the surroundings stand higher."""
    small = cv2.resize(height, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    total = np.zeros_like(height)
    for width, weight in ((0.035, 0.22), (0.1, 0.4), (0.25, 0.4)):
        sigma = max(width * scale / 2, 0.6)
        wide = cv2.GaussianBlur(small, (0, 0), sigma)
        wide = cv2.resize(wide, height.shape[::-1], interpolation=cv2.INTER_LINEAR)
        pit = (wide - height) / np.float32(2 * sigma)
        total += weight * np.clip(pit + 0.05, 0, 1.2)
    return np.exp(-1.35 * np.minimum(total, 0.9)).astype(np.float32)


def expose(picture: Array, canvas: Canvas, scene: Scene) -> NDArray[np.uint8]:
    """Return the 8-bit BGR picture: tint, glare, blur, the sensor's noise, compression."""
    look = scene.look
    rng = stream(scene.seed, "camera")
    height, width = picture.shape[:2]
    if look.light == "infrared":
        picture = _infrared(picture, canvas, look.hot_spot, rng)
    else:
        picture = picture * np.asarray(look.tint, np.float32)
    picture = picture * _falloff(rng, height, width) * look.exposure
    for _ in range(look.glare):
        picture = picture + _glare(rng, height, width)
    picture = bent_image(_blurred(np.clip(picture, 0, 4), scene, rng), scene.lens)
    mono = look.light == "infrared"
    sensor = Sensor.drawn(stream(scene.seed, "sensor"), look.noise, mono=mono)
    grain = stream(scene.seed, f"grain {scene.frame}")
    picture = np.clip(sensor.counted(picture, stream(scene.seed, "columns"), grain), 0, 4)
    toned = np.clip(1.02 * (1 - np.exp(-1.55 * picture)) / 0.8, 0, 1) ** (1 / 1.35)
    toned = np.clip(0.5 + (toned - 0.5) * look.contrast, 0, 1)
    toned = sensor.finished(toned.astype(np.float32))
    eight = np.clip(toned * 255 + 0.5, 0, 255).astype(np.uint8)
    eight[outside(look.bars, height, width)] = 0
    if look.jpeg < 70:
        packed = cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, look.jpeg])[1]
        eight = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    if look.h264 and height % 2 == width % 2 == 0:
        eight = h264(eight, stream(scene.seed, "h264"))
    return eight


def outside(bars: tuple[float, float, float, float], height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of black bars; ``bars`` are fractions: left, top, right, bottom."""
    mask = np.ones((height, width), bool)
    left, top, right, bottom = bars
    mask[
        int(top * height) : height - int(bottom * height),
        int(left * width) : width - int(right * width),
    ] = False
    return mask


def _infrared(picture: Array, canvas: Canvas, hot_spot: float, rng: np.random.Generator) -> Array:
    """Return what a near-infrared camera sees: bright, flat skin; dyes fade; one hot lamp."""
    grey = picture @ np.array([0.2, 0.35, 0.45], np.float32)
    skin_level = rng.uniform(0.5, 0.8)
    flat = grey / np.maximum(canvas.albedo.mean(-1), 0.03)
    pale = canvas.albedo.mean(-1) ** 0.45 * rng.uniform(0.35, 0.85)
    on_skin = canvas.skin > 0.9
    level = float(np.percentile(canvas.albedo.mean(-1)[on_skin], 80)) if on_skin.any() else 1.0
    skin_texture = np.clip(canvas.albedo.mean(-1) / level, 0.05, 1.3) ** 0.6
    grey = flat * (canvas.skin * skin_level * skin_texture + (1 - canvas.skin) * pale)
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = rng.uniform(0.1, 0.9, 2) * (width, height)
    gap = np.hypot(x - cx, y - cy) / max(height, width)
    grey = grey * (0.6 + 0.9 * hot_spot * np.exp(-((gap / 0.45) ** 2)) + 0.25 * (1 - hot_spot))
    return np.repeat(grey[..., None], 3, -1)


def _falloff(rng: np.random.Generator, height: int, width: int) -> Array:
    """Return uneven light and vignette, (H, W, 1), about 0.6 to 1.2."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    angle, steep = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.5)
    ramp = 1 + steep * (np.cos(angle) * x + np.sin(angle) * y)
    uneven = ramp * (1 - rng.uniform(0, 0.5) * (x * x + y * y))
    return uneven[..., None].astype(np.float32)


def _glare(rng: np.random.Generator, height: int, width: int) -> Array:
    """Return a reflection of the incubator wall: a soft window, streak or veil."""
    mask = np.zeros((height, width), np.float32)
    size = max(height, width)
    centre = tuple(float(v) for v in rng.uniform(0, 1, 2) * (width, height))
    axes = tuple(float(v) for v in size * rng.uniform(0.03, 0.5, 2))
    box = cv2.boxPoints((centre, axes, float(rng.uniform(0, 180))))
    cv2.fillPoly(mask, [box.astype(np.int32)], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), size * rng.uniform(0.004, 0.06))
    return (mask * rng.uniform(0.08, 0.5))[..., None] * rng.uniform(0.85, 1.1, 3).astype(np.float32)


def _blurred(picture: Array, scene: Scene, rng: np.random.Generator) -> Array:
    look = scene.look
    height, width = picture.shape[:2]
    if look.shrink < 0.99:
        small = cv2.resize(
            picture, None, fx=look.shrink, fy=look.shrink, interpolation=cv2.INTER_AREA
        )
        picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if look.blur > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), look.blur * width / 256)
    if look.motion_blur > 1:
        length = int(look.motion_blur)
        kernel = np.zeros((length, length), np.float32)
        angle = rng.uniform(0, np.pi)
        middle, way = length / 2, np.array([np.cos(angle), np.sin(angle)]) * length / 2
        a, b = (middle - way).astype(int), (middle + way).astype(int)
        cv2.line(kernel, tuple(a.tolist()), tuple(b.tolist()), 1.0)
        picture = cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1))
    return picture
