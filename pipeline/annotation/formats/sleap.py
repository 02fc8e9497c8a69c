"""SLEAP's labels by sleap-io: a list of pictures as the video, one instance each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    absent,
    places_of,
    register,
    size_of,
)
from pipeline.export.base import needed
from pipeline.skeleton import INFANT13


@register
class Sleap:
    """A point that is placed and not visible is occluded; one without a place is absent."""

    name = "sleap"
    target = "labels.slp"
    keeps_occluded = True

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read frames of pictures; those of a video have no file to be named by."""
        labels = needed("sleap_io", self.name).load_slp(str(path), open_videos=False)
        return [_picture(frame, images, path) for frame in labels.labeled_frames]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write the pictures' names as one video; pictures lie in ``images`` beside the file."""
        sio = needed("sleap_io", self.name)
        skeleton = sio.Skeleton(
            nodes=list(INFANT13.keypoints),
            edges=[list(limb) for limb in INFANT13.limbs],
            name=INFANT13.name,
        )
        # Names relative to the file, so that the folder may be moved; sleap-io saves a list of
        # pictures that it has not opened only with what it would have found in them.
        names = [f"images/{one.file}" for one in pictures]
        about = {"type": "ImageVideo", "filename": names[0] if names else "", "filenames": names}
        video = sio.Video(filename=names, backend_metadata=about, open_backend=False)
        frames = [
            sio.LabeledFrame(video=video, frame_idx=t, instances=_instances(sio, skeleton, one))
            for t, one in enumerate(pictures)
        ]
        labels = sio.Labels(frames, videos=[video], skeletons=[skeleton])
        sio.save_slp(labels, str(path), verbose=False)


def _instances(sio: Any, skeleton: Any, one: LabelledPicture) -> list[Any]:
    if one.is_empty:
        return []
    places = np.where(one.points_k3[:, 2:] > 0, one.points_k3[:, :2], np.nan)
    instance = sio.Instance.from_numpy(places, skeleton=skeleton)
    instance.points["visible"] = one.points_k3[:, 2] == 2
    return [instance]


def _picture(frame: Any, images: Path, path: Path) -> LabelledPicture:
    names = frame.video.filename
    where = f"{path}: frame {frame.frame_idx}"
    if not isinstance(names, list):
        raise FormatError(f"{where}: is of a video; export its frames as pictures first")
    file = Path(str(names[frame.frame_idx]).replace("\\", "/")).name
    if len(frame.instances) > 1:
        raise FormatError(f"{where}: holds {len(frame.instances)} infants; one a picture")
    points_k3 = absent()
    for instance in frame.instances:
        places = places_of([node.name for node in instance.skeleton.nodes], where)
        xy = instance.numpy(invisible_as_nan=False)
        for k, place in enumerate(places):
            if np.isfinite(xy[place]).all():
                state = 2 if instance.points["visible"][place] else 1
                points_k3[k] = xy[place][0], xy[place][1], state
    return LabelledPicture(file, size_of(images / file, where), points_k3)
