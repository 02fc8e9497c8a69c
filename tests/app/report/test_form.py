"""A report asked for on a page: of whom, noted, also of an infant that has left or never came."""

from __future__ import annotations

from datetime import UTC
from functools import partial

import pytest

from app import following
from app.permissions import Role, User
from app.report_form import maker
from app.state import AppState
from db import audit
from db.times import MINUTE_US, now_us
from tests.support.recorded import record
from tests.support.signing_in import SETUP

ADA = User("Ada", Role.CLINICIAN)


@pytest.mark.parametrize("has_lain", [True, False])
def test_an_infant_that_lies_in_no_cot_has_its_report_and_the_trail_names_it(
    state: AppState, has_lain: bool
):
    store, end_us = state.store, now_us()
    cot_id, infant_id = store.add_cot("Cot 1"), store.add_infant("P-1")
    record(state, cot_id, end_us - 10 * MINUTE_US)
    if has_lain:
        store.place_infant(infant_id, cot_id, from_us=end_us - 60 * MINUTE_US)
        store.end_stay(infant_id, by=SETUP)
    whom = partial(following.follow_infant, store, store.infant(infant_id))
    page = maker(state, whom, 24, "html", ADA, UTC)().decode()
    assert "P-1" in page
    assert ("0.42" in page) == has_lain
    assert ("; 0 s recorded" in page) == (not has_lain)
    (noted,) = audit.entries(state.engine, action="exported")
    assert (noted.who, noted.subject) == ("Ada", f"infant/{infant_id}")
