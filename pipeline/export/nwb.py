"""Neurodata Without Borders, by pynwb and its extension for poses (ndx-pose)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.export.base import NOTE, Take, exporter, needed

_FRAME = "(0, 0) is the centre of the picture's upper left pixel; x to the right, y down"


@exporter("nwb", ".nwb")
def write_nwb(take: Take, path: Path) -> None:
    """Write a ``behavior`` module with a ``Skeletons`` and a ``PoseEstimation``."""
    pynwb, ndx_pose = needed("pynwb", "nwb"), needed("ndx_pose", "nwb")
    file = pynwb.NWBFile(
        session_description=f"Keypoints of an infant in a cot. {NOTE}",
        identifier=f"{take.subject} {take.started.isoformat()}",
        session_start_time=take.started,
        subject=pynwb.file.Subject(subject_id=take.subject, species="Homo sapiens"),
    )
    skeleton = ndx_pose.Skeleton(
        name=take.skeleton.name,
        nodes=list(take.skeleton.keypoints),
        edges=np.array(take.skeleton.limb_indices, np.uint8),
    )
    series = [
        ndx_pose.PoseEstimationSeries(
            name=name,
            data=take.keypoints_tkc[:, k],
            unit="pixels",
            reference_frame=_FRAME,
            timestamps=take.times_s,
            confidence=take.scores_tk[:, k],
            confidence_definition="calibrated score, 0 to 1; present from 0.5",
        )
        for k, name in enumerate(take.skeleton.keypoints)
    ]
    pose = ndx_pose.PoseEstimation(
        name="PoseEstimation",
        pose_estimation_series=series,
        description="raw estimates, not smoothed",
        dimensions=np.array([take.size_wh], np.uint16),
        scorer=take.model,
        source_software=take.software,
        skeleton=skeleton,
    )
    module = file.create_processing_module(name="behavior", description="poses")
    module.add(ndx_pose.Skeletons(skeletons=[skeleton]))
    module.add(pose)
    with pynwb.NWBHDF5IO(str(path), "w") as out:
        out.write(file)
