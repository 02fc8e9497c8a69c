"""Labelling a picture: what the page's editor is offered, and what comes of what was done."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from app.audit_trail import note
from app.components.skeleton_editor import EditorHooks, Edits
from app.people import Permission, require
from app.queueing import add_to_queue
from app.routes import picture_url
from app.signing_in.door import actor
from app.state import current
from app.views.annotate import Desk, Offer
from db.annotation_schema import AnnotationFrame
from db.annotations import Labelled, Work
from db.errors import DatabaseError
from pipeline.annotation.points import LabelError, Points, between, read_points, to_named, to_points
from pipeline.annotation.suggestion import suggest
from pipeline.errors import CotsideError
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import PoseModel, load_model

CHOSEN = "annotate_frame"
MORE_FROM, MORE_COUNT, MORE_LINES = "annotate_more_from", "annotate_more", "annotate_more_lines"
_LIST, _FAULT, _OFFER, _ROUND = (
    "annotate_list",
    "annotate_fault",
    "annotate_offer",
    "annotate_round",
)
_one_at_a_time = threading.Lock()


def annotator() -> str:
    """Return the visitor's name, who must be allowed to correct keypoints."""
    return require(Permission.ANNOTATE).name


def desk(frame: AnnotationFrame, works: list[Work]) -> Desk:
    """Return what lies before the visitor for a picture."""
    who = annotator()
    mine = next((work for work in works if work.annotator == who), None)
    # Others' points are shown after one's own are saved: before, they would lead the eye.
    has_saved = mine is not None and mine.status == "done" and mine.draft is None
    others = [to_points(work.points or {}) for work in finished(works) if work.annotator != who]
    return Desk(
        frame=frame,
        url=picture_url(current(), frame.id),
        annotator=who,
        mine=mine,
        offers=_offers(frame),
        ghosts=others if has_saved else (),
        fault=st.session_state.pop(_FAULT, ""),
        round=st.session_state.get(_ROUND, 0),
    )


def finished(works: list[Work]) -> list[Work]:
    """Return the works on a picture that were saved as done."""
    return [work for work in works if work.status == "done" and work.points is not None]


def remember_list(ids: list[int]) -> None:
    """Keep the order of the pictures, for the one after a save."""
    st.session_state[_LIST] = ids


def hooks() -> EditorHooks:
    """Return what the editor calls."""
    return EditorHooks(_on_draft, _on_save, _on_skip, _on_suggest)


def drop_draft(frame_id: int) -> None:
    """Throw away the visitor's changes since the last save."""
    current().store.drop_draft(frame_id, annotator())
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _offers(frame: AnnotationFrame) -> dict[str, Offer]:
    before, after = current().store.neighbours(frame.id)
    offers = {}
    if before is not None:
        name = f"picture {before.frame.id} of {before.work.annotator}"
        offers["previous"] = Offer(_points(before), f"Copy from {name}", f"copied from {name}")
    if before is not None and after is not None:
        names = f"pictures {before.frame.id} and {after.frame.id}"
        points = between(_points(before), _points(after), _share(before, frame, after))
        offers["between"] = Offer(points, f"Between {names}", f"interpolated between {names}")
    asked, offer = st.session_state.get(_OFFER, (None, None))
    if asked == frame.id and offer is not None:
        offers["model"] = offer
    return offers


def _points(labelled: Labelled) -> Points:
    return to_points(labelled.work.points or {})


def _share(before: Labelled, frame: AnnotationFrame, after: Labelled) -> float:
    start_us, stop_us = before.frame.time_us or 0, after.frame.time_us or 0
    return ((frame.time_us or 0) - start_us) / max(1, stop_us - start_us)


def _checked(edits: Edits) -> dict[str, list[float]]:
    frame = current().store.annotation_frame(edits.frame_id)
    points_k3 = read_points(edits.points, (frame.width, frame.height))
    # The picture's own edge, where a click may have gone over it by a pixel.
    points_k3[:, :2] = np.clip(points_k3[:, :2], 0, (frame.width - 1, frame.height - 1))
    return to_named(points_k3)


def _on_draft(edits: Edits) -> None:
    who = annotator()
    try:
        current().store.keep_draft(edits.frame_id, who, _checked(edits), edits.steps)
    except (DatabaseError, LabelError) as error:
        st.session_state[_FAULT] = f"The draft is kept in this browser only: {error}"


def _on_save(edits: Edits) -> None:
    who = annotator()
    made = {"steps": list(edits.steps)}
    try:
        version = current().store.save_annotation(edits.frame_id, who, _checked(edits), made=made)
        note("labelled", f"picture/{edits.frame_id}", version=version)
    except (DatabaseError, LabelError) as error:
        st.session_state[_FAULT] = f"Not saved: {error}"
        return
    _go_on(edits.frame_id)


def _on_skip(edits: Edits) -> None:
    who = annotator()
    try:
        store = current().store
        store.save_annotation(edits.frame_id, who, _checked(edits), status="skipped")
        note("skipped", f"picture/{edits.frame_id}")
    except (DatabaseError, LabelError) as error:
        st.session_state[_FAULT] = f"Not skipped: {error}"
        return
    _go_on(edits.frame_id)


def _go_on(frame_id: int) -> None:
    """Choose the picture after this one in the list that the visitor works through."""
    ids: list[int] = st.session_state.get(_LIST, [])
    if frame_id in ids and len(ids) > 1:
        at = ids.index(frame_id)
        st.session_state[CHOSEN] = ids[at + 1] if at + 1 < len(ids) else ids[at - 1]


def _on_suggest(edits: Edits) -> None:
    annotator()
    try:
        frame = current().store.annotation_frame(edits.frame_id)
        image_hwc = current().kept_pictures.image(frame.file)
        with _one_at_a_time:
            model = _model(ModelRegistry.under(current().settings.data_path).in_use_folder())
            points = suggest(model, image_hwc)
    except (DatabaseError, CotsideError) as error:
        st.session_state[_FAULT] = f"The model could not be asked: {error}"
        return
    name = f"model {model.manifest.name} {model.manifest.version}"
    st.session_state[_OFFER] = (frame.id, Offer(points, f"From {name}", name))


def on_more() -> None:
    """Queue pictures of the recordings that were chosen."""
    by = actor(require(Permission.ANNOTATE))
    state, count = current(), int(st.session_state.get(MORE_COUNT, 20))
    lines = []
    for recording_id in st.session_state.get(MORE_FROM, []):
        try:
            done = add_to_queue(state.engine, state.settings.data_path, recording_id, count, by)
        except (DatabaseError, CotsideError) as error:
            done = str(error)
        lines.append(done)
    st.session_state[MORE_LINES] = lines or ["Choose a recording first."]


@lru_cache(maxsize=1)
def _model(folder: Path) -> PoseModel:
    return load_model(folder, "cpu")
