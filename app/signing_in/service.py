"""The sign-in service (OpenID Connect): Streamlit's own login finds out who somebody is.

Streamlit sends the visitor to the service, checks the answer's signature, and puts what it says
into a signed cookie that it then believes for 30 days. We take that cookie once: its answer must
not have expired, must name somebody who was added here, and serves for one sign-in only. From then
on the visit is ours, with its idle time-out, its roles and its end.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from streamlit.auth_util import get_cookie_with_chunks
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from app.permissions import Role
from app.signing_in.door import Admitted, Door, Refused
from db.audit import Actor
from db.errors import RowRejected
from db.people_schema import Person
from db.store import Store
from pipeline.settings import DashboardSettings, OidcSettings

CALLBACK = "/oauth2callback"
_CLOCKS_DIFFER_BY_S = 120
_BY_SERVICE = Actor("sign-in service")
EXPIRED = "The sign-in service's answer has expired. Sign in again."


def secrets_for(oidc: OidcSettings, dashboard: DashboardSettings) -> dict[str, Any]:
    """Return what ``st.App(secrets=...)`` needs; raise ``SettingsError`` without the secret.

    The cookie's key is made anew at each start: the cookie is needed for one moment only.
    """
    base = dashboard.public_url or "http://127.0.0.1:{port}"
    return {
        "auth": {
            "redirect_uri": base + CALLBACK,
            "cookie_secret": secrets.token_hex(32),
            "client_id": oidc.client_id,
            "client_secret": oidc.client_secret(),
            "server_metadata_url": oidc.server_metadata_url,
            "client_kwargs": {"scope": oidc.scope, "prompt": oidc.prompt},
        }
    }


def login_url() -> str:
    """Return the address that begins the login; it is good for two minutes."""
    return generate_login_redirect_url("default")


def answer_in(cookies: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the service said of a visitor, from Streamlit's signed cookie; None for none."""

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        if value is None:
            return None
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1", "replace"))

    raw = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    if raw is None:
        return None
    claims = json.loads(raw)
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") else None


def cookies_of_the_service(cookies: Mapping[str, str]) -> list[str]:
    """Return the names of the cookies that hold the service's answer."""
    return [name for name in cookies if name.startswith(USER_COOKIE_NAME)]


def admit(
    door: Door, store: Store, oidc: OidcSettings, claims: Mapping[str, Any]
) -> Admitted | Refused:
    """Let in who the service vouches for, if somebody added them here."""
    fault = _fault(claims, oidc)
    if fault is not None:
        return Refused(fault)
    external = f"{claims['iss']}|{claims['sub']}"[:600]
    name = str(claims[oidc.name_claim])
    person = _person(store, oidc, external, name)
    if isinstance(person, Refused):
        return person
    if person.disabled_us is not None:
        return Refused("This account is disabled. Ask an administrator.")
    try:
        return door.admit(person, way="sign-in service", proof=_proof(external, claims))
    except RowRejected:
        return Refused(EXPIRED)  # the same answer a second time


def _fault(claims: Mapping[str, Any], oidc: OidcSettings) -> str | None:
    expires_s = claims.get("exp")
    if not isinstance(expires_s, int | float) or isinstance(expires_s, bool):
        return "The sign-in service did not say how long its answer is good. Tell its keeper."
    if time.time() >= expires_s:
        return EXPIRED
    issued_s = claims.get("iat", 0)
    if isinstance(issued_s, int | float) and issued_s > time.time() + _CLOCKS_DIFFER_BY_S:
        return "The clocks of this machine and of the sign-in service differ. Set them."
    if not claims.get("iss") or not claims.get("sub"):
        return "The sign-in service did not say who you are. Tell its keeper."
    if not claims.get(oidc.name_claim):
        return f"The sign-in service gave no {oidc.name_claim!r} for you. Tell its keeper."
    if oidc.name_claim == "email" and claims.get("email_verified") is False:
        return "The sign-in service has not checked your e-mail address. Tell its keeper."
    return None


def _person(store: Store, oidc: OidcSettings, external: str, name: str) -> Person | Refused:
    known = store.person_known_as(external)
    if known is not None:
        return known
    named = store.person_named(name)
    if named is None and name.casefold() in {one.casefold() for one in oidc.administrators}:
        person_id = store.add_person(name, Role.ADMINISTRATOR.value, by=_BY_SERVICE)
        named = store.person(person_id)
    if named is None or named.external is not None:
        return Refused(f"Nobody has added {name} here. Ask an administrator.")
    store.bind(named.id, external, by=_BY_SERVICE)
    return store.person(named.id)


def _proof(external: str, claims: Mapping[str, Any]) -> str:
    """Return what tells one answer of the service from the next."""
    mark = claims.get("nonce") or claims.get("jti") or claims.get("iat")
    return hashlib.sha256(f"{external}|{mark}|{claims['exp']}".encode()).hexdigest()
