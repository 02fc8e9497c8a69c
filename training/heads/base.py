"""What all heads share: a batch's labels, the losses on coordinates, and the runtime's reading."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from dataclasses import dataclass
from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from pipeline.models.decode import decoder_for
from pipeline.models.manifest import InputSpec, Manifest, OutputSpec
from training.losses.morphology import MorphologyLoss
from training.losses.temporal import TemporalLoss


@dataclass(frozen=True, slots=True)
class Labels:
    """A batch's labels: ``points_nkc`` (N, K, 2) in input pixels, ``weights_nk``, ``present_nk``.

    A weight of 0 says that nothing is known of the point; not present, that it is known to be
    absent.
    """

    points_nkc: Tensor
    weights_nk: Tensor
    present_nk: Tensor

    @classmethod
    def of(cls, samples: list, like: Tensor) -> Labels:
        """Gather the labels of mmpose's samples, on the device and of the kind of a tensor."""
        labels = [sample.gt_instance_labels for sample in samples]
        return cls(
            torch.cat([label.keypoints for label in labels]).to(like),
            torch.cat([label.keypoint_weights for label in labels]).to(like),
            torch.cat([label.present for label in labels]).to(like.device),
        )


class InfantHead:
    """Mixed into an mmpose head, in front of it.

    Batches carry coordinates instead of drawn heatmaps: a hundred times less to move from the
    loader's workers, and any input size works.

    A kind gives ``forward(feats)`` (its raw answer), ``point_loss(raw, labels)``, ``answers(raw)``
    (the tensors that are exported, under ``output_names``), ``mirrored(answers, width)`` (those to
    a mirrored picture as the picture itself would give them, left and right aside),
    ``expected(raw)`` (differentiable keypoints (N, K, 2) in input pixels) and ``output_spec()``
    (how the runtime reads them).
    """

    output_names: tuple[str, ...]
    # Given by training.build; a value here would hide what torch keeps under the same name.
    morphology: MorphologyLoss | None
    temporal: TemporalLoss | None

    def loss(
        self, feats: tuple[Tensor, ...], batch_data_samples: list, train_cfg: dict | None = None
    ) -> dict[str, Tensor]:
        """Return ``loss_keypoints`` of a batch, and ``loss_morphology`` where it is wanted."""
        raw = _in_full(self.forward(feats))
        labels = Labels.of(batch_data_samples, raw[0])
        losses = {"loss_keypoints": self.point_loss(raw, labels)}
        if self.morphology is not None:
            weights = labels.weights_nk * labels.present_nk
            losses["loss_morphology"] = self.morphology(self.expected(raw), weights)
        return losses

    def clip_loss(self, feats: tuple[Tensor, ...], clip_length: int) -> dict[str, Tensor]:
        """Return the losses of unlabelled clips, whose frames (clips · T) lie one after another."""
        raw = _in_full(self.forward(feats))
        points_ctkc = self.expected(raw).unflatten(0, (-1, clip_length))
        seen_ctk = self.confidence(raw).detach().unflatten(0, (-1, clip_length))
        losses = {}
        if self.temporal is not None:
            losses["loss_temporal"] = self.temporal(points_ctkc, seen_ctk)
        if self.morphology is not None and self.morphology.spec.clip > 0:
            losses["loss_morphology_clip"] = self.morphology.of_clips(points_ctkc, seen_ctk)
        return losses

    def predict(
        self, feats: tuple[Tensor, ...], batch_data_samples: list, test_cfg: dict | None = None
    ) -> list[InstanceData]:
        """Return keypoints in input pixels, and scores, as the runtime's own decoder reads them."""
        width, height = (int(side) for side in batch_data_samples[0].input_size)
        points, scores = self.found(self.forward(feats), (width, height))
        return [
            InstanceData(keypoints=points[n : n + 1], keypoint_scores=scores[n : n + 1])
            for n in range(len(points))
        ]

    def found(self, raw: Any, input_wh: tuple[int, int]) -> tuple[Any, Any]:
        """Return points (N, K, 2) in input pixels and scores (N, K), by the runtime's decoder."""
        outputs = [answer.float().cpu().numpy() for answer in self.answers(raw)]
        manifest = Manifest.model_construct(
            name="training",
            input=InputSpec(width=input_wh[0], height=input_wh[1]),
            output=OutputSpec(**self.output_spec()),
        )
        return decoder_for(manifest).decode(outputs, manifest)

    def confidence(self, raw: Any) -> Tensor:
        """Return how sure the answer is of each point, (N, K) in 0..1."""
        heights = [answer.flatten(2).amax(-1) for answer in self.answers(raw)]
        return torch.stack(heights).amin(0)


def _in_full(raw: Any) -> Any:
    """Return an answer in 32 bits: the softmax of the losses needs more than 16."""
    return raw.float() if isinstance(raw, Tensor) else tuple(part.float() for part in raw)
