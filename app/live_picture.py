"""Turns a cot's newest picture and pose into a JPEG, or into the reason why there is none.

Nothing old is ever handed out as live: a picture older than 3 s is not sent at all, and every
answer says how old its frame is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from pipeline.drawing import draw_pose, skeleton_only
from pipeline.face import blur_face
from pipeline.live import LivePicture, LiveView, MonitorStatus
from pipeline.types import ImageArray

PictureMode = Literal["overlay", "plain", "blurred", "skeleton"]
PICTURE_MODES: tuple[PictureMode, ...] = get_args(PictureMode)
STALE_AFTER_S = 3.0
_WIDTHS_PX = (320, 480, 640, 960, 1280)
_QUALITY = 80
_LIVE_STATES = ("live",)


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """One answer of the live route.

    ``state``: ``live`` (then ``jpeg`` is set), ``not-monitoring``, ``unwatched`` (the monitor has
    no such cot), ``waiting`` (asked for, not there yet) or a capture state such as ``stalled``.
    ``line`` says it for a person.
    """

    state: str
    line: str
    age_s: float | None = None
    sequence: int = -1
    jpeg: bytes | None = None


class LivePictures:
    """Makes live JPEGs; visitors who look at the same frame share one encoding."""

    def __init__(self, live: LiveView) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._made: dict[tuple[int, PictureMode, int], tuple[int, int, bytes]] = {}

    def answer(self, cot_id: int, mode: PictureMode, width_px: int) -> PictureAnswer:
        """Return the newest picture of a cot, drawn as asked, or why there is none."""
        with self._lock:
            status = self._live.status()
            refusal = _refusal(status, cot_id)
            if refusal is not None:
                return refusal
            picture = self._live.picture(cot_id)
        if picture is None or picture.live.age_s > STALE_AFTER_S:
            return _not_yet(status, cot_id)
        jpeg = self._jpeg(cot_id, picture, mode, fitting_width_px(width_px))
        return PictureAnswer("live", "", picture.live.age_s, picture.live.sequence, jpeg)

    def _jpeg(self, cot_id: int, picture: LivePicture, mode: PictureMode, width_px: int) -> bytes:
        key = (cot_id, mode, width_px)
        mark = (picture.live.segment, picture.live.sequence)
        made = self._made.get(key)
        if made is not None and made[:2] == mark:
            return made[2]
        jpeg = encode_jpeg(shrink(draw(picture, mode), width_px))
        self._made[key] = (*mark, jpeg)
        return jpeg


def fitting_width_px(width_px: int) -> int:
    """Return the smallest offered width that is not smaller than the one asked for."""
    return next((width for width in _WIDTHS_PX if width >= width_px), _WIDTHS_PX[-1])


def draw(picture: LivePicture, mode: PictureMode) -> ImageArray:
    """Return the picture as asked: with the skeleton, plain, with the face blurred, or bare."""
    pose = picture.live.pose
    smoothed_kc, scores_k = picture.live.smoothed_kc, pose.scores_k
    # A doubtful point has no smoothed place; it is drawn, hollow, where the network saw it.
    keypoints_kc = np.where(np.isnan(smoothed_kc), pose.keypoints_kc, smoothed_kc)
    if mode == "plain":
        return picture.image_hwc
    if mode == "skeleton":
        return skeleton_only(picture.live.size_wh, keypoints_kc, scores_k)
    image_hwc = picture.image_hwc.copy()
    if mode == "blurred":
        blur_face(image_hwc, pose.keypoints_kc, scores_k)
    return draw_pose(image_hwc, keypoints_kc, scores_k)


def shrink(image_hwc: ImageArray, width_px: int) -> ImageArray:
    """Return the picture no wider than ``width_px``."""
    height, width = image_hwc.shape[:2]
    if width <= width_px:
        return image_hwc
    size_wh = (width_px, max(1, round(height * width_px / width)))
    return np.asarray(cv2.resize(image_hwc, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def encode_jpeg(image_hwc: ImageArray, quality: int = _QUALITY) -> bytes:
    """Return a BGR picture as JPEG."""
    done, data = cv2.imencode(".jpg", image_hwc, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {image_hwc.shape} cannot become a JPEG")
    return bytes(data)


def _refusal(status: MonitorStatus, cot_id: int) -> PictureAnswer | None:
    if not status.monitoring:
        return PictureAnswer("not-monitoring", "not monitoring")
    cot = status.cots.get(cot_id)
    if cot is None:
        return PictureAnswer("unwatched", "its camera is off or missing, or was just added")
    if cot.state not in _LIVE_STATES:
        return PictureAnswer(cot.state, cot.line or cot.state, cot.frame_age_s)
    return None


def _not_yet(status: MonitorStatus, cot_id: int) -> PictureAnswer:
    cot = status.cots[cot_id]
    if cot.frame_age_s is not None and cot.frame_age_s > STALE_AFTER_S:
        return PictureAnswer("stalled", "no new picture", cot.frame_age_s)
    return PictureAnswer("waiting", "waiting for a picture", cot.frame_age_s)
