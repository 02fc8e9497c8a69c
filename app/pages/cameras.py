"""Cameras: add, test, edit, draw the cot, remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app import rows
from app.camera_form import (
    SECRET_LINE,
    CameraForm,
    Verdict,
    add_camera,
    change_camera,
    try_camera,
)
from app.components.rectangle import draw_rectangle, drawn_rectangle
from app.live_picture import encode_jpeg, shrink
from app.people import Permission, require
from app.signing_in.door import actor
from app.state import current
from app.views.cameras import ADDRESS_HELP, PASSWORD_HELP, CameraLine, camera_lines, state_text
from db.errors import DatabaseError
from pipeline.capture import still
from pipeline.errors import CotsideError

NEW = "new"
_FIELDS = ("cot_name", "url", "username", "password_env", "expected_fps", "transport", "keep_video")


def open_form(which: int | str | None, form: CameraForm | None = None) -> None:
    """Open the form of a cot, of a new one, or none, and fill its fields."""
    st.session_state["camera_open"] = which
    st.session_state["camera_said"] = None
    st.session_state["camera_verdict"] = None
    for field in _FIELDS:
        st.session_state[f"camera_{field}"] = getattr(form or CameraForm(), field)


def typed() -> CameraForm:
    """Return what stands in the fields."""
    values: dict[str, Any] = {field: st.session_state.get(f"camera_{field}") for field in _FIELDS}
    return CameraForm(**values)


def refuse_secret() -> bool:
    """Empty an address that holds credentials, and say so; tell whether it did."""
    if not typed().holds_secret():
        return False
    st.session_state["camera_url"] = ""
    st.session_state["camera_said"] = ("error", SECRET_LINE)
    return True


def on_test() -> None:
    """Try the camera as typed."""
    require(Permission.EDIT_CAMERAS)
    st.session_state["camera_said"] = None
    if not refuse_secret():
        st.session_state["camera_verdict"] = try_camera(typed(), still)


def on_draw(row: rows.CotRow) -> None:
    """Store where in the picture the cot is, as it is drawn now."""
    by = actor(require(Permission.EDIT_CAMERAS))
    rectangle = drawn_rectangle(rectangle_key(row), row.rectangle).model_dump()
    act(
        lambda: current().store.draw_cot(row.id, rectangle, by=by),
        "The cot is saved; the monitor follows it.",
    )


def on_remove(cot_id: int) -> None:
    """Stop watching a cot; the list follows."""
    by = actor(require(Permission.EDIT_CAMERAS))
    if act(lambda: current().store.stop_watching(cot_id, by=by), "Removed."):
        open_form(None)


def act(change: Callable[[], object], done: str) -> bool:
    """Make a change, keep how it went for the next display, and tell whether it was made."""
    try:
        change()
    except (CotsideError, DatabaseError) as error:
        st.session_state["camera_said"] = ("error", str(error))
        return False
    st.session_state["camera_said"] = ("success", done)
    return True


def on_save(row: rows.CotRow | None) -> None:
    """Store what was typed; after a new camera the cot is to be drawn."""
    by = actor(require(Permission.EDIT_CAMERAS))
    st.session_state["camera_said"] = None
    if refuse_secret():
        return
    store = current().store
    if row is not None:
        act(lambda: change_camera(store, row.id, typed(), by), "Saved.")
        return
    verdict = st.session_state.get("camera_verdict")
    added: list[int] = []
    if act(lambda: added.append(add_camera(store, typed(), by)), ""):
        open_form(added[0], typed())
        st.session_state["camera_verdict"] = verdict
        st.session_state["camera_said"] = ("success", "Added. Now draw the cot on the picture.")


def place_list(lines: list[CameraLine]) -> None:
    """Place one row per cot."""
    for line in lines:
        with st.container(border=True):
            name, state, action = st.columns([3, 3, 1.4], vertical_alignment="center")
            name.subheader(line.name, anchor=False)
            name.text(line.address)
            state.text(state_text(line.stands))
            if line.detail:
                state.caption(line.detail.replace("$", "\\$"))
            row = by_id[line.cot_id]
            action.button(
                "Change",
                key=f"open_{line.cot_id}",
                width="stretch",
                on_click=open_form,
                args=(line.cot_id, CameraForm.of(row)),
            )


def place_form(row: rows.CotRow | None) -> None:
    """Place the fields with their two buttons, and what the last one said."""
    st.subheader("Add a camera" if row is None else row.name, anchor=False)
    with st.form("camera", border=True):
        left, right = st.columns(2)
        left.text_input("Cot", key="camera_cot_name", placeholder="Bay 2, cot 1", max_chars=80)
        left.text_input(
            "Address of the camera",
            key="camera_url",
            placeholder="rtsp://10.0.0.20/stream",
            help=ADDRESS_HELP,
            max_chars=2000,
        )
        left.number_input(
            "Frames per second it should send (optional)",
            key="camera_expected_fps",
            min_value=1.0,
            max_value=240.0,
            step=1.0,
        )
        right.text_input("User name (optional)", key="camera_username", max_chars=200)
        right.text_input(
            "Environment variable with the password (its name, not the password)",
            key="camera_password_env",
            placeholder="COT_1_PASSWORD",
            help=PASSWORD_HELP,
            max_chars=200,
        )
        right.segmented_control("RTSP over", ["tcp", "udp"], key="camera_transport", required=True)
        right.toggle(
            "Keep video of this cot",
            key="camera_keep_video",
            help="Off by default. Kept video goes when it is too old or takes too much room; "
            "keypoints stay.",
        )
        test, save, _ = st.columns([1, 1, 4])
        test.form_submit_button("Test", on_click=on_test, width="stretch")
        save.form_submit_button(
            "Save", type="primary", on_click=on_save, args=(row,), width="stretch"
        )
    place_outcome()


def place_outcome() -> None:
    """Place what was said about the last save, and the verdict of the last test."""
    said = st.session_state.get("camera_said")
    if said:
        kind, line = said
        (st.error if kind == "error" else st.success)(line)
    verdict: Verdict | None = st.session_state.get("camera_verdict")
    if verdict is None:
        return
    if not verdict.is_good:
        st.error(f"No picture. {verdict.line}", icon=":material/error:")
        return
    st.success(verdict.line, icon=":material/check_circle:")
    if st.session_state.get("camera_open") == NEW and verdict.jpeg:
        st.image(verdict.jpeg, width=480)


def place_rectangle(row: rows.CotRow) -> None:
    """Place the drawing of the cot on a picture of its camera."""
    st.subheader("The cot in the picture", anchor=False)
    st.caption(
        "Drag a rectangle around the mattress. Cotside first looks for the infant in it. "
        "Arrow keys move it, with Shift they resize it."
    )
    jpeg = picture_of(row)
    if jpeg is None:
        st.info("There is no picture yet. Press Test above, or wait until the camera is live.")
        return
    draw_rectangle(jpeg, row.rectangle, key=rectangle_key(row))
    keep, whole, _ = st.columns([1.4, 1.4, 4])
    keep.button(
        "Save the cot",
        type="primary",
        width="stretch",
        key="save_rectangle",
        on_click=on_draw,
        args=(row,),
    )
    if whole.button("New picture", width="stretch", key="new_picture"):
        st.session_state.pop(f"camera_jpeg_{row.id}", None)
        st.rerun()


def rectangle_key(row: rows.CotRow) -> str:
    """Return the key under which a cot's drawing is kept for this visitor."""
    return f"rectangle_{row.id}"


