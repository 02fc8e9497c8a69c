"""Models at run time: a folder with ``model.onnx`` and ``manifest.json``, and nothing else.

No pickle, no Python configuration, no external tensor files. ``load_model`` checks the hash, the
graph's shapes, the keypoint names and a dry run before a model is used.

How to add a decoder: one file in ``decode/`` with a function under ``@decoder(name, kind)``, its
import in ``decode/__init__.py``, and a mirrored test. A network of a known output kind needs no
code at all, only its manifest.
"""

from pipeline.models.crop import Crop
from pipeline.models.manifest import Manifest, read_manifest
from pipeline.models.session import BUNDLED_MODEL, PoseModel, load_model

__all__ = ["BUNDLED_MODEL", "Crop", "Manifest", "PoseModel", "load_model", "read_manifest"]
