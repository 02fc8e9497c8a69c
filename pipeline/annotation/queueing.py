"""Fill the queue of pictures to be labelled from what is stored of a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.annotation_schema import AnnotationFrame
from db.schema import Recording
from db.series import KeypointSeries, Run
from db.store import Store
from pipeline.annotation.choosing import ALIKE, Candidate, Known, choose, distances, embedding
from pipeline.annotation.footage import Footage
from pipeline.annotation.pictures import PictureFolder
from pipeline.annotation.points import from_estimate, to_points
from pipeline.annotation.signals import Stretch
from pipeline.annotation.strata import count_strata, strata_of

APART_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Queued:
    """What came of it: pictures added, known before, and frames whose picture is gone."""

    added: int
    known: int
    without_picture: int


def known_so_far(store: Store) -> Known:
    """Return what is labelled: poses, and how many of each kind."""
    labelled = store.labelled()
    poses = {one.frame.id: (to_points(one.work.points or {}), one.frame) for one in labelled}
    embeddings = [embedding(points) for points, _ in poses.values()]
    strata = [strata_of(points, (frame.width, frame.height)) for points, frame in poses.values()]
    return Known(
        np.stack(embeddings) if embeddings else Known().embeddings,
        count_strata(strata),
        len(poses),
    )


def queue_recording(
    store: Store,
    pictures: PictureFolder,
    footage: Footage,
    recording: Recording,
    count: int,
    by: str,
) -> Queued:
    """Choose up to ``count`` frames of a recording and keep their pictures for labelling.

    Raises ``CodecError`` for a damaged chunk, ``PictureError`` where pictures cannot be written.
    """
    series = store.keypoints(recording_id=recording.id)
    added = known = without = 0
    for one in _chosen(store, series, footage, recording, count):
        image_hwc = footage.picture(one.time_us)
        if image_hwc is None:
            without += 1
            continue
        kept = pictures.keep_image(image_hwc)
        _, is_new = store.add_frame(
            AnnotationFrame(
                sha256=kept.sha256,
                file=kept.file,
                width=kept.width,
                height=kept.height,
                bytes=kept.bytes,
                source=footage.source[:300],
                time_us=one.time_us,
                recording_id=recording.id,
                infant_id=store.infant_at(recording.id, one.time_us),
                strata=one.strata,
                priority=one.priority,
                reasons=one.reasons,
                queued_by=by[:120],
            )
        )
        added, known = added + is_new, known + (not is_new)
    return Queued(added, known, without)


def _chosen(
    store: Store, series: KeypointSeries, footage: Footage, recording: Recording, count: int
) -> list[Candidate]:
    """Return the best of all runs, none alike: each run is judged by itself."""
    known = known_so_far(store)
    queued_us = np.array(store.queued_times(recording.id), np.int64)
    found = [
        one for run in series.runs for one in _of_run(series, run, footage, known, queued_us, count)
    ]
    found.sort(key=lambda one: -one.priority)
    chosen: list[Candidate] = []
    for one in found:
        taken = np.stack([other.embedding for other in chosen]) if chosen else None
        if len(chosen) < count and (taken is None or distances(taken, one.embedding).min() > ALIKE):
            chosen.append(one)
    return chosen


def _of_run(
    series: KeypointSeries,
    run: Run,
    footage: Footage,
    known: Known,
    queued_us: NDArray[np.int64],
    count: int,
) -> list[Candidate]:
    block = series.part(run)
    stretch = Stretch(block.times_us, block.keypoints_tkc, block.scores_tk, block.flags_t)
    allowed_t = footage.covers(block.times_us)
    embeddings = [known.embeddings]
    for time_us in queued_us[(queued_us >= block.times_us[0]) & (queued_us <= block.times_us[-1])]:
        allowed_t &= np.abs(block.times_us - time_us) >= APART_US
        row = min(int(np.searchsorted(block.times_us, time_us)), len(block) - 1)
        pose = from_estimate(block.keypoints_tkc[row], block.scores_tk[row])
        embeddings.append(embedding(pose)[None])
    so_far = Known(np.concatenate(embeddings), known.counts, known.labelled)
    return choose(stretch, (run.width, run.height), count, so_far, allowed_t, APART_US)
