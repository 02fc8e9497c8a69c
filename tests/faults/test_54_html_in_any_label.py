"""FAULTS 54: HTML in any label is shown as text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.permissions import PAGE_PERMISSIONS
from app.state import AppState
from db import audit
from db.advisory_schema import Advisory
from db.annotation_schema import AnnotationFrame
from db.infants import InfantAges
from db.schema import Recording, ReviewedFile
from db.times import now_us
from tests.support.fake_monitor import FakeMonitor
from tests.support.recorded import record
from tests.support.signing_in import SETUP

ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=alert(1)>"


def label_everything(state: AppState, monitor: FakeMonitor) -> None:
    """Give every label that somebody can choose, or a camera or a file can send, a hostile text."""
    store = state.store
    cot_id = store.add_cot(EVIL)
    store.add_camera(cot_id, name=EVIL, url=f"rtsp://10.0.0.1/{EVIL}")
    record(state, cot_id, now_us(), label=EVIL)
    monitor.add(cot_id, EVIL, line=EVIL, grade=EVIL)
    monitor.beat(trouble=[EVIL], model=EVIL, provider=EVIL)
    person = store.add_person(EVIL, "viewer", by=SETUP)
    store.admit_infant(EVIL, InfantAges(), cot_id=cot_id, by=SETUP)
    audit.note(state.engine, EVIL, f"person/{person}", who=EVIL, role=EVIL, detail={EVIL: EVIL})
    at_us = now_us()
    told = Advisory(
        key=EVIL, cot_id=cot_id, kind=EVIL[:40], priority="high", message=EVIL, onset_us=at_us,
        raised_us=at_us, announced_us=at_us, announcements=1,
    )  # fmt: skip
    store.keep_advisories([], lambda _open: [told])
    film = ReviewedFile(
        run="r", path=f"/x/{EVIL}", fingerprint="f", out="/x", n_expected=1, verdict="failed",
        line=EVIL,
    )  # fmt: skip
    store.begin_review(Recording(source="file", name=EVIL, started_us=1), film)
    store.add_frame(
        AnnotationFrame(
            sha256="0", file="0.jpg", width=64, height=48, bytes=1, source=EVIL, subject=EVIL,
            queued_by=EVIL, reasons={EVIL: EVIL}, strata={EVIL: EVIL},
        )
    )  # fmt: skip


@pytest.mark.parametrize("page", sorted(PAGE_PERMISSIONS))
def test_html_in_any_label_is_never_markup(state: AppState, monitor: FakeMonitor, page: str):
    label_everything(state, monitor)
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
