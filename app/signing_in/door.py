"""The door: from a name and a password, or from a cookie, to a visit.

A visit is looked up for every request and every message of an open page, at most a second old, so
that a role taken away or an account disabled ends it within seconds wherever it is used.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.permissions import Role, User
from app.signing_in import passwords
from app.signing_in.lockout import lock_us
from db.audit import Actor
from db.errors import DatabaseError
from db.people import NewSignIn, OneTimeCode, name_key
from db.people_schema import Person, SignIn
from db.store import Store
from db.times import DAY_US, MINUTE_US, now_us
from pipeline.settings import PeopleSettings

HOUR_US = 60 * MINUTE_US
CODE_GOOD_FOR_US = DAY_US
FIRST_NAME = "administrator"
_LOOK_AGAIN_AFTER_S = 1.0
_TOUCH_AGAIN_AFTER_US = 15_000_000
_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is signed in by a cookie; ``idle_us`` until the visit ends by itself, None for never.

    ``must_choose_password``: came by a one-time code and may do nothing but choose a password.
    """

    user: User
    sign_in_id: int | None = None
    active_us: int = 0
    idle_us: int | None = None
    must_choose_password: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """A sign-in that succeeded: the cookie's value, and whether a password is to be chosen."""

    token: str
    must_choose_password: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that failed: one line that says what to do, and gives nothing away."""

    line: str


class Door:
    """Lets people in and out; safe to share by threads."""

    def __init__(
        self, store: Store, settings: PeopleSettings, database: str, assumed: User | None = None
    ) -> None:
        self._store = store
        self._settings = settings
        self._displays = {name_key(name) for name in settings.displays}
        self._assumed = assumed
        # Two dashboards on one machine share the browser's cookies: each has its own.
        self.cookie = f"cotside_{hashlib.sha256(database.encode()).hexdigest()[:8]}"
        self._one_at_a_time = threading.Lock()
        self._known: dict[str, tuple[float, Visit | None]] = {}

    # Coming in

    def sign_in(self, name: str, secret: str) -> Admitted | Refused:
        """Check a name with a password or one-time code; wrong ones lock the name for a while.

        Whether somebody has the name shows neither in the answer nor in how long it takes. One at
        a time, so that many tries at once neither outrun the lock nor take the machine's cores.
        """
        known = self._recognise(name, secret)
        if isinstance(known, Refused):
            return known
        person, way = known
        if person.disabled_us is not None:
            return Refused("This account is disabled. Ask an administrator.")
        return self.admit(person, way=way)

    def _recognise(self, name: str, secret: str) -> tuple[Person, str] | Refused:
        """Return who it is and by what they showed it, or why not."""
        with self._one_at_a_time:
            locked_until_us = self._store.locked_until_us(name)
            if locked_until_us > now_us():
                return Refused(_locked_line(locked_until_us - now_us()))
            person = self._store.person_named(name)
            way = _way_in(person, secret)
            if person is not None and way is not None:
                return person, way
            wait_us = self._store.count_failure(name, lock_us) - now_us()
        wrong = "The name or the password is wrong."
        return Refused(_locked_line(wait_us) if wait_us > 0 else wrong)

    def admit(self, person: Person, *, way: str, proof: str | None = None) -> Admitted:
        """Begin a sign-in for somebody who has shown who they are."""
        token = secrets.token_urlsafe(32)
        by_code = way == "one-time code"
        self._store.begin(
            NewSignIn(
                person_id=person.id,
                token_hash=hash_token(token),
                until_us=now_us() + round(self._settings.longest_hours * HOUR_US),
                must_choose_password=by_code,
                proof=proof,
            ),
            by=Actor(person.name, person.role),
            way=way,
        )
        return Admitted(token, by_code)

    def choose_password(
        self, visit: Visit, current: str, password: str, again: str
    ) -> Admitted | Refused:
        """Set the visitor's password; asks for the current one unless a code was used."""
        if visit.user.id is None:
            return Refused("There is no account to set a password for.")
        person = self._store.person(visit.user.id)
        if not visit.must_choose_password:
            known = self._recognise(person.name, current)
            if isinstance(known, Refused):
                return known
        fault = passwords.fault_of(password, person.name)
        if fault is None and password != again:
            fault = "The two passwords are not the same."
        if fault is not None:
            return Refused(fault)
        hashed = passwords.hash_secret(password)
        self._store.choose_password(person.id, hashed, by=actor(visit.user))
        self.forget()
        return self.admit(self._store.person(person.id), way="password")

    # Being in

    def visit(self, token: str | None) -> Visit | None:
        """Return who is signed in by a cookie's value; None for nobody."""
        if self._assumed is not None:
            return Visit(self._assumed)
        if not token or len(token) > 100:
            return None
        key = hash_token(token)
        looked_s, known = self._known.get(key, (-_LOOK_AGAIN_AFTER_S, None))
        if time.monotonic() - looked_s < _LOOK_AGAIN_AFTER_S:
            return known
        found = self._look_up(key)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = (time.monotonic(), found)
        return found

    def visit_of(self, cookies: Mapping[str, str], client: str | None) -> Visit | None:
        """Return who sends a request; who is assumed (the demo's) must be on this machine."""
        if self._assumed is not None and not _is_this_machine(client):
            return None
        return self.visit(cookies.get(self.cookie))

    def touch(self, visit: Visit) -> None:
        """Note that the visitor was active just now; the idle time begins anew."""
        if visit.sign_in_id is None or now_us() - visit.active_us < _TOUCH_AGAIN_AFTER_US:
            return
        try:
            self._store.touch(visit.sign_in_id)
        except DatabaseError:
            return  # a full disk signs nobody out: the next movement is noted again
        self.forget()

    def sign_out(self, visit: Visit, why: str = "asked to") -> None:
        """End a visit."""
        if visit.sign_in_id is not None:
            self._store.end(visit.sign_in_id, why, by=actor(visit.user))
        self.forget()

    def forget(self) -> None:
        """Look everybody up anew at the next request."""
        self._known.clear()

    def _look_up(self, token_hash: str) -> Visit | None:
        found = self._store.sign_in(token_hash)
        if found is None:
            return None
        row, person = found
        if row.ended_us is not None or person.disabled_us is not None:
            return None
        user = User(person.name, Role(person.role), person.id)
        idle_us = self._idle_us(person)
        visit = Visit(user, row.id, row.active_us, idle_us, row.must_choose_password)
        over = _over(row, idle_us)
        if over is not None:
            self.sign_out(visit, over)
            return None
        return visit

    def _idle_us(self, person: Person) -> int | None:
        if person.name_key in self._displays:
            return None
        return round(self._settings.idle_minutes * MINUTE_US)

    # The first start

    def first_code(self) -> str | None:
        """Return a one-time code for the first administrator, while there is none; else None."""
        if self._assumed is not None or self._settings.oidc is not None:
            return None
        if self._store.has_administrator():
            return None
        code = passwords.new_code()
        kept = OneTimeCode(passwords.hash_secret(code))
        person = self._store.person_named(FIRST_NAME)
        if person is None:
            by = Actor("first start")
            self._store.add_person(FIRST_NAME, Role.ADMINISTRATOR.value, by=by, code=kept)
        else:
            self._store.set_code(person.id, kept)
        return code


