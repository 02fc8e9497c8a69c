"""FAULTS 54: HTML in any label is shown as text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.state import AppState
from db.times import now_us
from tests.support.fake_monitor import FakeMonitor
from tests.support.recorded import record

ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("page", ["ward", "cot", "recordings", "cameras", "system"])
def test_html_in_any_label_is_never_markup(state: AppState, monitor: FakeMonitor, page: str):
    cot_id = state.store.add_cot(EVIL)
    state.store.add_camera(cot_id, name=EVIL, url=f"rtsp://10.0.0.1/{EVIL}")
    record(state, cot_id, now_us(), label=EVIL)
    monitor.add(cot_id, EVIL, line=EVIL, grade=EVIL)
    monitor.beat(trouble=[EVIL], model=EVIL, provider=EVIL)
    at = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60).run()
    if page != "ward":
        at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    for one in at.get("html"):
        assert EVIL not in one.proto.body
    for one in at.markdown:
        assert not one.allow_html
        assert EVIL not in one.value
    for one in at.get("bidi_component"):
        assert EVIL not in one.proto.html_content + one.proto.js_content
        json.loads(one.proto.json)


def test_components_build_markup_from_fixed_text_only():
    for script in (ROOT / "app" / "components").glob("*.js"):
        for line in re.findall(
            r".*(?:innerHTML|outerHTML|insertAdjacentHTML).*", script.read_text()
        ):
            assert "SHAPES[" in line, f"{script.name}: {line.strip()}"
