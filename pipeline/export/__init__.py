"""Stored keypoints in the formats that others read: for analysis, never with a name or a date.

What leaves is a :class:`~pipeline.export.base.Take`: times from the start, raw keypoints and their
scores, a pseudonym, and a date shifted by whole days. Pictures are never part of it: only a video
that is asked for holds any (``video``), its face blurred.

How to add a format: write ``NAME.py`` here with a function under ``@exporter("name", ".suffix")``
that takes a ``Take`` and a path, import it below, and read it back by its own library in
tests/pipeline/export. A library that is not always installed goes through ``base.needed``.
"""

from pipeline.export import coco, dlc, netcdf, nwb, slp, tabular
from pipeline.export.base import ExportError, Take, export, format_names
from pipeline.export.gather import gather, subject_of
from pipeline.export.video import VideoExport

__all__ = [
    "ExportError",
    "Take",
    "VideoExport",
    "coco",
    "dlc",
    "export",
    "format_names",
    "gather",
    "netcdf",
    "nwb",
    "slp",
    "subject_of",
    "tabular",
]
