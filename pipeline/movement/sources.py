"""Tracks to measure: from a stored recording, or from a video file by the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from db.codec import KeypointBlock
from db.store import Store
from db.times import MINUTE_US
from pipeline.errors import SettingsError, SourceError, Unreadable
from pipeline.estimate import Estimator
from pipeline.models.session import PoseModel
from pipeline.movement.samples import Window
from pipeline.movement.track import Track, make_track
from pipeline.movement.wander import of_bundled_model
from pipeline.sources import SourceSpec, make_source
from pipeline.types import Frame, Pose

MOST_HOURS = 2
_INFANT = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A track with what it is of; ``window_us``: the span that it stands for, the end outside."""

    name: str
    track: Track
    window_us: Window
    model: str


def of_recording(
    store: Store, recording_id: int, from_us: int | None = None, to_us: int | None = None
) -> Measured:
    """Return the track of a recording or a span of it; raise ``SettingsError`` for over 2 h.

    Raises ``NotFound`` for a recording that there is not.
    """
    recording = store.recording(recording_id)
    first_us, last_us = _span(store, recording_id)
    window_us = (max(first_us, from_us or first_us), min(last_us, to_us or last_us))
    hours = (window_us[1] - window_us[0]) / (60 * MINUTE_US)
    if hours <= 0:
        raise SettingsError(f"recording {recording_id} has no frames in that span")
    if hours > MOST_HOURS:
        raise SettingsError(
            f"recording {recording_id} would be {hours:.1f} h; name at most {MOST_HOURS} h of it "
            "by --from and --to"
        )
    series = store.keypoints(recording_id=recording_id, from_us=window_us[0], to_us=window_us[1])
    breaks_us = [int(series.block.times_us[run.start]) for run in series.runs[1:]]
    used = {run.model_id for run in series.runs}
    names = [f"{m.name} {m.version}" for m in store.models() if m.id in used]
    name = f"recording {recording_id}: {recording.name}"
    return Measured(name, _track(series.block, breaks_us), window_us, ", ".join(names))


def _span(store: Store, recording_id: int) -> Window:
    minutes = [m.minute_us for m in store.known_minutes(recording_id) if m.has_frames]
    if not minutes:
        raise SettingsError(f"recording {recording_id} has no frames")
    ends = (minutes[0], minutes[-1])
    first, last = (
        store.keypoints(recording_id=recording_id, from_us=at, to_us=at + MINUTE_US).block.times_us
        for at in ends
    )
    return int(first[0]), int(last[-1]) + 1


def of_video(
    path: Path, model: PoseModel, progress: Callable[[float], None] = lambda _: None
) -> Measured:
    """Return the track of a video file, by a model; ``progress`` gets the seconds done.

    Raises ``SourceError`` for a file that cannot be read.
    """
    block = block_of_video(path, model, progress)
    window_us = (int(block.times_us[0]), int(block.times_us[-1]) + 1)
    manifest = model.manifest
    return Measured(path.name, _track(block, []), window_us, f"{manifest.name} {manifest.version}")


def block_of_video(
    path: Path, model: PoseModel, progress: Callable[[float], None] = lambda _: None
) -> KeypointBlock:
    """Return the raw keypoints of each frame of a video file; see ``of_video``."""
    source = make_source(SourceSpec(url=f"file:{path}", live=False))
    estimator: Estimator[int] = Estimator(model)
    times_us: list[int] = []
    poses: list[Pose] = []
    try:
        source.open()
        for picture in source.frames():
            if picture is None or picture.image_hwc is None or picture.stream_us is None:
                continue
            frame = Frame(picture.image_hwc, picture.stream_us, 0, 0, len(poses), 0)
            if times_us and frame.stream_us <= times_us[-1]:
                continue
            times_us.append(frame.stream_us)
            poses.append(estimator.estimate({_INFANT: frame})[_INFANT])
            progress((frame.stream_us - times_us[0]) / 1e6)
    except SourceError as error:
        raise type(error)(f"{path}: {error}") from error
    finally:
        source.close()
    if len(poses) < 2:
        raise Unreadable(f"{path}: has {len(poses)} frames; a movement needs at least two")
    return KeypointBlock(
        np.array(times_us, np.int64),
        np.array([int(pose.flags) for pose in poses], np.uint16),
        np.stack([pose.keypoints_kc for pose in poses]),
        np.stack([pose.scores_k for pose in poses]),
    )


def _track(block: KeypointBlock, breaks_us: list[int]) -> Track:
    return make_track(block, breaks_us=breaks_us, wander=of_bundled_model())
