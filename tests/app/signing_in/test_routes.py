"""The sign-in pages, as a browser sends and gets them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.applications import Starlette

from app.permissions import Role
from app.signing_in import passwords
from app.signing_in.door import code_for_a_day
from app.signing_in.routes import safe_path, sign_in_routes
from app.state import AppState
from tests.support.asgi import TestClient
from tests.support.signing_in import SETUP, person, sign_in

PASSWORD = "four calm words here"
HERE = {"Origin": "http://testserver"}


@pytest.fixture
def closed(state: AppState) -> AppState:
    """The state of a dashboard that asks who somebody is, with Ada as its administrator."""
    made = replace(state, assumed_user=None)
    user = person(made.store, "Ada", Role.ADMINISTRATOR)
    assert user.id is not None
    made.store.choose_password(user.id, passwords.hash_secret(PASSWORD), by=SETUP)
    return made


@pytest.fixture
def browser(closed: AppState) -> TestClient:
    return TestClient(Starlette(routes=sign_in_routes(closed)), follow_redirects=False)


def form(name: str = "Ada", password: str = PASSWORD, **more: str) -> dict[str, str]:
    return {"name": name, "password": password, "next": "/", **more}


def test_the_right_password_gives_a_cookie_that_no_script_can_read(
    browser: TestClient, closed: AppState
):
    answer = browser.post("/sign-in", data=form(next="/cot?cot=2"), headers=HERE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cot?cot=2"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(closed.door.cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert browser.get("/session").json()["signed_in"] is True


def test_behind_https_the_cookie_is_for_https_only(closed: AppState):
    app = Starlette(routes=sign_in_routes(closed))
    browser = TestClient(app, base_url="https://testserver", follow_redirects=False)
    answer = browser.post("/sign-in", data=form(), headers={"Origin": "https://testserver"})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/password"])
def test_a_form_of_another_site_is_refused(
    browser: TestClient, closed: AppState, path: str, headers: dict[str, str]
):
    answer = browser.post(path, data=form(), headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_wrong_password_says_so_keeps_the_name_and_escapes_it(browser: TestClient):
    answer = browser.post("/sign-in", data=form('"><img src=x>', "wrong"), headers=HERE)
    assert answer.status_code == 403
    assert "The name or the password is wrong." in answer.text
    assert "<img" not in answer.text
    assert "&lt;img" in answer.text
    assert "wrong</" not in answer.text.replace("is wrong.</", "")


def test_the_page_runs_no_script_and_stands_in_no_frame(browser: TestClient):
    answer = browser.get("/sign-in")
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "Research use only" in answer.text


def test_a_form_without_length_or_too_long_is_refused(browser: TestClient):
    assert (
        browser.post("/sign-in", data=form(password="x" * 20_000), headers=HERE).status_code == 413
    )


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere",
        "javascript:x",
        "",
        "/a\nb",
    ],
)
def test_nobody_is_led_elsewhere(wanted: str):
    assert safe_path(wanted) == "/"


def test_a_one_time_code_leads_through_the_password_page(browser: TestClient, closed: AppState):
    code, kept = code_for_a_day()
    closed.store.add_person("Ben", "viewer", by=SETUP, code=kept)
    assert browser.post("/sign-in", data=form("Ben", code), headers=HERE).headers["location"] == (
        "/sign-in/password"
    )
    assert browser.get("/session").status_code == 401
    page = browser.get("/sign-in/password")
    assert "Current password" not in page.text
    chosen = {"password": "other calm words", "again": "other calm words", "next": "/"}
    assert browser.post("/sign-in/password", data=chosen, headers=HERE).headers["location"] == "/"
    assert browser.get("/session").status_code == 200


def test_a_page_that_is_no_longer_signed_in_is_told(browser: TestClient, closed: AppState):
    user = person(closed.store, "Ada")
    browser.cookies.set(closed.door.cookie, sign_in(closed.store, user))
    assert browser.get("/session").json()["idle_left_s"] > 1700
    assert user.id is not None
    closed.store.reset(user.id, code_for_a_day()[1], by=SETUP)
    closed.door.forget()
    assert browser.get("/session").status_code == 401


def test_nobody_is_led_to_a_password_page_without_a_visit(browser: TestClient):
    assert browser.get("/sign-in/password").headers["location"] == "/sign-in"
    answer = browser.post("/sign-in/password", data=form(), headers=HERE)
    assert answer.headers["location"] == "/sign-in"
