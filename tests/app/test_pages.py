"""Every page, run by Streamlit itself: empty, not monitoring, monitored, in trouble."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.state import AppState, install
from db.times import now_us
from pipeline.errors import Auth
from pipeline.settings import CameraSettings, CotSettings
from pipeline.sources.base import StreamInfo
from tests.support.fake_monitor import FakeMonitor
from tests.support.recorded import MINUTE_US, record

MAIN = Path(__file__).parents[2] / "app" / "main.py"
PAGES = ["ward", "cot", "advisories", "recordings", "review", "cameras", "system"]
EVIL = "<img src=x onerror=alert(1)>"


def show(page: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    return at if page == "ward" else at.switch_page(f"pages/{page}.py").run()


def markup(at: AppTest) -> str:
    return "\n".join(one.proto.body for one in at.get("html"))


def data_of(at: AppTest, number: int = 0) -> dict[str, Any]:
    """The data of a component; the night switch, which has none, is not counted."""
    made = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    found = [one for one in made if one][number]
    # Live tiles lie in a list (app/components/live.py says why).
    data: dict[str, Any] = found[0] if isinstance(found, list) else found
    return data


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_database_shows_every_page_and_says_research_use_only(state: AppState, page: str):
    at = show(page)
    assert not at.exception
    assert "Research use only" in markup(at)
    assert "NOT MONITORING" in markup(at)


def test_an_empty_ward_leads_to_the_first_camera(state: AppState):
    (link,) = show("ward").get("page_link")
    assert (link.proto.label, link.proto.page) == ("Add your first camera", "cameras")


def test_a_ward_whose_cots_stand_in_the_settings_file_waits_for_its_monitor(
    state: AppState, monitor: FakeMonitor
):
    cots = [CotSettings(name="Bay 2, cot 1", camera=CameraSettings(name="c", url="file:a.mp4"))]
    install(replace(state, settings=state.settings.model_copy(update={"cots": cots})))
    at = show("ward")
    assert at.header[0].value == "The monitor is starting"
    assert at.text[0].value == "Bay 2, cot 1"
    assert "NOT MONITORING YET" in markup(at)
    monitor.beat()
    assert show("ward").header[0].value == "No cots yet"


def test_tiles_come_and_the_banner_goes_as_soon_as_a_starting_monitor_has_made_its_cots(
    state: AppState, monitor: FakeMonitor, monkeypatch: pytest.MonkeyPatch
):
    cots = [CotSettings(name="Cot 1", camera=CameraSettings(name="c", url="file:a.mp4"))]
    install(replace(state, settings=state.settings.model_copy(update={"cots": cots})))

    place_text = st.text

    def begin(body: str) -> None:
        """Make the cots once the page has said that the monitor is starting."""
        place_text(body)
        monitor.add(state.store.add_cot("Cot 1"), "Cot 1")
        monitor.beat()

    monkeypatch.setattr(st, "text", begin)
    at = show("ward")
    assert not at.header
    assert "NOT MONITORING" not in markup(at)
    assert [tile["name"] for tile in data_of(at)["cots"]] == ["Cot 1"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_what_was_recorded(state: AppState, monitor: FakeMonitor, page: str):
    cot_id = state.store.add_cot("Cot 1")
    record(state, cot_id, now_us())
    monitor.add(cot_id, "Cot 1")
    monitor.beat()
    at = show(page)
    assert not at.exception
    assert "NOT MONITORING" not in markup(at)


def test_a_watched_ward_shows_the_figure_of_the_last_minute_with_its_coverage(
    state: AppState, monitor: FakeMonitor
):
    cot_id = state.store.add_cot("Cot 1")
    record(state, cot_id, now_us())
    monitor.add(cot_id, "Cot 1")
    monitor.beat()
    tile = data_of(show("ward"))["cots"][0]
    assert tile["figure"]["number"] == "0.42"
    assert "coverage 98%" in tile["figure"]["note"]
    assert tile["word"] == "Infant seen"
    kinds = [bar["kind"] for bar in tile["strip"]["bars"]]
    assert kinds.count("value") == 2
    assert kinds.count("blocked") == 1


def test_no_figure_is_shown_once_the_monitor_is_dead(state: AppState, monitor: FakeMonitor):
    cot_id = state.store.add_cot("Cot 1")
    record(state, cot_id, now_us())
    monitor.add(cot_id, "Cot 1")
    monitor.beat(age_s=6)
    at = show("ward")
    assert "NOT MONITORING since" in markup(at)
    tile = data_of(at)["cots"][0]
    assert tile["figure"] is None
    assert tile["word"] == "Not monitoring"


def test_trouble_of_the_writer_stands_on_every_page(state: AppState, monitor: FakeMonitor):
    monitor.beat(writer="disk_full", trouble=["the disk is full <b>"])
    at = show("system")
    assert "NOT STORING" in markup(at)
    assert "the disk is full &lt;b&gt;" in markup(at)


def test_the_cot_page_keeps_the_cot_in_its_address(state: AppState):
    state.store.add_cot("Cot 1")
    second = state.store.add_cot("Cot 2")
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    at.query_params["cot"] = str(second)
    at.switch_page("pages/cot.py").run()
    assert at.selectbox[0].value in (second, second - 1)
    at.selectbox[0].set_value(second).run()
    assert at.query_params["cot"] == str(second)
    assert data_of(at)["cots"][0]["name"] == "Cot 2"


def test_the_cot_page_asks_for_the_picture_as_chosen(state: AppState):
    state.store.add_cot("Cot 1")
    at = show("cot")
    assert data_of(at)["mode"] == "overlay"
    at.button_group[0].set_value("Skeleton only").run()
    assert data_of(at)["mode"] == "skeleton"


def test_the_cot_page_shows_trends_of_the_span_chosen(state: AppState, monitor: FakeMonitor):
    cot_id = state.store.add_cot("Cot 1")
    record(state, cot_id, now_us(), minutes=30)
    monitor.add(cot_id, "Cot 1")
    monitor.beat()
    at = show("cot")
    assert not at.exception
    trends = data_of(at, 2)
    assert [strip["title"] for strip in trends["strips"]][:2] == ["Movement", "Left arm"]
    assert sum(value is not None for value in trends["strips"][0]["mean"]) == 29
    next(one for one in at.button_group if "1 h" in one.options).set_value("7 days").run()
    week = data_of(at, 2)
    assert week["to_ms"] - week["from_ms"] == 7 * 86_400_000
    assert not at.exception


def test_a_note_is_kept_as_an_event_and_its_writing_in_the_trail(state: AppState):
    cot_id = state.store.add_cot("Cot 1")
    at = show("cot")
    at.text_input(key="note_text").set_value(f" fed,\n {EVIL} ")
    press(at, "Keep note")
    assert not at.exception
    (note,) = state.store.events(cot_id=cot_id, kinds=["note"])
    assert note.message == f"fed, {EVIL}"
    assert note.detail == {"by": state.assumed_user.name}
    assert EVIL not in markup(at)
    press(at, "Keep note")
    assert len(state.store.events(cot_id=cot_id, kinds=["note"])) == 1


def test_a_chosen_moment_opens_the_scrubber_at_it_and_closes(state: AppState):
    cot_id = state.store.add_cot("Cot 1")
    moment_us = now_us() - 2 * MINUTE_US
    record(state, cot_id, now_us(), minutes=5)
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    at.session_state["moment_of"] = cot_id
    at.session_state["moment"] = moment_us
    at.switch_page("pages/cot.py").run()
    assert not at.exception
    scrubbed = data_of(at, 3)
    assert scrubbed["open_ms"] == moment_us / 1000
    assert scrubbed["start_ms"] <= scrubbed["open_ms"]
    press(at, "Close")
    assert "moment" not in at.session_state


def test_recordings_give_the_scrubber_every_frame_of_the_span(state: AppState):
    cot_id = state.store.add_cot("Cot 1")
    record(state, cot_id, now_us(), minutes=10)
    at = show("recordings")
    assert not at.exception
    data = data_of(at)
    assert len(data["times_ms"]) > 4 * 15 * 4 * MINUTE_US // MINUTE_US
    assert data["videos"] == []


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replace the camera behind the test button; the list holds what it was asked with."""
    asked: list[Any] = []

    def still(settings: Any) -> tuple[np.ndarray, StreamInfo]:
        asked.append(settings)
        if settings.username == "wrong":
            raise Auth("the camera refused the user name or the password")
        return np.full((360, 640, 3), 90, np.uint8), StreamInfo(640, 360, 15.0, "h264", True)

    monkeypatch.setattr("pipeline.capture.still", still)
    return asked


