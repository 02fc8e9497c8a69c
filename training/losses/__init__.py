"""Losses, each a registered mmpose module.

Losses on keypoints: write a file beside this one with a ``@MODELS.register_module()`` class whose
``forward(logits, targets_xy, weights, present)`` returns a scalar and whose ``probability(logits)``
gives what the exported model gives; name it in ``LOSSES`` under the heads that can learn by it, and
in ``training.spec.LossSpec``.

Losses beside those act on coordinates: ``morphology`` (what an infant's body allows) and
``temporal`` (what time allows, on clips without labels).
"""

from training.losses.heatmap import HeatmapBCE, HeatmapMSE, SpatialCrossEntropy
from training.losses.offset import HeatmapOffset
from training.losses.simcc import SimccKL

# By the kind of answer that a network gives; the first one is its default.
LOSSES = {
    "heatmap": {
        "spatial_ce": SpatialCrossEntropy,
        "bce": HeatmapBCE,
        "mse": HeatmapMSE,
        "offset": HeatmapOffset,
    },
    "simcc": {"simcc_kl": SimccKL},
}