def actor(user: User) -> Actor:
    """Return a person as the audit trail names them."""
    return Actor(user.name, user.role.value)


def hash_token(token: str) -> str:
    """Return what is kept of a cookie: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_for_a_day() -> tuple[str, OneTimeCode]:
    """Make a one-time code that is good for a day; return it, and what is kept of it."""
    code = passwords.new_code()
    return code, OneTimeCode(passwords.hash_secret(code), now_us() + CODE_GOOD_FOR_US)


def _way_in(person: Person | None, secret: str) -> str | None:
    """Return by what somebody came in, or None; as slow for nobody as for somebody."""
    password_hash = None if person is None else person.password_hash
    code_hash = None if person is None else _code_still_good(person)
    if code_hash is not None:
        is_right = passwords.is_right(passwords.read_code(secret), code_hash)
        return "one-time code" if is_right else None
    return "password" if passwords.is_right(secret, password_hash) else None


def _code_still_good(person: Person) -> str | None:
    if person.code_until_us is not None and person.code_until_us < now_us():
        return None
    return person.code_hash


def _over(row: SignIn, idle_us: int | None) -> str | None:
    """Return why a sign-in is over, or None while it lasts."""
    at_us = now_us()
    if at_us >= row.until_us:
        return "signed in for long enough"
    if idle_us is not None and at_us - row.active_us >= idle_us:
        return "idle"
    return None


def _locked_line(wait_us: int) -> str:
    seconds = max(1, -(-wait_us // 1_000_000))
    wait = f"{seconds} s" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    return f"Too many wrong passwords. Try again in {wait}."


def _is_this_machine(client: str | None) -> bool:
    try:
        return client is not None and ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
