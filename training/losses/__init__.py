"""Losses, each a registered mmpose module.

How to add one: write a file beside this one with a ``@MODELS.register_module()`` class whose
``forward(logits, targets_xy, weights, present)`` returns a scalar, and whose
``probability(logits)`` turns logits into the heatmaps that the exported model gives; import it
below and name it in ``training.spec.LossSpec``.
"""

from training.losses.heatmap import HeatmapBCE, HeatmapMSE, SpatialCrossEntropy

LOSSES = {
    "spatial_ce": SpatialCrossEntropy,
    "bce": HeatmapBCE,
    "mse": HeatmapMSE,
}
