"""SLEAP's labels, by sleap-io: one track, predicted instances, no picture inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.export.base import Take, exporter, needed


@exporter("slp", ".slp")
def write_slp(take: Take, path: Path) -> None:
    """Write the frames that hold a pose; their numbers are those of the video."""
    sio = needed("sleap_io", "slp")
    skeleton = sio.Skeleton(
        nodes=list(take.skeleton.keypoints),
        edges=[list(limb) for limb in take.skeleton.limbs],
        name=take.skeleton.name,
    )
    video = sio.Video(filename=take.name, open_backend=False)
    track = sio.Track(take.subject)
    frames = []
    for t in np.flatnonzero(np.isfinite(take.keypoints_tkc[..., 0]).any(axis=1)).tolist():
        instance = sio.PredictedInstance.from_numpy(
            take.keypoints_tkc[t].astype(np.float64),
            skeleton=skeleton,
            point_scores=take.scores_tk[t].astype(np.float64),
            score=float(take.scores_tk[t].mean()),
            track=track,
        )
        frames.append(sio.LabeledFrame(video=video, frame_idx=t, instances=[instance]))
    labels = sio.Labels(frames, videos=[video], skeletons=[skeleton], tracks=[track])
    labels.provenance = {"software": take.software, "model": take.model}
    sio.save_slp(labels, str(path))
