"""Pictures with finished labels in a database, as the Annotate page leaves them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from db.annotation_schema import AnnotationFrame
from db.store import Store
from pipeline.annotation.pictures import PictureFolder
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body


def label_pictures(store: Store, data_path: Path, count: int = 2, infants: int = 1) -> list[int]:
    """Keep grey pictures, label each as one who stands; return their ids."""
    pictures, made = PictureFolder.under(data_path), []
    points = {
        name: [float(x), float(y), 2.0]
        for name, (x, y) in zip(INFANT13.keypoints, standing_body(), strict=True)
    }
    for number in range(count):
        kept = pictures.keep_image(np.full((480, 640, 3), 60 + number, np.uint8))
        frame = AnnotationFrame(
            sha256=kept.sha256,
            file=kept.file,
            width=kept.width,
            height=kept.height,
            bytes=kept.bytes,
            source="clip",
            subject=f"infant {number % infants}",
            queued_by="x",
        )
        frame_id, _ = store.add_frame(frame)
        store.save_annotation(frame_id, "Ada", points)
        made.append(frame_id)
    return made
