"""The sign-in service: what its answer is worth, alone and with a real provider and dashboard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.permissions import Role
from app.signing_in.door import Admitted, Door, Refused
from app.signing_in.service import admit
from db import audit
from db.store import Store
from pipeline.settings import OidcSettings
from tests.support.running import Running, running
from tests.support.sign_in_service import sign_in_service
from tests.support.signing_in import SETUP, cookie_for, person

OIDC = OidcSettings(
    server_metadata_url="http://idp/.well-known/openid-configuration",
    client_id="cotside",
    client_secret_env="COTSIDE_OIDC_SECRET",
    administrators=["eva@example.org"],
)


def claims(**changes: Any) -> dict[str, Any]:
    now_s = int(time.time())
    return {
        "iss": "http://idp",
        "sub": "s-1",
        "email": "ben@example.org",
        "iat": now_s,
        "exp": now_s + 300,
        "nonce": "n-1",
        **changes,
    }


@pytest.fixture
def ben(store: Store) -> int:
    user = person(store, "ben@example.org", Role.CLINICIAN)
    assert user.id is not None
    return user.id


def test_who_was_added_comes_in_with_the_role_given_here(door: Door, store: Store, ben: int):
    answer = admit(door, store, OIDC, claims(role="administrator"))
    assert isinstance(answer, Admitted)
    visit = door.visit(answer.token)
    assert visit is not None
    assert visit.user.role is Role.CLINICIAN


@pytest.mark.parametrize(
    "change",
    [
        {"exp": int(time.time()) - 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": int(time.time()) + 3600},
        {"sub": ""},
        {"iss": None},
        {"email": None},
        {"email_verified": False},
        {"email": "stranger@example.org", "sub": "s-2"},
    ],
)
def test_an_answer_that_is_not_good_lets_nobody_in(
    door: Door, store: Store, ben: int, change: dict[str, Any]
):
    answer = admit(door, store, OIDC, claims(**change))
    assert isinstance(answer, Refused)
    assert answer.line


def test_an_answer_serves_once(door: Door, store: Store, ben: int):
    answer = claims()
    assert isinstance(admit(door, store, OIDC, answer), Admitted)
    assert isinstance(admit(door, store, OIDC, answer), Refused)
    assert isinstance(admit(door, store, OIDC, claims(nonce="n-2")), Admitted)


def test_another_account_of_the_service_cannot_take_a_name_over(door: Door, store: Store, ben: int):
    assert isinstance(admit(door, store, OIDC, claims()), Admitted)
    assert isinstance(admit(door, store, OIDC, claims(sub="s-9", nonce="n-9")), Refused)


def test_a_person_the_service_renames_stays_the_same_person(door: Door, store: Store, ben: int):
    assert isinstance(admit(door, store, OIDC, claims()), Admitted)
    answer = admit(door, store, OIDC, claims(email="benjamin@example.org", nonce="n-2"))
    assert isinstance(answer, Admitted)
    assert len(store.people()) == 1


def test_who_is_disabled_here_stays_out(door: Door, store: Store, ben: int):
    person(store, "Cleo", Role.ADMINISTRATOR)
    store.disable(ben, by=SETUP)
    assert isinstance(admit(door, store, OIDC, claims()), Refused)


def test_an_administrator_named_in_the_settings_is_made_one_at_the_first_sign_in(
    door: Door, store: Store
):
    answer = admit(door, store, OIDC, claims(email="Eva@example.org"))
    assert isinstance(answer, Admitted)
    assert [(one.name, one.role) for one in store.people()] == [
        ("Eva@example.org", "administrator")
    ]


PEOPLE = [
    {"sub": "eva", "email": "eva@example.org", "email_verified": True},
    {"sub": "stranger", "email": "stranger@example.org", "email_verified": True},
]


@pytest.fixture(scope="module", params=[3600, 1], ids=["answers good for an hour", "for 1 s"])
def dashboard(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, int]]:
    """A dashboard that asks a real provider; and for how many seconds its answers are good."""
    folder = tmp_path_factory.mktemp("service")
    good_for_s: int = request.param
    with (
        pytest.MonkeyPatch.context() as environment,
        sign_in_service(folder / "provider.log", PEOPLE, good_for_s) as provider,
    ):
        environment.setenv("COTSIDE_OIDC_SECRET", "p@ss:w.rd%41")
        (folder / "cotside.toml").write_text(
            f"database = {str(folder / 'cotside.db')!r}\n"
            "[people.oidc]\n"
            f"server_metadata_url = '{provider}/.well-known/openid-configuration'\n"
            "client_id = 'cotside'\n"
            "client_secret_env = 'COTSIDE_OIDC_SECRET'\n"
            "administrators = ['eva@example.org']\n",
            encoding="utf-8",
        )
        arguments = ["--config", str(folder / "cotside.toml"), "--port", "0", "--headless"]
        with running(folder, "dashboard", *arguments) as made:
            yield made, good_for_s


def go_to_the_service(browser: httpx.Client, sub: str) -> None:
    """Go to the service as somebody, and come back with its answer in the cookies."""
    led = browser.get("/sign-in/service")
    to_provider = browser.get(led.headers["location"])
    consent = httpx.post(to_provider.headers["location"], data={"sub": sub})
    back = browser.get(consent.headers["location"])
    assert back.status_code == 302
    assert "_streamlit_user" in browser.cookies


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_real_service_lets_in_once_who_is_known_and_nobody_with_an_old_answer(
    dashboard: tuple[Running, int],
):
    made, good_for_s = dashboard
    own_cookie = cookie_for(str(made.database))[0]
    with httpx.Client(base_url=made.url, timeout=60) as stranger:
        assert "sign-in service" in stranger.get("/sign-in").text
        refused = stranger.post("/sign-in", data={"name": "x"}, headers={"Origin": made.url})
        assert refused.status_code == 404
    with httpx.Client(base_url=made.url, timeout=60) as browser:
        go_to_the_service(browser, "eva")
        if good_for_s == 1:
            time.sleep(1.1)  # until the answer has expired by its own word
            late = browser.get("/sign-in")
            assert late.status_code == 403
            assert "has expired" in late.text
            assert own_cookie not in browser.cookies
            return
        answer = dict(browser.cookies)
        entered = browser.get("/sign-in")
        assert entered.status_code == 303
        assert own_cookie in browser.cookies
        assert not [name for name in browser.cookies if name.startswith("_streamlit_user")]
        assert browser.get("/").status_code == 200
        assert browser.get("/session").json()["signed_in"] is True
    with httpx.Client(base_url=made.url, cookies=answer, timeout=60) as thief:
        assert thief.get("/sign-in").status_code == 403
        assert thief.get("/session").status_code == 401
    with httpx.Client(base_url=made.url, timeout=60) as browser:
        go_to_the_service(browser, "stranger")
        nobody = browser.get("/sign-in")
        assert nobody.status_code == 403
        assert "Nobody has added stranger@example.org" in nobody.text
    log = (made.database.parent / "dashboard.log").read_text(encoding="utf-8")
    assert "p@ss" not in log
    assert ("signed in",) in made.ask("SELECT action FROM audit")


def test_the_trail_says_by_which_way_somebody_came(door: Door, store: Store, ben: int):
    admit(door, store, OIDC, claims())
    entry = audit.entries(store._engine, action="signed in")[0]
    assert audit.detail_of(entry) == {"way": "sign-in service"}
