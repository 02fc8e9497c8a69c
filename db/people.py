"""Who may sign in, who is signed in, and wrong passwords; every change with its audit entry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from db import audit
from db.audit import Actor
from db.engine import reading, writing
from db.errors import LastAdministrator, RowRejected
from db.people_schema import Person, SignIn, SignInFailure
from db.times import DAY_US, now_us
from db.topic import Topic, required

ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A one-time code as it is kept: hashed, with its end (None: good until it is used)."""

    hash: str
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A browser that begins to be signed in; fields as in ``db.people_schema.SignIn``."""

    person_id: int
    token_hash: str
    until_us: int
    must_choose_password: bool = False
    proof: str | None = None


def name_key(name: str) -> str:
    """Return a name as it is compared: trimmed, without case."""
    return " ".join(name.split()).casefold()[:80]


class People(Topic):
    """Reads and edits people and their sign-ins."""

    def people(self) -> Sequence[Person]:
        """Return everybody by name, also who is disabled."""
        with reading(self._engine) as session:
            return session.scalars(select(Person).order_by(Person.name_key)).all()

    def person(self, person_id: int) -> Person:
        """Return one person; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Person, person_id)

    def person_named(self, name: str) -> Person | None:
        """Return the person of that name, in whatever case."""
        with reading(self._engine) as session:
            return _named(session, name)

    def person_known_as(self, external: str) -> Person | None:
        """Return the person that a sign-in service knows under that issuer and subject."""
        with reading(self._engine) as session:
            return session.scalar(select(Person).where(Person.external == external))

    def add_person(
        self, name: str, role: str, *, by: Actor, code: OneTimeCode | None = None
    ) -> int:
        """Add somebody; return the id; ``RowRejected`` when the name is empty or taken."""
        shown = " ".join(name.split())
        if not shown or len(shown) > 80 or not shown.isprintable():
            raise RowRejected("a name has 1 to 80 characters")
        with writing(self._engine) as session:
            if _named(session, shown) is not None:
                raise RowRejected(f"{shown}: there is somebody of this name already")
            person = Person(name=shown, name_key=name_key(shown), role=role, created_us=now_us())
            _give_code(person, code)
            session.add(person)
            session.flush()
            _note(session, by, "person added", person, role=role)
            return person.id

    def set_role(self, person_id: int, role: str, *, by: Actor) -> None:
        """Give a person another role; raise ``LastAdministrator`` when none would be left."""
        with writing(self._engine) as session:
            person = required(session, Person, person_id)
            if person.role == role:
                return
            _note(session, by, "role changed", person, before=person.role, after=role)
            person.role = role
            _require_administrator(session)

    def disable(self, person_id: int, *, by: Actor) -> None:
        """Shut a person out, and end the sign-ins; raise ``LastAdministrator``."""
        with writing(self._engine) as session:
            person = required(session, Person, person_id)
            person.disabled_us = person.disabled_us or now_us()
            _end_all(session, person.id)
            _note(session, by, "person disabled", person)
            _require_administrator(session)

    def enable(self, person_id: int, *, by: Actor) -> None:
        """Let a disabled person in again."""
        with writing(self._engine) as session:
            person = required(session, Person, person_id)
            person.disabled_us = None
            _note(session, by, "person enabled", person)

    def reset(self, person_id: int, code: OneTimeCode, *, by: Actor) -> None:
        """Take the password away for a one-time code, end the sign-ins, forget wrong passwords."""
        with writing(self._engine) as session:
            person = required(session, Person, person_id)
            person.password_hash = None
            _give_code(person, code)
            _end_all(session, person.id)
            _forget_failures(session, person)
            _note(session, by, "password reset", person)

    def choose_password(self, person_id: int, password_hash: str, *, by: Actor) -> None:
        """Set a password; a one-time code is used up by it, and all sign-ins end."""
        with writing(self._engine) as session:
            person = required(session, Person, person_id)
            person.password_hash = password_hash
            _give_code(person, None)
            _end_all(session, person.id)
            _note(session, by, "password chosen", person)

    def set_code(self, person_id: int, code: OneTimeCode) -> None:
        """Put another one-time code in the place of one that nobody has used."""
        with writing(self._engine) as session:
            _give_code(required(session, Person, person_id), code)

    def bind(self, person_id: int, external: str, *, by: Actor) -> None:
        """Tie a person to what a sign-in service calls them, from now on."""
        with writing(self._engine) as session:
            person = required(session, Person, person_id)
            person.external = external
            _note(session, by, "person tied to the sign-in service", person)

    def has_administrator(self) -> bool:
        """Tell whether an administrator has ever chosen a password or come by a service."""
        with reading(self._engine) as session:
            usable = Person.password_hash.is_not(None) | Person.external.is_not(None)
            found = session.scalar(select(Person.id).where(*_administrators(), usable).limit(1))
            return found is not None

    # Sign-ins

    def begin(self, new: NewSignIn, *, by: Actor, **detail: object) -> None:
        """Begin a sign-in; ``RowRejected`` when its proof has served before."""
        with writing(self._engine) as session:
            person = required(session, Person, new.person_id)
            at_us = now_us()
            session.add(
                SignIn(
                    person_id=new.person_id,
                    token_hash=new.token_hash,
                    proof=new.proof,
                    began_us=at_us,
                    active_us=at_us,
                    until_us=new.until_us,
                    must_choose_password=new.must_choose_password,
                )
            )
            session.flush()
            person.last_sign_in_us = at_us
            _forget_failures(session, person)
            _note(session, by, "signed in", person, **detail)

    def sign_in(self, token_hash: str) -> tuple[SignIn, Person] | None:
        """Return the sign-in with that token and its person, ended or not; None for no such."""
        query = (
            select(SignIn, Person)
            .join(Person, SignIn.person_id == Person.id)
            .where(SignIn.token_hash == token_hash)
        )
        with reading(self._engine) as session:
            row = session.execute(query).first()
            return None if row is None else (row[0], row[1])

    def touch(self, sign_in_id: int) -> None:
        """Note that somebody was active just now."""
        with writing(self._engine) as session:
            session.execute(
                update(SignIn).where(SignIn.id == sign_in_id).values(active_us=now_us())
            )

    def end(self, sign_in_id: int, why: str, *, by: Actor) -> None:
        """End a sign-in, once."""
        with writing(self._engine) as session:
            row = required(session, SignIn, sign_in_id)
            if row.ended_us is None:
                row.ended_us = now_us()
                person = required(session, Person, row.person_id)
                _note(session, by, "signed out", person, why=why)

    # Wrong passwords

    def locked_until_us(self, name: str) -> int:
        """Return until when a name is locked; 0 when it is not."""
        with reading(self._engine) as session:
            row = session.get(SignInFailure, _failure_key(name))
            return 0 if row is None else row.until_us

    def count_failure(self, name: str, lock_us: Callable[[int], int]) -> int:
        """Count a wrong password for a name; return until when it is locked now.

        ``lock_us``: from the number of wrong ones in a row to the length of the lock. A day without
        any begins the count anew. The name is not written down: it may be a password.
        """
        at_us, key = now_us(), _failure_key(name)
        with writing(self._engine) as session:
            session.execute(delete(SignInFailure).where(SignInFailure.last_us < at_us - DAY_US))
            row = session.get(SignInFailure, key)
            if row is None:
                row = SignInFailure(name_hash=key, count=0, last_us=at_us, until_us=0)
                session.add(row)
            row.count += 1
            row.last_us = at_us
            row.until_us = at_us + lock_us(row.count)
            person = _named(session, name)
            subject = "person/unknown" if person is None else f"person/{person.id}"
            audit.append(
                session, "sign-in failed", subject, who="nobody", detail={"in a row": row.count}
            )
            return row.until_us