def fill(at: AppTest, **values: str) -> AppTest:
    for key, value in values.items():
        at.text_input(key=f"camera_{key}").set_value(value)
    return at


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def test_a_camera_is_tested_then_added_then_its_cot_is_drawn(state: AppState, camera: list[Any]):
    at = fill(show("cameras"), cot_name="Bay 1", url="rtsp://10.0.0.20/stream")
    press(at, "Test")
    assert at.success[0].value == "It works: 640 × 360, H264, 15 frames/s, decoded by software."
    press(at, "Save")
    assert not at.exception
    cot = state.store.cots()[0]
    assert cot.name == "Bay 1"
    assert state.store.cameras(cot.id)[0].url == "rtsp://10.0.0.20/stream"
    assert data_of(at)["image"].startswith("data:image/jpeg;base64,")
    press(at, "Save the cot")
    assert state.store.cots()[0].rectangle == {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}


def test_a_camera_that_refuses_says_so_in_one_line(state: AppState, camera: list[Any]):
    at = fill(show("cameras"), cot_name="Bay 1", url="rtsp://10.0.0.20/x", username="wrong")
    press(at, "Test")
    assert at.error[0].value == "No picture. the camera refused the user name or the password"


@pytest.mark.parametrize("button", ["Test", "Save"])
def test_an_address_with_a_password_is_refused_and_forgotten(
    state: AppState, camera: list[Any], button: str
):
    secret = "p@ss:w.rd%41"
    at = fill(show("cameras"), cot_name="Bay 1", url=f"rtsp://nurse:{secret}@10.0.0.20/x")
    press(at, button)
    assert "environment variable" in at.error[0].value
    assert not camera
    assert state.store.cameras() == []
    assert secret not in repr(at.session_state) + str(at.main)