def picture_of(row: rows.CotRow) -> bytes | None:
    """Return a picture to draw on, kept while the visitor draws: a tested one, or the live one."""
    key = f"camera_jpeg_{row.id}"
    if key not in st.session_state:
        verdict: Verdict | None = st.session_state.get("camera_verdict")
        jpeg = verdict.jpeg if verdict is not None else None
        if jpeg is None:
            live = current().live.picture(row.id)
            jpeg = encode_jpeg(shrink(live.image_hwc, 960)) if live is not None else None
        if jpeg is None:
            return None
        st.session_state[key] = jpeg
    kept: bytes = st.session_state[key]
    return kept


def place_removal(row: rows.CotRow) -> None:
    """Place the removal, behind a confirmation."""
    with st.expander("Remove this cot"):
        st.write("Recording of this cot stops. What was recorded stays in the database.")
        sure = st.checkbox("I want to stop watching this cot", key=f"sure_{row.id}")
        st.button(
            "Remove",
            disabled=not sure,
            key=f"remove_{row.id}",
            on_click=on_remove,
            args=(row.id,),
        )


state = current()
cots = rows.cots(state)
by_id = {row.id: row for row in cots}
opened = st.session_state.get("camera_open")

st.header("Cameras", anchor=False)
if opened is None and not cots:
    open_form(NEW)
    opened = NEW
if opened == NEW:
    place_form(None)
    if cots:
        st.button("Back to the list", on_click=open_form, args=(None,), type="tertiary")
elif opened in by_id:
    st.button(
        "All cameras",
        on_click=open_form,
        args=(None,),
        type="tertiary",
        icon=":material/arrow_back:",
    )
    place_form(by_id[opened])
    place_rectangle(by_id[opened])
    place_removal(by_id[opened])
else:
    st.button(
        "Add a camera", type="primary", icon=":material/add:", on_click=open_form, args=(NEW,)
    )
    place_list(camera_lines(cots, state.live.status()))