def _named(session: Session, name: str) -> Person | None:
    return session.scalar(select(Person).where(Person.name_key == name_key(name)))


def _note(session: Session, by: Actor, action: str, person: Person, **detail: object) -> None:
    audit.append(session, action, f"person/{person.id}", who=by.name, role=by.role, detail=detail)


def _give_code(person: Person, code: OneTimeCode | None) -> None:
    person.code_hash = None if code is None else code.hash
    person.code_until_us = None if code is None else code.until_us


def _end_all(session: Session, person_id: int) -> None:
    session.execute(
        update(SignIn)
        .where(SignIn.person_id == person_id, SignIn.ended_us.is_(None))
        .values(ended_us=now_us())
    )


def _failure_key(name: str) -> str:
    return hashlib.sha256(name_key(name).encode()).hexdigest()


def _forget_failures(session: Session, person: Person) -> None:
    key = _failure_key(person.name)
    session.execute(delete(SignInFailure).where(SignInFailure.name_hash == key))


def _administrators() -> tuple[ColumnElement[bool], ...]:
    return Person.role == ADMINISTRATOR, Person.disabled_us.is_(None)


def _require_administrator(session: Session) -> None:
    session.flush()
    query = select(func.count()).select_from(Person).where(*_administrators())
    if not session.scalar(query):
        raise LastAdministrator("this is the last administrator; make somebody else one first")
