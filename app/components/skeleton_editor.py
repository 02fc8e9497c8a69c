"""The skeleton editor: thirteen points on a picture, to be dragged, named, swapped and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components import declare

_mount = declare("skeleton_editor", "skeleton_editor_points", "skeleton_editor_stage")
_MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Edits:
    """What the browser sent of a picture; ``points`` is not checked yet.

    ``steps``: what was done besides dragging, in words ("copied from ...").
    """

    frame_id: int
    points: object
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditorHooks:
    """What happens in Python: a draft to be kept, a save, a skip, a model to be asked."""

    draft: Callable[[Edits], None]
    save: Callable[[Edits], None]
    skip: Callable[[Edits], None]
    suggest: Callable[[Edits], None]


def edit_skeleton(data: Mapping[str, Any], hooks: EditorHooks, key: str) -> None:
    """Show what ``app.views.annotate.editor_data`` made; call a hook for what the visitor does."""

    def call(name: str, hook: Callable[[Edits], None]) -> Callable[[], None]:
        def changed() -> None:
            edits = read_edits(st.session_state[key].get(name))
            if edits is not None:
                hook(edits)

        return changed

    _mount(
        key=key,
        data=dict(data),
        default={"draft": None},
        on_draft_change=call("draft", hooks.draft),
        on_save_change=call("save", hooks.save),
        on_skip_change=call("skip", hooks.skip),
        on_suggest_change=call("suggest", hooks.suggest),
    )


def read_edits(value: object) -> Edits | None:
    """Read what the browser sent; None where it is nothing of ours."""
    if not isinstance(value, Mapping) or not isinstance(value.get("frame"), int):
        return None
    steps = value.get("steps", [])
    words = [one[:120] for one in steps if isinstance(one, str)] if isinstance(steps, list) else []
    return Edits(value["frame"], value.get("points"), tuple(words[:_MOST_STEPS]))
