"""The steps of a retraining; each leaves its result on the disk and is not done twice."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.models.comparison import COMPARISON_FILE, CURVES_FILE
from pipeline.models.manifest import read_manifest
from pipeline.models.session import load_model
from pipeline.skeleton import INFANT13
from training.card import write_card
from training.compare import compared
from training.data.check import read_document
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.data.growing import grow, sides_of
from training.data.identity import group_of
from training.data.version import read_version, write_version
from training.errors import DatasetError
from training.export import export, measure_pictures
from training.files import write_json
from training.retraining.account import Account
from training.retraining.order import Desk, Order
from training.retraining.recipe import check_network, write_spec
from training.synthetic.dataset import write_shard
from training.train import train

LABELS, RENDERED, TRAINING = "labels", "rendered pictures", "training"
EXPORT, COMPARISON = "export and calibration", "comparison"
# Seeds of no other set of this project, so that what it forgets is seen on infants it never saw.
_FIRST_SEED = 40_000_000
_SHARD, _SIZE_HW, _VAL = 40, (192, 192), 0.2
_RENDERED_A_S, _LOOKED_AT_A_S = 3.0, 40.0
_MOST_COMPARED = 400


@dataclass(frozen=True, slots=True)
class Retraining:
    """One retraining: its folder, its order, and where it tells how far it is."""

    desk: Desk
    order: Order
    account: Account

    @classmethod
    def at(cls, desk: Desk) -> Retraining:
        """Open the retraining of a folder; raise ``SpecError``."""
        order = desk.order()
        check_network(read_manifest(order.model))
        looks_s = min(_MOST_COMPARED, _VAL * order.n_rendered) / _LOOKED_AT_A_S
        planned_s = {
            LABELS: 2.0,
            RENDERED: order.n_rendered / _RENDERED_A_S,
            TRAINING: 60 * order.minutes,
            EXPORT: 10.0 + 3 * looks_s,
            COMPARISON: 10.0 + 2 * looks_s,
        }
        return cls(desk, order, Account(desk.folder / "progress.json", planned_s))

    def run(self) -> None:
        """Go through the steps; raise ``TrainingError`` and ``CotsideError``."""
        for step in (self.labels, self.rendered, self.train, self.export, self.compare):
            step()

    def labels(self) -> None:
        """Make a dataset version of the labels, after the one before."""
        self.account.begin(LABELS)
        order = self.order
        if not order.dataset.exists():
            order.dataset.parent.mkdir(parents=True, exist_ok=True)
            before = order.parent if order.parent and order.parent.is_dir() else None
            grow(order.labels, order.dataset, before)
        shutil.rmtree(order.labels, ignore_errors=True)
        pictures = read_pictures([order.dataset], INFANT13)
        version = read_version(order.dataset)
        n_val = len(self._validation([order.dataset]) or ())
        n_infants = len(set(pictures.groups))
        infants = f"{n_infants} infant{'s' * (n_infants != 1)}"
        self.account.finish(
            f"{len(pictures)} pictures of {infants}, {n_val} of them to compare on",
            pictures=len(pictures),
            infants=n_infants,
            version=version.hash if version else "",
        )

    def rendered(self) -> None:
        """Render what is wanting of the pictures that all retrainings share."""
        self.account.begin(RENDERED)
        order = self.order
        firsts = range(0, order.n_rendered, _SHARD)
        order.rendered.mkdir(parents=True, exist_ok=True)
        for number, first in enumerate(firsts):
            self.account.advance(number / len(firsts))
            folder = order.rendered / f"shard_{number:03d}"
            if not folder.exists():
                write_shard(folder, _seeds(first), _SIZE_HW)
            if read_version(folder) is None:
                write_version(folder, {"by": "retraining"}, (), _split(folder))
        self.account.finish(f"{len(firsts) * _SHARD} are there")

    def train(self) -> None:
        """Train from the model in use, going on where a run was ended."""
        self.account.begin(TRAINING)
        before = read_manifest(self.order.model)
        n_labels = len(read_pictures([self.order.dataset], INFANT13, "train"))
        spec = write_spec(self.desk, self.order, before, n_labels)
        resume = (self.desk.run / "last.pth").is_file()
        if not (self.desk.run / "done").is_file():
            train(spec, resume=resume, told=self.account.advance)
            (self.desk.run / "done").touch()
        self.account.finish(f"{self.order.minutes:g} minutes from {before.name} {before.version}")

    def export(self) -> None:
        """Export the best checkpoint; calibrate and measure on the validation pictures."""
        self.account.begin(EXPORT)
        order, out = self.order, self.desk.out
        before = read_manifest(order.model)
        pictures = self._validation([order.dataset, order.rendered, *order.old])
        if pictures is None:
            raise DatasetError(f"{order.rendered}: holds no picture to validate on; remove it")
        n_labels = len(read_pictures([order.dataset], INFANT13, "train"))
        spec = write_spec(self.desk, order, before, n_labels)
        manifest = export(spec, self.desk.run / "best.pth", out, before.input.size_wh)
        manifest["crop"] = before.crop.model_dump(mode="json")
        manifest["output"] |= {"decoder": before.output.decoder, "reach": before.output.reach}
        version = read_version(order.dataset)
        manifest["figures"]["retrained"] = {
            "from": f"{before.name} {before.version}",
            "from_sha256": before.sha256,
            "labels": n_labels,
            "dataset": version.hash if version else "",
        }
        write_json(out / "manifest.json", manifest)
        self.account.advance(0.2)
        manifest = measure_pictures(out, pictures, None, "validation pictures")
        write_card(out, manifest)
        shutil.copyfile(self.desk.run / "log.csv", out / CURVES_FILE)
        self.account.finish(f"{manifest['name']} {manifest['version']}")

    def compare(self) -> None:
        """Compare with the model in use, on validation infants and on what must not be forgotten.

        Without a labelled infant to validate on nothing is said of real infants, and the gate
        holds the candidate back.
        """
        self.account.begin(COMPARISON)
        new, before = load_model(self.desk.out, "cpu"), load_model(self.order.model, "cpu")
        images = self._validation([self.order.dataset])
        old = self._validation([self.order.rendered, *self.order.old])
        write_json(self.desk.out / COMPARISON_FILE, compared(new, before, images, old))
        n_images, n_old = (0 if part is None else len(part) for part in (images, old))
        self.account.finish(f"on {n_images} labelled pictures and {n_old} old ones")

    def _validation(self, roots: list[Path]) -> PictureSet | None:
        """Read the validation sides, evenly thinned; None where no picture stands on them."""
        pictures = read_pictures(dataset_folders(roots), INFANT13, "val")
        step = max(1, -(-len(pictures) // _MOST_COMPARED))
        return pictures.take(range(0, len(pictures), step)) if len(pictures) else None


def _split(folder: Path) -> dict[str, list[str]]:
    images = read_document(folder / "annotations.json").entries("images")
    return sides_of(Counter(group_of(image, folder) for image in images), {}, _VAL)


def _seeds(first: int) -> range:
    return range(_FIRST_SEED + first, _FIRST_SEED + first + _SHARD)
