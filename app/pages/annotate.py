"""Annotate: one picture after the other, its thirteen points, and what others made of them."""

from __future__ import annotations

import streamlit as st

from app.annotating import (
    CHOSEN,
    MORE_COUNT,
    MORE_FROM,
    MORE_LINES,
    annotator,
    desk,
    drop_draft,
    finished,
    hooks,
    on_more,
    remember_list,
)
from app.audit_trail import note_view
from app.components.skeleton_editor import edit_skeleton
from app.page import zone
from app.state import current
from app.views.annotate import (
    disagreement_table,
    editor_data,
    frame_words,
    history_table,
    reasons_html,
    recording_words,
)
from app.views.tables import table_html
from db.annotation_schema import AnnotationFrame
from db.annotations import Status, Work
from pipeline.annotation.disagreement import disagreement
from pipeline.annotation.doubts import look_over
from pipeline.annotation.points import to_points

LISTS: dict[str, tuple[Status, ...]] = {
    "To do": ("draft", "queued"),
    "Second look": ("second",),
    "Done": ("done",),
    "Skipped": ("skipped",),
}
_LISTED = 500
_LISTED_RECORDINGS = 50


def place_choice(who: str) -> AnnotationFrame | None:
    """Place the choice of a list and of a picture in it; return the picture."""
    store = current().store
    counts = store.annotation_counts(who)
    names = {name: f"{name} {sum(counts[one] for one in LISTS[name])}" for name in LISTS}
    which, choice = st.columns([2, 3], vertical_alignment="bottom")
    chosen = which.segmented_control(
        "Pictures",
        list(LISTS),
        default="To do",
        format_func=lambda name: names[name],
        required=True,
        key="annotate_which",
    )
    frames = {
        frame.id: frame
        for status in LISTS[chosen or "To do"]
        for frame in store.annotation_frames(who, status, limit=_LISTED)
    }
    if not frames:
        return None
    remember_list(list(frames))
    first_choice(list(frames))
    frame_id = choice.selectbox(
        "Picture",
        list(frames),
        key=CHOSEN,
        format_func=lambda one: frame_words(frames[one], zone()),
    )
    st.query_params["frame"] = str(frame_id)
    return frames[frame_id]


def first_choice(ids: list[int]) -> None:
    """Choose the picture that the address names, where the visitor has not chosen one yet."""
    if st.session_state.get(CHOSEN) in ids:
        return
    asked = st.query_params.get("frame", "")
    st.session_state[CHOSEN] = int(asked) if asked.isdigit() and int(asked) in ids else ids[0]


def place_doubts(mine: Work | None) -> None:
    """Place what looks wrong about the visitor's labels by the body alone."""
    if mine is None or not mine.latest:
        return
    for doubt in look_over(to_points(mine.latest)):
        st.warning(f"Look again: {doubt.words}.")


def place_comparison(works: list[Work], who: str) -> None:
    """Place how far annotators lie apart, once the visitor has saved."""
    done = finished(works)
    others = [work.annotator for work in done if work.annotator != who]
    if others and len(others) == len(done):
        names = ", ".join(others)
        st.caption(f"Finished by {names}. What they placed is shown after you have saved.")
    if not others or len(others) == len(done):
        return
    st.subheader("Where annotators differ", anchor=False)
    found = disagreement({work.annotator: to_points(work.points or {}) for work in done})
    st.html(table_html(disagreement_table(found)))
    st.caption("▲: more than a tenth of a trunk apart, or placed by some and absent for others.")


def place_history(frame_id: int) -> None:
    """Place every saved version of the picture."""
    history = current().store.annotation_history(frame_id)
    if history:
        with st.expander(f"Versions ({len(history)})"):
            st.html(table_html(history_table(history, zone())))


def place_more() -> None:
    """Place the choice of recordings from which pictures are to be queued."""
    state = current()
    recordings = {one.id: one for one in state.store.recordings(limit=_LISTED_RECORDINGS)}
    cots = {cot.id: cot.name for cot in state.store.cots(include_removed=True)}
    with st.expander("More pictures to label"):
        if not recordings:
            st.caption("Nothing has been recorded or reviewed yet.")
            return
        with st.form("annotate_more", border=False):
            st.multiselect(
                "Recordings",
                list(recordings),
                key=MORE_FROM,
                format_func=lambda one: recording_words(recordings[one], cots, zone()),
            )
            st.slider("Pictures of each at most", 5, 100, 20, step=5, key=MORE_COUNT)
            st.form_submit_button("Choose what tells most", on_click=on_more)
        for line in st.session_state.pop(MORE_LINES, []):
            st.write(line)


st.header("Annotate", anchor=False)
name = annotator()
frame = place_choice(name)
if frame is None:
    st.info("There is no picture in this list.")
    place_more()
    st.stop()
note_view(f"picture/{frame.id}")
works = current().store.work_on(frame.id)
before_me = desk(frame, works)
left, right = st.columns([3, 1], vertical_alignment="center")
if frame.reasons:
    left.html(reasons_html(frame))
right.page_link("pages/guideline.py", label="Where each point lies", icon=":material/help:")
edit_skeleton(editor_data(before_me, zone()), hooks(), key="skeleton_editor")
if before_me.mine is not None and before_me.mine.draft is not None:
    st.button("Discard my changes", on_click=drop_draft, args=(frame.id,))
place_doubts(before_me.mine)
place_comparison(works, name)
place_history(frame.id)
place_more()