def test_a_password_in_the_field_for_its_name_is_refused(state: AppState, camera: list[Any]):
    at = fill(show("cameras"), cot_name="A", url="rtsp://10.0.0.20/x", password_env="p@ss word!")
    press(at, "Save")
    assert "NAME of an environment variable" in at.error[0].value
    assert state.store.cots() == []


def test_two_cots_of_one_name_are_refused(state: AppState, camera: list[Any]):
    state.store.add_cot("Bay 1")
    at = press(show("cameras"), "Add a camera")
    fill(at, cot_name="Bay 1", url="rtsp://10.0.0.20/x")
    press(at, "Save")
    assert "another cot is called" in at.error[0].value
    assert len(state.store.cots()) == 1


def test_a_camera_is_changed_and_its_revision_rises(state: AppState, camera: list[Any]):
    cot_id = state.store.add_cot("Bay 1")
    camera_id = state.store.add_camera(cot_id, name="c", url="rtsp://10.0.0.20/a")
    at = press(show("cameras"), "Change")
    fill(at, url="rtsp://10.0.0.20/b")
    press(at, "Save")
    assert not at.exception
    assert state.store.camera(camera_id).url == "rtsp://10.0.0.20/b"
    assert state.store.camera(camera_id).revision == 2


def test_a_cot_is_removed_only_after_confirming(state: AppState, camera: list[Any]):
    state.store.add_cot("Bay 1")
    at = press(show("cameras"), "Change")
    remove = next(button for button in at.button if button.label == "Remove")
    assert remove.disabled
    at.checkbox[0].check().run()
    press(at, "Remove")
    assert state.store.cots() == []
