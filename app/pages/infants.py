"""Infants: who lies where under which pseudonym, their ages, their moves, and erasure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from app import audit_trail, following, rows
from app.components.chart import chart
from app.erasing import place_erasure, place_proof
from app.infant_form import InfantForm
from app.page import now_us, zone
from app.people import Permission, may, require
from app.pseudonyms import RULE
from app.report_form import place_report
from app.signing_in.door import actor
from app.state import current
from app.views.infants import InfantOnPage, day_number, on_page, stays_table
from app.views.long_trend import long_axis, long_chart
from app.views.strips import series_chart
from app.views.summary import coverage_line, drawing_line
from app.views.tables import table_html
from db.errors import DatabaseError
from db.schema import Infant
from db.times import DAY_US
from pipeline.errors import CotsideError

NEW = "new"
SPANS_DAYS = {"1 day": 1, "7 days": 7, "30 days": 30, "Whole stay": None}
# Longer spans are binned by the database.
_MOST_MINUTES_DAYS = 7
_NO_COT = "In no cot yet"
_FIELDS = ("pseudonym", "born_weeks", "born_days", "age_weeks", "age_days", "cot_id")


def open_infant(which: int | str | None) -> None:
    """Open one infant, the form for a new one, or the list."""
    st.session_state["infant_open"] = which
    st.session_state["infant_said"] = None
    for field in _FIELDS:
        st.session_state[f"infant_{field}"] = getattr(InfantForm(), field)


def typed() -> InfantForm:
    """Return what stands in the fields."""
    values: dict[str, Any] = {field: st.session_state.get(f"infant_{field}") for field in _FIELDS}
    return InfantForm(**values)


def on_add() -> None:
    """Add an infant as typed."""
    by = actor(require(Permission.EDIT_INFANTS))
    form, today = typed(), day_number(now_us(), zone())
    act(lambda: open_infant(form.admit(current().store, today, by)), "Added.")


def on_move(infant_id: int) -> None:
    """Lay an infant into the cot chosen."""
    by = actor(require(Permission.EDIT_INFANTS))
    cot_id = st.session_state[f"infant_move_{infant_id}"]
    if cot_id is not None:
        act(
            lambda: current().store.move_infant(infant_id, cot_id, by=by),
            "Moved. What was recorded before stays with this infant.",
        )


def on_end(infant_id: int) -> None:
    """End the stay."""
    by = actor(require(Permission.EDIT_INFANTS))
    act(lambda: current().store.end_stay(infant_id, by=by), "The stay has ended.")


def on_ages(infant_id: int) -> None:
    """Store the ages as typed."""
    by = actor(require(Permission.EDIT_INFANTS))
    form, today = typed(), day_number(now_us(), zone())
    act(
        lambda: current().store.correct_ages(infant_id, form.ages(today), by=by),
        "The ages are corrected.",
    )


def act(change: Callable[[], None], done: str) -> None:
    """Make a change and keep how it went for the next display."""
    try:
        change()
    except (CotsideError, DatabaseError) as error:
        st.session_state["infant_said"] = ("error", str(error))
    else:
        st.session_state["infant_said"] = ("success", done)


def place_said() -> None:
    """Place what the last change has to say."""
    said = st.session_state.get("infant_said")
    if said:
        (st.error if said[0] == "error" else st.success)(said[1])


def place_list(listed: list[InfantOnPage]) -> None:
    """Place one row for each infant."""
    for one in listed:
        with st.container(border=True):
            name, place, action = st.columns([2.6, 3, 1.2], vertical_alignment="center")
            with name.container(gap=None):
                st.subheader(one.pseudonym, anchor=False)
                st.caption(one.ages)
            place.text(one.place)
            action.button(
                "Open",
                key=f"open_{one.infant_id}",
                width="stretch",
                on_click=open_infant,
                args=(one.infant_id,),
            )


def place_empty() -> None:
    """Place what a ward without infants sees."""
    st.info("No infants yet. Add one to follow it from cot to cot and compare it with itself.")


def place_ages() -> None:
    """Place the fields of the two ages."""
    for name, label in (("born", "Gestational age at birth"), ("age", "Postmenstrual age today")):
        weeks, days = st.columns(2)
        weeks.number_input(
            f"{label}: weeks", key=f"infant_{name}_weeks", min_value=0, max_value=99, step=1
        )
        days.number_input("and days", key=f"infant_{name}_days", min_value=0, max_value=6, step=1)
    st.caption("Both may stay empty. No birthday is asked for or kept.")


def place_form() -> None:
    """Place the form for a new infant."""
    st.subheader("Add an infant", anchor=False)
    with st.form("infant_new", border=True):
        st.text_input("Pseudonym", key="infant_pseudonym", max_chars=60, placeholder="P-014")
        st.caption(RULE)
        place_ages()
        st.selectbox(
            "Cot",
            [None, *cot_names],
            key="infant_cot_id",
            format_func=lambda cot_id: cot_names.get(cot_id, _NO_COT),
        )
        st.form_submit_button("Add", type="primary", on_click=on_add)


def place_infant(infant: Infant, shown: InfantOnPage) -> None:
    """Place one infant: ages, place, movement in whichever cot, and what can be changed."""
    audit_trail.note_view(f"infant/{infant.id}")
    name, report = st.columns([4, 1.2], vertical_alignment="bottom")
    name.subheader(infant.pseudonym, anchor=False)
    with report:
        place_report(f"infant{infant.id}", partial(following.follow_infant, store, infant))
    st.text(f"{shown.ages}; {shown.place}")
    if may(Permission.EDIT_INFANTS):
        place_moves(infant.id, shown)
    place_movement(infant)
    st.subheader("Where it lay", anchor=False)
    stays = current().store.stays(infant_id=infant.id)
    if stays:
        st.html(table_html(stays_table(stays, all_cot_names, now_us(), zone())))
    else:
        st.caption("In no cot so far.")
    if may(Permission.ERASE):
        with st.expander("Erase this infant"):
            place_erasure(infant.id)


def place_moves(infant_id: int, shown: InfantOnPage) -> None:
    """Place moving, the end of the stay, and correcting the ages."""
    move, end, ages = st.columns([2, 1, 1], vertical_alignment="bottom")
    others = [cot_id for cot_id in cot_names if cot_id != shown.lies_in]
    move.selectbox(
        "Move to",
        others,
        index=None,
        key=f"infant_move_{infant_id}",
        placeholder="another cot" if others else "there is no other cot",
        format_func=lambda cot_id: occupied.get(cot_id, cot_names[cot_id]),
        on_change=on_move,
        args=(infant_id,),
    )
    with end.popover("End the stay", width="stretch", disabled=shown.lies_in is None):
        st.write("The infant has left its cot. What was recorded stays.")
        st.button("It has left", on_click=on_end, args=(infant_id,), key="infant_end")
    with ages.popover("Correct the ages", width="stretch"):
        place_ages()
        st.button("Save the ages", on_click=on_ages, args=(infant_id,), key="infant_ages")


def place_movement(infant: Infant) -> None:
    """Place the movement of the last days, in whichever cots the infant lay."""
    title, choice = st.columns([1, 1], vertical_alignment="bottom")
    title.subheader("Movement", anchor=False)
    words = choice.segmented_control(
        "Span", list(SPANS_DAYS), default="1 day", label_visibility="collapsed", required=True
    )
    now, days = now_us(), SPANS_DAYS[words or "1 day"]
    followed = following.follow_infant(store, infant)
    first_us = min((stay.from_us for stay in followed.stays), default=now - DAY_US)
    span = (first_us if days is None else now - days * DAY_US, now)
    if span[1] - span[0] > _MOST_MINUTES_DAYS * DAY_US:
        axis = long_axis(span, zone())
        bins = following.motion_bins(store, followed, span, axis.width_us)
        data = long_chart(bins, axis) if bins.starts_us.size else None
    else:
        trends = following.trends(store, followed, *span)
        data = series_chart(trends.movement, span, zone()) if trends.starts_us.size else None
    if data is None:
        st.caption("Nothing was recorded of this infant in this time.")
    else:
        chart(data, key="infant_movement")
        st.caption(f"{drawing_line()} {coverage_line()}")


require(Permission.SEE_INFANTS)
store = current().store
cot_names = {row.id: row.name for row in rows.cots(current())}
all_cot_names = {cot.id: cot.name for cot in store.cots(include_removed=True)}
infants = {infant.id: infant for infant in store.infants()}
page_rows = on_page(list(infants.values()), store.stays(), all_cot_names, now_us(), zone())
occupied = {
    row.lies_in: f"{cot_names[row.lies_in]} ({row.pseudonym} lies there and would leave it)"
    for row in page_rows
    if row.lies_in in cot_names
}
opened = st.session_state.get("infant_open")

st.header("Infants", anchor=False)
place_proof()
if opened == NEW or opened in infants:
    st.button(
        "All infants",
        on_click=open_infant,
        args=(None,),
        type="tertiary",
        icon=":material/arrow_back:",
    )
place_said()
if opened == NEW:
    place_form()
elif opened in infants:
    place_infant(infants[opened], next(row for row in page_rows if row.infant_id == opened))
else:
    if may(Permission.EDIT_INFANTS):
        st.button(
            "Add an infant",
            type="primary",
            icon=":material/add:",
            on_click=open_infant,
            args=(NEW,),
        )
    place_list(page_rows)
    if not page_rows:
        place_empty()
