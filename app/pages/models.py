"""Models: which there are, how a candidate compares, and which is in use."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.page import zone
from app.people import Permission, require
from app.promotion import Promotion, gate, promote, roll_back
from app.retrain_form import place_retraining
from app.state import current
from app.views.comparison import comparison_html
from app.views.curves import curves_html, read_curves
from app.views.models import comparison_table, findings_html, model_words, models_table
from app.views.tables import table_html
from app.views.times import day_and_clock
from db.audit import Actor
from db.errors import DatabaseError
from pipeline.errors import ModelError
from pipeline.models.comparison import CURVES_FILE, read_comparison
from pipeline.models.registry import KnownModel, ModelRegistry

_FOUND = "models_found"
_LONGEST = 200_000


def registry() -> ModelRegistry:
    """Return the registry of this installation."""
    return ModelRegistry.under(current().settings.data_path)


def actor() -> Actor:
    """Return the visitor, who must be allowed to change models, as the audit trail names them."""
    user = require(Permission.MANAGE_MODELS)
    return Actor(user.name, user.role.value)


def try_gate(model_id: str) -> None:
    """Ask the gate about a model and keep what it found for this visitor."""
    actor()
    try:
        st.session_state[_FOUND] = (model_id, Promotion(gate(registry(), model_id), False), "")
    except ModelError as error:
        st.session_state[_FOUND] = (model_id, Promotion((), False), str(error))


def take_into_use(model_id: str) -> None:
    """Promote a model, despite the gate where a reason was given."""
    by = actor()
    reason = str(st.session_state.get("despite", "")).strip() or None
    try:
        done = promote(registry(), current().engine, model_id, by, reason)
        st.session_state[_FOUND] = (model_id, done, "")
    except (ModelError, DatabaseError) as error:
        st.session_state[_FOUND] = (model_id, Promotion((), False), str(error))


def go_back() -> None:
    """Take the model before into use again."""
    by = actor()
    try:
        before = roll_back(registry(), current().engine, by)
        st.toast(f"{before} is in use again.")
    except (ModelError, DatabaseError) as error:
        st.toast(str(error))


def place_candidate(models: list[KnownModel], in_use: KnownModel) -> None:
    """Place the choice of a candidate, what is known of it, the gate and the promotion."""
    usable = {known.id: known for known in models if known.manifest and not known.in_use}
    trained = [(job.progress or {}).get("model") for job in current().store.training_jobs.all()]
    newest = next((model_id for model_id in trained if model_id in usable), None)
    chosen = st.selectbox(
        "Candidate",
        sorted(usable, key=lambda model_id: model_id != newest),
        format_func=lambda model_id: model_words(usable[model_id]),
    )
    place_known(usable[chosen], in_use)
    st.caption("An engineer adds another model with: cotside models add FOLDER")
    place_gate(chosen)


def place_known(known: KnownModel, in_use: KnownModel) -> None:
    """Place a candidate's comparison, its curves and its card, as far as it has them."""
    try:
        found = read_comparison(known.folder)
    except ModelError as error:
        st.error(str(error))
        return
    if found is not None:
        st.html(comparison_html(found))
        if in_use.manifest is None or found.in_use_sha256 != in_use.manifest.sha256:
            st.warning(f"It was compared with {found.in_use}, which is not in use now.")
    elif known.manifest and in_use.manifest:
        st.html(table_html(comparison_table(known.manifest, in_use.manifest)))
        st.caption("Shares of limb joints found, from each model's own manifest.")
    curves, card = (text_of(known.folder / name) for name in (CURVES_FILE, "CARD.md"))
    if curves:
        st.html(curves_html(read_curves(curves)))
    if card:
        with st.expander(f"Card of {model_words(known)}"):
            st.markdown(card)


def text_of(path: Path) -> str:
    """Return what stands in a model's file, nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:_LONGEST]
    except OSError:
        return ""


def place_gate(model_id: str) -> None:
    """Place what the gate found of a model, and the buttons."""
    asked, found, fault = st.session_state.get(_FOUND, ("", Promotion((), False), ""))
    is_about = asked == model_id
    has_failed = is_about and any(not finding.passed for finding in found.findings)
    if is_about and fault:
        st.error(fault)
    if is_about and found.findings:
        st.html(findings_html(found.findings))
    if has_failed:
        st.text_input("Reason to take it into use all the same", key="despite", max_chars=200)
    ask, take, _ = st.columns([1, 1, 2])
    ask.button("Ask the gate", on_click=try_gate, args=[model_id], width="stretch")
    take.button(
        "Take into use",
        type="primary",
        disabled=not is_about or not found.findings,
        on_click=take_into_use,
        args=[model_id],
        width="stretch",
    )


st.header("Models", anchor=False)
try:
    known_models = registry().models()
    turns = registry().turns()
except ModelError as error:
    st.error(str(error))
    st.stop()
st.html(table_html(models_table(known_models)))
if current().settings.model.folder is not None:
    st.warning("The settings file names a model folder: the monitor uses that one.")
st.subheader("Retrain", anchor=False)
place_retraining()
st.subheader("Change", anchor=False)
place_candidate(known_models, next(known for known in known_models if known.in_use))
if turns:
    last = turns[-1]
    words = f"In use since {day_and_clock(last.since_us, zone())}, by {last.who}."
    st.caption(f"{words} {last.why}")
    st.button("Go back to the model before", on_click=go_back)
