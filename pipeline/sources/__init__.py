"""Where pictures come from.

How to add a source: write one file here with a class that keeps ``base.Source``, decorate it with
``@register("scheme")``, import it below, and mirror it with tests/pipeline/sources/test_<name>.py.
Sources that FFmpeg opens derive from ``container.ContainerSource`` and only say which containers
and protocols they allow. Nothing here may import pydantic, OpenCV or the model runtime: every
capture process pays for it.
"""

from pipeline.sources import device, file, folder, network
from pipeline.sources.base import (
    Picture,
    Source,
    SourceSpec,
    StreamInfo,
    make_source,
    register,
    scheme_of,
)

__all__ = [
    "Picture",
    "Source",
    "SourceSpec",
    "StreamInfo",
    "device",
    "file",
    "folder",
    "make_source",
    "network",
    "register",
    "scheme_of",
]
