"""Labels in the formats of other tools, in and out: pictures by file name, points by name.

How to add a format: write ``NAME.py`` here with a class that keeps ``base.Format`` under
``@register``, import it below, and add its name to the round trips of
tests/pipeline/annotation/test_formats.py. Points are mapped by name, never by position; a file that
lacks one of ours, or holds a wrong value, is refused in one line that names the place.
"""

from pipeline.annotation.formats import coco, cvat, deeplabcut, label_studio, sleap, tabular, yolo
from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    format_names,
    read_labels,
    write_labels,
)

__all__ = [
    "FormatError",
    "LabelledPicture",
    "coco",
    "cvat",
    "deeplabcut",
    "format_names",
    "label_studio",
    "read_labels",
    "sleap",
    "tabular",
    "write_labels",
    "yolo",
]
