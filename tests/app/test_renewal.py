from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest, local_script_runner

from app.renewal import renewed_every

APP = Path(__file__).parents[2] / "app"


def page() -> None:
    import streamlit as st

    from app.renewal import renewed_every

    @renewed_every(2.0)
    def place_part() -> None:
        st.write("part")

    place_part()
    st.write("neighbour")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[ForwardMsg]:
    """What the page would send to a browser."""
    messages: list[ForwardMsg] = []
    parse = local_script_runner.parse_tree_from_messages

    def note(given: list[ForwardMsg]) -> Any:
        messages.extend(given)
        return parse(given)

    monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", note)
    AppTest.from_function(page).run()
    return [message for message in messages if message.WhichOneof("type") == "delta"]


def test_a_renewal_before_the_page_was_sent_leaves_every_place_in_order(sent: list[ForwardMsg]):
    queue = ForwardMsgQueue()
    for message in sent:
        queue.enqueue(message)
    fragments = {message.delta.fragment_id for message in queue._queue} - {""}
    assert len(fragments) == 1

    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=list(fragments))

    places = [list(message.metadata.delta_path) for message in queue._queue]
    assert places == [[0, 0], [0, 1]], "the part's own place or its neighbour went missing"


def test_a_renewed_part_keeps_its_name():
    def place_part() -> None:
        """Place it."""

    assert renewed_every(1.0)(place_part).__name__ == "place_part"


def test_nothing_else_makes_fragments():
    users = {
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if "st.fragment" in path.read_text(encoding="utf-8")
    }
    assert users == {"renewal.py"}


def test_no_page_is_switched_by_the_server():
    """A timer of the old page that fires during the switch would empty the new one."""
    for path in APP.rglob("*.py"):
        assert "st.switch_page" not in path.read_text(encoding="utf-8"), path
