"""FAULTS 50 and 53, with people: no password in log or database, nothing without a sign-in.

One real dashboard for both: what is taken away in another process holds here within seconds.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app.permissions import Role
from app.signing_in.passwords import hash_secret
from db.engine import open_engine
from db.store import Store
from tests.support.running import running, until
from tests.support.signing_in import SETUP, person

PASSWORD = "p@ss:w.rd%41 four"
PAGES = ["/", "/cot?cot=1", "/recordings", "/infants", "/people", "/audit", "/cameras", "/system"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_people_come_in_by_the_door_only_and_are_out_at_once_when_shut_out(tmp_path: Path):
    arguments = ["dashboard", "--db", str(tmp_path / "cotside.db"), "--port", "0", "--headless"]
    with running(tmp_path, *arguments) as made:
        engine = open_engine(made.database)
        store = Store(engine)
        person(store, "Eva")
        viewer = person(store, "Vera", Role.VIEWER)
        assert viewer.id is not None
        store.choose_password(viewer.id, hash_secret(PASSWORD), by=SETUP)
        with httpx.Client(base_url=made.url, timeout=60) as browser:
            for page in PAGES:
                assert browser.get(page).headers["location"].startswith("/sign-in")
            form = {"name": "vera", "password": PASSWORD + "!", "next": "/"}
            from_here = {"Origin": made.url}
            assert browser.post("/sign-in", data=form, headers=from_here).status_code == 403
            form["password"] = PASSWORD
            assert browser.post("/sign-in", data=form, headers=from_here).status_code == 303
            assert browser.get("/").status_code == 200
            # Signed in, but an address without its page's token opens no picture.
            assert "expired" in browser.get("/live/1.jpg").text
            assert "may not" in browser.get("/video/1.mp4").text
            store.disable(viewer.id, by=SETUP)
            until(lambda: browser.get("/live/1.jpg").status_code == 401, 5, "shut out")
            assert browser.get("/").status_code == 303
        log = (tmp_path / "dashboard.log").read_text(encoding="utf-8")
        with closing(sqlite3.connect(made.database)) as connection:
            dump = "\n".join(connection.iterdump())
        engine.dispose()
        assert "First start: sign in as 'administrator'" in log
        for text in (log, dump):
            assert PASSWORD not in text
            assert "p@ss" not in text
