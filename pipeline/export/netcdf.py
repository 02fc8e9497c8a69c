"""netCDF as the movement library reads it: position and confidence over labelled dimensions."""

from __future__ import annotations

from pathlib import Path

from pipeline.export.base import NOTE, Take, exporter, needed


@exporter("netcdf", ".nc")
def write_netcdf(take: Take, path: Path) -> None:
    """Write ``position`` (time, space, keypoints, individuals) and ``confidence``, in seconds."""
    xarray = needed("xarray", "netcdf")
    needed("h5netcdf", "netcdf")
    dataset = xarray.Dataset(
        {
            "position": (
                ("time", "space", "keypoints", "individuals"),
                take.keypoints_tkc.transpose(0, 2, 1)[..., None],
            ),
            "confidence": (("time", "keypoints", "individuals"), take.scores_tk[..., None]),
        },
        coords={
            "time": take.times_s,
            "space": ["x", "y"],
            "keypoints": list(take.skeleton.keypoints),
            "individuals": [take.subject],
        },
        attrs={
            "ds_type": "poses",
            "source_software": take.software,
            "fps": take.fps,
            "time_unit": "seconds",
            "started": take.started.isoformat(),
            "model": take.model,
            "note": NOTE,
        },
    )
    dataset.to_netcdf(path, engine="h5netcdf")
