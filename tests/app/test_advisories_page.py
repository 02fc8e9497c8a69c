"""The Advisories page, run by Streamlit itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.state import AppState
from db import audit
from db.advisories import By
from db.advisory_schema import Advisory, AdvisoryTransition
from db.notices import Outcome
from db.times import now_us
from tests.support.fake_monitor import FakeMonitor
from tests.support.recorded import MINUTE_US, record

MAIN = Path(__file__).parents[2] / "app" / "main.py"
EVIL = "<img src=x onerror=alert(1)>"


def show(view: str = "Open") -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=120).run()
    at = at.switch_page("pages/advisories.py").run()
    return at if view == "Open" else at.button_group[0].set_value(view).run()


def markup(at: AppTest) -> str:
    return "\n".join(one.proto.body for one in at.get("html"))


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def raise_one(state: AppState, cot_id: int | None, **columns: object) -> str:
    kind = str(columns.pop("kind", "camera_offline"))
    raised_us = now_us() - 5 * MINUTE_US
    row = Advisory(
        key=f"{kind}/{cot_id or 0}/{raised_us}", cot_id=cot_id, kind=kind, priority="high",
        message=str(columns.pop("message", "nobody answers")), onset_us=raised_us,
        raised_us=raised_us, announced_us=raised_us, announcements=1, **columns,
    )  # fmt: skip
    key = row.key
    state.store.keep_advisories([], lambda _open: [row])
    return key


@pytest.fixture
def cot_id(state: AppState) -> int:
    return state.store.add_cot("Cot 1")


@pytest.mark.parametrize("view", ["Open", "History", "Thresholds and load"])
def test_a_new_ward_has_an_empty_page_of_each_view(state: AppState, view: str):
    at = show(view)
    assert not at.exception
    assert "Research use only" in markup(at)
    assert len(at.info) == 1 or view == "Thresholds and load"


def test_an_open_one_is_acknowledged_with_a_reason_and_noted(state: AppState, cot_id: int):
    key = raise_one(state, cot_id)
    at = show()
    assert "Camera offline" in markup(at)
    press(at, "Acknowledge")
    at.radio[0].set_value("equipment")
    at.text_input[0].set_value("cable")
    next(button for button in at.button if button.key == "ack_do").click().run()
    assert not at.exception
    (entry,) = state.store.open_advisories()
    assert entry.acknowledgement is not None
    assert (entry.acknowledgement.reason, entry.acknowledgement.note) == ("equipment", "cable")
    (noted,) = audit.entries(state.engine, action="acknowledged")
    assert noted.subject == f"advisory/{key}"


def test_what_the_database_holds_is_shown_as_text(state: AppState, cot_id: int):
    raise_one(state, cot_id, message=EVIL)
    for view in ("Open", "History"):
        made = markup(show(view))
        assert "<img src" not in made
        assert "&lt;img" in made


def test_a_cot_is_paused_and_the_pause_ended(state: AppState, cot_id: int):
    at = press(show(), "Pause")
    (pause,) = state.store.advisory_pauses(now_us())
    assert pause.cot_id == cot_id
    assert 9 * MINUTE_US < pause.until_us - now_us() <= 10 * MINUTE_US
    press(at, "End it now")
    assert state.store.advisory_pauses(now_us()) == []
    actions = [entry.action for entry in audit.entries(state.engine)]
    assert {"paused advisories", "ended pause"} <= set(actions)


def test_history_is_filtered(state: AppState, cot_id: int):
    raise_one(state, cot_id, closed_us=now_us())
    raise_one(state, None, kind="not_storing", closed_us=now_us())
    at = show("History")
    assert "Camera offline" in markup(at)
    assert "Not storing" in markup(at)
    at.selectbox(key="history_cot").set_value("Cot 1").run()
    assert "Not storing" not in markup(at)
    at.multiselect(key="history_kinds").set_value(["Prone"]).run()
    assert at.info[0].value == "No advisory was open in this time."


def test_a_threshold_is_compared_saved_and_noted(
    state: AppState, cot_id: int, monitor: FakeMonitor
):
    record(state, cot_id, now_us())
    at = show("Thresholds and load")
    at.selectbox(key="settings_kind").set_value("unusually_vigorous").run()
    assert not at.exception
    assert "this setting would have given" in markup(at)
    field = f"settings_unusually_vigorous_{cot_id}_quantity_of_motion"
    at.number_input(key=field).set_value(2.5).run()
    press(at, "Save for Cot 1")
    assert not at.exception
    assert state.store.advisory_thresholds() == {
        (cot_id, "unusually_vigorous"): {"quantity_of_motion": 2.5}
    }
    assert at.number_input(key=field).value == 2.5
    (noted,) = audit.entries(state.engine, action="changed thresholds")
    assert audit.detail_of(noted)["after"] == {"quantity_of_motion": 2.5}
    press(at, "Back to the defaults")
    assert state.store.advisory_thresholds() == {(cot_id, "unusually_vigorous"): {}}


def test_not_monitoring_cannot_be_switched_off_on_the_page(state: AppState, cot_id: int):
    at = show("Thresholds and load")
    at.selectbox(key="settings_kind").set_value("not_monitoring").run()
    assert at.toggle(key="settings_not_monitoring_None_enabled").disabled
    assert "cannot be switched off" in "".join(one.value for one in at.caption)


def test_the_load_counts_by_cot_and_day(state: AppState, cot_id: int):
    for _ in range(3):
        raise_one(state, cot_id, closed_us=now_us())
    raise_one(state, cot_id, kind="prone")
    made = markup(show("Thresholds and load"))
    assert ">4<" in made


def test_one_that_was_closed_meanwhile_is_told_in_one_line(state: AppState, cot_id: int):
    key = raise_one(state, cot_id)
    at = press(show(), "Acknowledge")
    state.store.acknowledge_advisory(key, by=By("other"), reason="care", time_us=now_us())
    state.store.keep_advisories(
        ["camera_offline"],
        lambda found: [_closed(one.advisory) for one in found],
    )
    next(button for button in at.button if button.key == "ack_do").click().run()
    assert "closed already" in at.error[0].value


def _closed(row: Advisory) -> Advisory:
    row.closed_us = now_us()
    return row


def test_a_channel_that_takes_nothing_is_told(state: AppState, cot_id: int):
    key = raise_one(state, cot_id)
    row = AdvisoryTransition(advisory_key=key, time_us=now_us(), what="raised", priority="high")
    state.store.keep_advisories([], lambda _open: [row])
    (transition,) = state.store.advisory_transitions(key)
    state.store.note_delivery(
        transition.id, "webhook", Outcome(1, now_us(), None, "example.org answered 500")
    )
    (line,) = [one.value for one in show().warning]
    assert "example.org answered 500" in line
    assert "1 waiting" in line
