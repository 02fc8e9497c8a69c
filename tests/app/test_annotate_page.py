"""The page Annotate, run by Streamlit itself, and the route of its pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from app.routes import picture_url, routes
from app.state import AppState
from db.annotation_schema import AnnotationFrame
from pipeline.annotation.pictures import PictureFolder
from tests.support.asgi import TestClient

MAIN = Path(__file__).parents[2] / "app" / "main.py"
POINTS = {"nose": (10.0, 20.0, 2), "left_hip": (30.0, 40.0, 1)}


def add_picture(state: AppState, number: int = 0, **changes: Any) -> int:
    """Queue a picture of noise; return its id."""
    image = np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    kept = PictureFolder.under(state.settings.data_path).keep_image(image)
    columns: dict[str, Any] = {"source": "clip", "time_us": number * 1_000_000, "queued_by": "Ada"}
    frame = AnnotationFrame(
        sha256=kept.sha256, file=kept.file, width=kept.width, height=kept.height, bytes=kept.bytes,
        **(columns | changes),
    )  # fmt: skip
    return state.store.add_frame(frame)[0]


def shown() -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    return at.switch_page("pages/annotate.py").run()


def editor(at: AppTest) -> dict[str, Any]:
    """The editor's data."""
    made = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    (found,) = [one for one in made if one and "frame" in one]
    return found


def markup(at: AppTest) -> str:
    return "\n".join(one.proto.body for one in at.get("html"))


def test_a_picture_is_given_to_who_has_its_token_only(state: AppState):
    frame_id, other = add_picture(state), add_picture(state, 1)
    client = TestClient(Starlette(routes=routes(state)), client=("127.0.0.1", 1))
    answer = client.get(picture_url(state, frame_id))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    stolen = picture_url(state, other).partition("?")[2]
    assert client.get(f"/picture/{frame_id}?{stolen}").status_code == 403


def test_without_a_picture_the_page_says_so(state: AppState):
    assert "no picture" in shown().info[0].value


def test_the_picture_most_worth_labelling_is_shown_with_the_reason_escaped(state: AppState):
    add_picture(state)
    evil = "<img src=x onerror=alert(1)>"
    frame_id = add_picture(state, 1, priority=2.0, reasons={"jump": evil})
    at = shown()
    assert not at.exception
    assert editor(at)["frame"] == frame_id
    assert "&lt;img" in markup(at)
    assert evil not in markup(at)


def test_a_draft_of_before_is_there_again_and_its_steps_too(state: AppState):
    frame_id = add_picture(state)
    state.store.keep_draft(frame_id, "Ada", POINTS, ["model dots 1"])
    data = editor(shown())
    assert data["points"][0] == [10.0, 20.0, 2.0]
    assert data["steps"] == ["model dots 1"]
    assert data["line"] == "Draft kept; not saved yet"


def test_finished_pictures_of_the_video_are_offered_for_copying_and_interpolating(state: AppState):
    ids = [add_picture(state, number) for number in range(3)]
    moved = {"nose": (20.0, 20.0, 2), "left_hip": (30.0, 40.0, 0)}
    state.store.save_annotation(ids[0], "Ben", POINTS)
    state.store.save_annotation(ids[2], "Ben", moved)
    offers = editor(shown())["offers"]
    assert offers["previous"]["words"] == f"Copy from picture {ids[0]} of Ben"
    assert offers["between"]["points"][0] == [15.0, 20.0, 2.0]
    assert offers["between"]["points"][7] == [0.0, 0.0, 0.0]


def test_others_points_are_shown_only_after_one_s_own_are_saved(state: AppState):
    frame_id = add_picture(state)
    state.store.save_annotation(frame_id, "Ben", POINTS)
    at = shown()
    at.button_group(key="annotate_which").set_value("Second look").run()
    assert editor(at)["ghosts"] == []
    assert any("shown after you have saved" in one.value for one in at.caption)
    state.store.save_annotation(frame_id, "Ada", POINTS)
    at.button_group(key="annotate_which").set_value("Done").run()
    assert len(editor(at)["ghosts"]) == 1
    assert "Where annotators differ" in [one.value for one in at.subheader]


def test_the_guideline_has_a_drawing_of_every_point_in_three_positions(state: AppState):
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    at.switch_page("pages/guideline.py").run()
    assert not at.exception
    assert markup(at).count("data:image/svg+xml") == 3 + 13 * 3


def test_labels_that_no_body_can_have_are_doubted_at_once(state: AppState):
    frame_id = add_picture(state)
    crossed = {
        "left_shoulder": (10, 10, 2), "right_shoulder": (30, 10, 2),
        "left_hip": (30, 40, 2), "right_hip": (10, 40, 2),
    }  # fmt: skip
    state.store.keep_draft(frame_id, "Ada", crossed)
    assert any("the sides of the trunk cross" in one.value for one in shown().warning)
