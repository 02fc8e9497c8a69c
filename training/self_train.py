"""Learning a room without labels: a slow teacher's sure answers are the pupil's labels.

Mean teacher (Tarvainen, Valpola 2017) with a weak and a strong view of each picture (Sohn et al.
2020): the teacher, a running mean of the pupil, sees a picture as it is; the pupil sees it in other
light, blurred and partly covered, and learns the points that the teacher holds likely enough, by
the model's calibrated scores, and that an infant's body allows. Both views have the same geometry.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.models.calibration import calibrate
from pipeline.models.manifest import CalibrationSpec
from pipeline.skeleton import Skeleton
from training.heads.base import Labels
from training.losses.body import LIMBS, Body
from training.losses.morphology import PRETERM_RANGES
from training.norms import norms_at_rest
from training.spec import SelfTrainSpec


class SelfTrainer(nn.Module):
    """Holds the teacher; a checkpoint keeps it, so that a resumed run goes on with the same one."""

    def __init__(
        self,
        spec: SelfTrainSpec,
        pupil: nn.Module,
        skeleton: Skeleton,
        calibration: CalibrationSpec,
    ) -> None:
        super().__init__()
        self.spec, self.calibration = spec, calibration
        self.body = Body(skeleton)
        self.teacher = nn.ModuleDict(
            {name: copy.deepcopy(getattr(pupil, name)) for name in ("backbone", "head")}
        )
        self.teacher.requires_grad_(False)

    def begin_as(self, pupil: nn.Module) -> None:
        """Make the teacher the pupil as it is now.

        Wanted where the pupil's norms were settled since: the mean of two networks that answer
        alike by different statistics answers like neither.
        """
        for name, part in self.teacher.items():
            part.load_state_dict(getattr(pupil, name).state_dict())

    def forward(self, pupil: nn.Module, weak: Tensor, strong: Tensor) -> dict[str, Tensor]:
        """Return ``loss_self`` of unlabelled pictures (U, 3, H, W), and the share learned from.

        The loss is the mean over all points, those not learned from at nothing (Sohn et al. 2020,
        equation 4): a single sure point must not weigh as much as a labelled batch. The teacher
        moves towards the pupil by one step first.
        """
        self._follow(pupil)
        labels = self.labels(weak)
        with norms_at_rest(pupil):
            raw = pupil.head.forward(pupil.extract_feat(strong))
        whole = raw.float() if isinstance(raw, Tensor) else tuple(part.float() for part in raw)
        share = labels.weights_nk.mean()
        loss = self.spec.weight * share * pupil.head.point_loss(whole, labels)
        # mmengine adds up what is called a loss, and only that.
        return {"loss_self": loss, "share_learned": share}

    @torch.no_grad()
    def labels(self, weak: Tensor) -> Labels:
        """Return the teacher's points, with weights 1 where they are to be believed, else 0."""
        for part in self.teacher.modules():
            part.training = False
        head = self.teacher["head"]
        raw = head.forward(self.teacher["backbone"](weak))
        height, width = weak.shape[-2:]
        points, scores = head.found(raw, (width, height))
        likely = calibrate(scores, self.calibration)
        points = torch.from_numpy(np.asarray(points, np.float32)).to(weak.device)
        sure = torch.from_numpy(likely >= self.spec.min_score).to(points)
        kept = sure * self.allowed(points, sure)
        return Labels(points, kept, torch.ones_like(kept, dtype=torch.bool))

    def allowed(self, points_nkc: Tensor, sure_nk: Tensor) -> Tensor:
        """Return 1 for points of limbs no longer than infants have them, else 0; (N, K).

        A limb too long makes both its ends doubtful; all points are, where no trunk is sure.
        """
        lengths, counted = self.body.limbs(points_nkc, sure_nk)
        size, worth = self.body.size(points_nkc, sure_nk)
        limits = torch.tensor([PRETERM_RANGES[limb] for limb in LIMBS]).repeat(2).to(size)
        long = (counted > 0) & (lengths > limits * size[:, None])
        doubtful = torch.zeros_like(sure_nk)
        for limb, (start, end) in enumerate(zip(self.body.starts, self.body.ends, strict=True)):
            doubtful[:, start] += long[:, limb]
            doubtful[:, end] += long[:, limb]
        return ((doubtful == 0) & (worth > 0)[:, None]).to(sure_nk)

    @torch.no_grad()
    def _follow(self, pupil: nn.Module) -> None:
        for name, part in self.teacher.items():
            theirs = getattr(pupil, name).state_dict()
            for key, value in part.state_dict().items():
                if value.is_floating_point():
                    value.lerp_(theirs[key], 1 - self.spec.keep)
                else:
                    value.copy_(theirs[key])
